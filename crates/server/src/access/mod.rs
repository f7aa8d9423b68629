//! Who may reach the server, under which name, from which page, and with which key.

mod guard;
mod hosts;
mod keys;
mod links;
mod rate;

use std::net::SocketAddr;

pub(crate) use guard::guard;
pub(crate) use keys::KeyName;
pub use keys::{Keys, Role};
pub(crate) use links::Links;

use hosts::Hosts;
use links::Signer;
use rate::Rate;

/// The rules of access, made once from the command line.
#[derive(Debug, Default)]
pub struct Access {
    keys: Keys,
    hosts: Hosts,
    signer: Option<Signer>,
    rate: Option<Rate>,
}

/// Why rules are no rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccessError {
    /// A key file, or `WENBAO_API_KEYS`, that says something else.
    #[error(
        "{source_name}, line {line}: {problem}; a line is \"read KEY\" or \"write KEY\", with a name behind it or without; a key has at least 16 characters"
    )]
    Keys {
        /// Which of the two.
        source_name: String,
        /// From 1.
        line: usize,
        /// What is wrong there.
        problem: String,
    },
    /// A key file that cannot be read.
    #[error("cannot read the keys in {path}: {problem}")]
    File {
        /// As given.
        path: String,
        /// What the system said.
        problem: String,
    },
    /// A public address that is no address.
    #[error("\"{0}\" is no address of a server; give it as https://HOST or http://HOST:PORT, without a path")]
    Url(String),
    /// Open to the network without keys.
    #[error(
        "{0} can be reached from other machines, and there are no API keys: give --api-keys FILE (or WENBAO_API_KEYS), \
         listen on 127.0.0.1, or say --insecure-no-key"
    )]
    Open(SocketAddr),
}

impl Access {
    /// Rules of these keys. `public_url` is the address under which clients reach us, where it is not the one they name; pages
    /// of `origins` may call us from a browser; `hosts` are further names of this server.
    ///
    /// # Errors
    /// An address that is none.
    pub fn new(
        keys: Keys,
        public_url: Option<&str>,
        origins: &[String],
        hosts: &[String],
    ) -> Result<Self, AccessError> {
        let signer = keys.seed().map(Signer::new);
        Ok(Self { keys, hosts: Hosts::new(public_url, origins, hosts)?, signer, rate: None })
    }

    /// With at most so many requests a minute of each key.
    #[must_use]
    pub fn with_rate(mut self, a_minute: u32) -> Self {
        self.rate = Some(Rate::new(a_minute));
        self
    }

    /// Without keys only this machine may ask, unless somebody says that all may.
    ///
    /// # Errors
    /// If `addr` is not loopback and there is no key.
    pub fn check(&self, addr: SocketAddr, insecure: bool) -> Result<(), AccessError> {
        if addr.ip().is_loopback() || insecure || !self.keys.is_empty() { Ok(()) } else { Err(AccessError::Open(addr)) }
    }

    /// Pages that may call us from a browser.
    pub(crate) fn origins(&self) -> &[String] {
        self.hosts.origins()
    }
}
