//! Addresses of databases.

/// The addresses of a text with commas or spaces between them. A comma inside an address stays there: it separates hosts of
/// one database, of which the first that answers is asked.
///
/// `postgres://a,b/w,postgres://c/w` are two: the database of a or b, and that of c.
pub fn addresses(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for part in text.split([',', ' ', '\n', '\t']).filter(|part| !part.is_empty()) {
        let begins = part.starts_with("postgres://") || part.starts_with("postgresql://");
        match found.last_mut() {
            Some(last) if !begins => {
                last.push(',');
                last.push_str(part);
            }
            _ => found.push(part.to_owned()),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_separate_databases_and_hosts_of_one() {
        assert_eq!(addresses("postgres://a/w"), ["postgres://a/w"]);
        assert_eq!(addresses("postgres://a/w, postgresql://b/w"), ["postgres://a/w", "postgresql://b/w"]);
        assert_eq!(addresses("postgres://a,b/w,postgres://c/w"), ["postgres://a,b/w", "postgres://c/w"]);
        assert!(addresses(" ,").is_empty());
    }
}
