//! Where documents are kept: a folder, or databases.

use std::path::PathBuf;

use wenbao_index::store::without_password;
use wenbao_index::{Index, ModelStamp, Store};
#[cfg(feature = "postgres")]
use wenbao_index_postgres::{Postgres, addresses};

use crate::args::Args;
use crate::home;

/// A store that a flag, a variable or a setting names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A folder of this machine.
    Folder(PathBuf),
    /// Databases.
    Databases(Databases),
}

/// Databases that have the documents, one or several together, and how they are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Databases {
    /// Their addresses, with commas between them.
    addresses: String,
    #[cfg(feature = "postgres")]
    options: wenbao_index_postgres::Options,
}

impl Place {
    /// Of a text: `postgres://…`, several of them with commas between; everything else is a folder.
    pub(crate) fn parse(
        #[cfg_attr(not(feature = "postgres"), expect(unused_variables))] args: &Args,
        text: &str,
    ) -> Self {
        let is_address = ["postgres://", "postgresql://"].iter().any(|scheme| text.trim_start().starts_with(scheme));
        if is_address {
            Self::Databases(Databases {
                addresses: text.to_owned(),
                #[cfg(feature = "postgres")]
                options: wenbao_index_postgres::Options {
                    approximate: args.nearest == crate::args::Nearest::Graph,
                    authority: args.store_ca.clone(),
                    partial: args.command.partial(),
                    ..Default::default()
                },
            })
        } else {
            Self::Folder(PathBuf::from(text))
        }
    }

    /// That of the command line.
    pub(crate) fn of(args: &Args) -> Self {
        args.store.as_deref().map_or_else(|| Self::Folder(home::index(args)), |text| Self::parse(args, text))
    }

    /// As it may be shown: a password is left out.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Folder(folder) => folder.display().to_string(),
            Self::Databases(databases) => without_password(&databases.addresses),
        }
    }

    /// Opens what is there, whatever its model: to look at it, or to remove from it.
    pub(crate) fn existing(&self) -> anyhow::Result<Box<dyn Store>> {
        match self {
            Self::Folder(folder) => Ok(Box::new(Index::open_existing(folder)?)),
            Self::Databases(databases) => databases.existing(),
        }
    }

    /// Opens the store of this model, and makes it where there is none.
    pub(crate) fn open(&self, model: &ModelStamp) -> anyhow::Result<Box<dyn Store>> {
        match self {
            Self::Folder(folder) => Ok(Box::new(Index::open(folder, model)?)),
            Self::Databases(databases) => databases.open(model),
        }
    }
}

#[cfg(feature = "postgres")]
impl Databases {
    fn existing(&self) -> anyhow::Result<Box<dyn Store>> {
        Ok(Box::new(Postgres::existing(&addresses(&self.addresses), self.options.clone())?))
    }

    fn open(&self, model: &ModelStamp) -> anyhow::Result<Box<dyn Store>> {
        Ok(Box::new(self.store(model)?))
    }

    /// [`Place::open`], for what only databases can do.
    pub(crate) fn store(&self, model: &ModelStamp) -> anyhow::Result<Postgres> {
        Ok(Postgres::open(&addresses(&self.addresses), self.options.clone(), model)?)
    }

    /// The store together with databases that shall be part of it.
    pub(crate) fn with_more(&self) -> anyhow::Result<Postgres> {
        Ok(Postgres::with_more(&addresses(&self.addresses), self.options.clone())?)
    }
}

#[cfg(not(feature = "postgres"))]
impl Databases {
    fn existing(&self) -> anyhow::Result<Box<dyn Store>> {
        anyhow::bail!(
            "this wenbao keeps documents in folders alone and cannot open {}: build it with `--features postgres`, or name a \
             folder",
            without_password(&self.addresses)
        )
    }

    fn open(&self, _: &ModelStamp) -> anyhow::Result<Box<dyn Store>> {
        self.existing()
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn what_is_no_address_of_a_database_is_a_folder() {
        let args = Args::try_parse_from(["wenbao", "status"]).unwrap();
        for address in ["postgres://a/b", "postgresql:///b?host=/run", "postgres://a/b,postgres://c/d"] {
            assert!(matches!(Place::parse(&args, address), Place::Databases(_)), "{address}");
        }
        for folder in ["index", "/data/postgres", "C:\\index", "mysql://a/b"] {
            assert_eq!(Place::parse(&args, folder), Place::Folder(PathBuf::from(folder)));
        }
    }
}
