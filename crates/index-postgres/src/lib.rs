//! The store in PostgreSQL with pgvector: one database, or several that share the documents.
//!
//! [`Postgres`] is a [`wenbao_index::Store`]: whoever asks it knows nothing of databases. The first database has the
//! catalogue, which says what documents there are; each has the passages, vectors and postings of some of them. A document's
//! parts are written first and seen by nobody; one commit in the catalogue then makes it seen, wholly, in one generation.
//! So several writers store side by side, and readers need no locks: rows are never given twice, and what a row holds
//! never changes.
//!
//! Words are weighed by BM25 with the statistics of all databases together, vectors are compared exactly unless
//! [`Options::approximate`] says otherwise: answers are those of the index in a folder.

mod address;
mod body;
mod catalogue;
mod connect;
mod database;
mod error;
mod filter;
mod generation;
mod load;
mod postgres;
mod queue;
mod schema;
mod search;
mod spread;
mod sweep;
mod twins;
mod vector;
mod verify;
mod writer;

pub use address::addresses;
pub use database::Options;
pub use postgres::Postgres;
pub use queue::{Claim, Waiting};
