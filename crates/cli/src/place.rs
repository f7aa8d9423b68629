//! Where documents are kept: a folder, or databases.

use std::path::PathBuf;

use wenbao_index::{Index, ModelStamp, Store};

use crate::args::Args;
use crate::home;

/// A store that a flag, a variable or a setting names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A folder of this machine.
    Folder(PathBuf),
    /// Addresses of databases: one, or several that share the documents.
    Databases(String),
}

impl Place {
    /// Of a text: `postgres://…`, several of them with commas between; everything else is a folder.
    pub(crate) fn parse(text: &str) -> Self {
        let is_address = ["postgres://", "postgresql://"].iter().any(|scheme| text.trim_start().starts_with(scheme));
        if is_address { Self::Databases(text.to_owned()) } else { Self::Folder(PathBuf::from(text)) }
    }

    /// That of the command line.
    pub(crate) fn of(args: &Args) -> Self {
        args.store.as_deref().map_or_else(|| Self::Folder(home::index(args)), Self::parse)
    }

    /// Opens what is there, whatever its model: to look at it, or to remove from it.
    pub(crate) fn existing(&self) -> anyhow::Result<Box<dyn Store>> {
        match self {
            Self::Folder(folder) => Ok(Box::new(Index::open_existing(folder)?)),
            Self::Databases(addresses) => databases::existing(addresses),
        }
    }

    /// Opens the store of this model, and makes it where there is none.
    pub(crate) fn open(&self, model: &ModelStamp) -> anyhow::Result<Box<dyn Store>> {
        match self {
            Self::Folder(folder) => Ok(Box::new(Index::open(folder, model)?)),
            Self::Databases(addresses) => databases::open(addresses, model),
        }
    }
}

#[cfg(not(feature = "postgres"))]
mod databases {
    use super::{ModelStamp, Store};

    pub(super) fn existing(_: &str) -> anyhow::Result<Box<dyn Store>> {
        anyhow::bail!(
            "this wenbao keeps documents in folders alone: build it with `--features postgres` for a database, or name a folder"
        )
    }

    pub(super) fn open(addresses: &str, _: &ModelStamp) -> anyhow::Result<Box<dyn Store>> {
        existing(addresses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_address_of_a_database_is_a_folder() {
        for address in ["postgres://a/b", "postgresql:///b?host=/run", "postgres://a/b,postgres://c/d"] {
            assert_eq!(Place::parse(address), Place::Databases(address.to_owned()));
        }
        for folder in ["index", "/data/postgres", "C:\\index", "mysql://a/b"] {
            assert_eq!(Place::parse(folder), Place::Folder(PathBuf::from(folder)));
        }
    }
}
