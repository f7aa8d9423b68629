//! The HTTP interface: REST and OpenAI-compatible.
