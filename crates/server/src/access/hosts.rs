//! Names under which the server may be reached, and pages that may call it.
//!
//! A browser that was led to us by another site's name (DNS rebinding) names that site as the host: it must get nothing. An
//! address in digits cannot be rebound, so it is always right.

use std::net::IpAddr;

use super::AccessError;

/// The allow-lists.
#[derive(Debug, Default)]
pub(crate) struct Hosts {
    public_url: Option<String>,
    /// Further names of this server, lower case, without port.
    names: Vec<String>,
    /// Pages of other sites that may call us.
    origins: Vec<String>,
}

impl Hosts {
    pub fn new(public_url: Option<&str>, origins: &[String], hosts: &[String]) -> Result<Self, AccessError> {
        let public_url = public_url.map(origin).transpose()?;
        let mut names: Vec<String> = hosts.iter().map(|name| name.to_ascii_lowercase()).collect();
        names.extend(public_url.as_deref().map(|url| name_of(authority(url)).to_owned()));
        let origins = origins.iter().map(|url| origin(url)).collect::<Result<_, _>>()?;
        Ok(Self { public_url, names, origins })
    }

    /// The address for links: the public one, else the one that the client named.
    pub fn base(&self, host: &str) -> String {
        self.public_url.clone().unwrap_or_else(|| format!("http://{host}"))
    }

    /// Pages of other sites that may call us.
    pub fn origins(&self) -> &[String] {
        &self.origins
    }

    /// Whether a `Host` ("name", "name:port", "[::1]:port") is one of ours.
    pub fn allows_host(&self, host: &str) -> bool {
        let Some(name) = well_formed(host) else { return false };
        let name = name.to_ascii_lowercase();
        let address = name.trim_start_matches('[').trim_end_matches(']');
        name == "localhost" || address.parse::<IpAddr>().is_ok() || self.names.contains(&name)
    }

    /// Whether a page of this origin may call us: one of our own, or one of the list.
    pub fn allows_origin(&self, given: &str, host: &str) -> bool {
        let Ok(given) = origin(given) else { return false };
        authority(&given).eq_ignore_ascii_case(host)
            || self.public_url.as_deref() == Some(&*given)
            || self.origins.contains(&given)
    }
}

/// The name in a `Host` whose form is right.
fn well_formed(host: &str) -> Option<&str> {
    let name = name_of(host);
    let port = &host[name.len()..];
    let port_is_right = port.is_empty() || port.strip_prefix(':').is_some_and(|digits| digits.parse::<u16>().is_ok());
    let name_is_right = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-._:[]".contains(c));
    (port_is_right && name_is_right).then_some(name)
}

/// A host without its port.
fn name_of(host: &str) -> &str {
    if let Some(end) = host.find(']') {
        return &host[..=end];
    }
    host.split(':').next().unwrap_or(host)
}

fn authority(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, rest)| rest)
}

/// "https://Host:443/" as "https://host:443".
fn origin(url: &str) -> Result<String, AccessError> {
    let bad = || AccessError::Url(url.to_owned());
    let (scheme, rest) = url.trim_end_matches('/').split_once("://").ok_or_else(bad)?;
    let scheme = scheme.to_ascii_lowercase();
    if !matches!(scheme.as_str(), "http" | "https") || well_formed(rest).is_none() {
        return Err(bad());
    }
    Ok(format!("{scheme}://{}", rest.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts() -> Hosts {
        Hosts::new(Some("https://Ask.example/"), &["http://intranet:8000".into()], &["box".into()]).unwrap()
    }

    #[test]
    fn only_names_of_this_server_are_hosts() {
        for (host, allowed) in [
            ("127.0.0.1:8080", true),
            ("[::1]:8080", true),
            ("localhost", true),
            ("LOCALHOST:1", true),
            ("10.0.0.7", true),
            ("ask.example", true),
            ("box:8080", true),
            ("evil.example", false),
            ("ask.example.evil.example", false),
            ("127.0.0.1:port", false),
            ("user@127.0.0.1", false),
            ("127.0.0.1/x", false),
            ("", false),
        ] {
            assert_eq!(hosts().allows_host(host), allowed, "{host}");
        }
    }

    #[test]
    fn only_our_own_pages_and_those_of_the_list_may_call() {
        for (origin, allowed) in [
            ("http://127.0.0.1:8080", true),
            ("https://ask.example", true),
            ("http://intranet:8000", true),
            ("http://intranet", false),
            ("http://evil.example", false),
            ("null", false),
        ] {
            assert_eq!(hosts().allows_origin(origin, "127.0.0.1:8080"), allowed, "{origin}");
        }
        assert!(Hosts::new(Some("ask.example"), &[], &[]).is_err());
        assert!(Hosts::new(Some("https://ask.example/path"), &[], &[]).is_err());
        assert_eq!(Hosts::default().base("h:1"), "http://h:1");
        assert_eq!(hosts().base("h:1"), "https://ask.example");
    }
}
