//! Helpers for the end-to-end tests of the `wenbao` command and server.
