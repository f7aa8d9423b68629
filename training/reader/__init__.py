"""Trains the reader: question + passage -> does it answer, and where. See ../README.md."""
