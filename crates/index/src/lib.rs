//! The store of documents, passages and vectors, and how they are searched.
//!
//! The truth is one SQLite file; the lexical index and the vector index are derived from it. [`Index`] is a folder
//! that holds both, [`Index::snapshot`] gives one committed generation ([`Snapshot`]) to search, [`Index::writer`]
//! the one [`Writer`]. Who asks them goes through the traits of [`store`], so that the documents may as well lie in a database.
//!
//! Rows (`u32`) name passages: a row is never given twice, and what it holds never changes. So the derived parts
//! never change either; whether a row lives, the truth alone knows.

pub mod entry;
mod error;
pub mod grain;
pub mod graph;
mod index;
mod local;
mod maintain;
mod manifest;
mod model;
mod path;
mod recent;
mod rows;
mod segment;
mod snapshot;
pub mod store;
pub mod terms;
mod truth;
mod writer;

pub use error::{Error, Result};
pub use index::Index;
pub use maintain::{SegmentStatus, Status, Verification};
pub use model::{DocumentId, DocumentRecord, Filter, Grain, Hit, ModelStamp, PassageId, PassageRecord, Source};
pub use path::{path_text, text_path};
pub use recent::Recent;
pub use snapshot::Snapshot;
pub use store::{Generation, Search, Store, StoreWriter};
pub use writer::{New, Writer};
