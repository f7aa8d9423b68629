//! The command and the server from outside: the real binary, the real model, the samples.

mod answers;
mod batch;
mod cases;
mod chat;
mod errors;
mod first_minute;
mod hostile;
mod ingest;
mod mcp;
mod older;
mod openai_client;
mod server;
