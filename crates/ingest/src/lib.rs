//! Files and folders into an index: found, read, embedded, stored.
//!
//! [`Ingest`] is one run over files and folders. It finds them on a thread of its own, opens nothing but regular files,
//! gives their bytes to a [`Reader`] and stores what comes back, in the order of the names. [`Pool`] is the reader for
//! files that nobody vouches for: child processes without files and network, with limits of memory, processor time and
//! time, so that a file that brings the reader down costs that one file. [`child::run`] is what such a process does.
//!
//! The crate does not know where index and models lie, and prints nothing.
#![forbid(unsafe_code)]

#[cfg(unix)]
pub mod child;
mod encode;
mod error;
mod file;
#[cfg(unix)]
mod pool;
mod reader;
mod run;
mod store;
mod walk;
#[cfg(unix)]
mod wire;
mod workers;

pub use encode::Encode;
pub use error::{Error, Result};
#[cfg(unix)]
pub use pool::Pool;
pub use reader::{Here, Inside, Part, Reader};
pub use run::{Ingest, Progress, Report};
pub use walk::files;
