//! Links to source pages.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// Makes links that open without a key: a citation is clicked in a browser that has none. Each opens its own page alone,
/// and only the server's keys can make one.
#[derive(Clone, Copy)]
pub(crate) struct Signer {
    seed: [u8; 32],
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed }
    }

    /// HMAC-SHA-256 of the passage's name, its first half, as hex.
    pub fn sign(&self, passage: &str) -> String {
        let padded = |byte: u8| {
            let mut block = [byte; 64];
            block.iter_mut().zip(self.seed).for_each(|(padding, key)| *padding ^= key);
            block
        };
        let inner = Sha256::new().chain_update(padded(0x36)).chain_update(b"passage:").chain_update(passage).finalize();
        let outer = Sha256::new().chain_update(padded(0x5c)).chain_update(inner).finalize();
        outer.iter().take(16).fold(String::new(), |mut hex, byte| {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    /// Whether a signature is that of the passage.
    pub fn verify(&self, passage: &str, signature: &str) -> bool {
        self.sign(passage).as_bytes().ct_eq(signature.as_bytes()).into()
    }
}

/// Makes the links of one reply.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    base: String,
    signer: Option<Signer>,
}

impl Links {
    pub fn new(base: String, signer: Option<Signer>) -> Self {
        Self { base, signer }
    }

    /// Links of a server without keys.
    #[cfg(test)]
    pub fn plain(base: &str) -> Self {
        Self::new(base.to_owned(), None)
    }

    /// The page of a passage with ranges of its text marked (Unicode scalar values, half-open).
    pub fn passage(&self, id: &str, marks: &[[usize; 2]]) -> String {
        let marks: Vec<String> = marks.iter().map(|[start, end]| format!("{start}-{end}")).collect();
        let mut url = format!("{}/p/{id}", self.base);
        let mut between = '?';
        let mut add = |name: &str, value: &str| {
            url.push(between);
            url.push_str(name);
            url.push('=');
            url.push_str(value);
            between = '&';
        };
        if !marks.is_empty() {
            add("mark", &marks.join(","));
        }
        if let Some(signer) = &self.signer {
            add("sig", &signer.sign(id));
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_opens_its_own_page_and_no_other() {
        let signer = Signer::new([7; 32]);
        let link = Links::new("http://h".into(), Some(signer)).passage("d-0001", &[[0, 3], [8, 11]]);
        let signature = link.strip_prefix("http://h/p/d-0001?mark=0-3,8-11&sig=").unwrap();
        assert!(signer.verify("d-0001", signature), "{link}");
        assert!(!signer.verify("d-0002", signature));
        assert!(!signer.verify("d-0001", ""));
        assert!(!Signer::new([8; 32]).verify("d-0001", signature));
        assert_eq!(Links::plain("http://h").passage("d-0001", &[]), "http://h/p/d-0001");
    }
}
