//! The check of every request, before anything else looks at it.

use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::{Access, KeyName, Links, Role};
use crate::error::ApiError;
use crate::http::App;

/// The key that a request carries.
#[derive(Clone, Copy)]
enum Sent {
    /// It carries none.
    None,
    /// One that is not ours.
    Strange,
    /// One of ours, by its number, and what it allows.
    Ours(usize, Role),
}

/// Lets a request pass whose host, origin and key are right, and gives the handlers [`Links`] under its host. The reply has the
/// [`KeyName`] with it, if the key has one.
pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let sent = app.access.sent(request.headers());
    let mut response = match app.access.pass(request.method(), request.uri(), request.headers(), sent) {
        Ok(links) => {
            request.extensions_mut().insert(links);
            next.run(request).await
        }
        Err(refused) => refused.into_response(),
    };
    if let Sent::Ours(number, _) = sent
        && let Some(name) = app.access.keys.name(number)
    {
        response.extensions_mut().insert(KeyName(name));
    }
    response
}

impl Access {
    fn sent(&self, headers: &HeaderMap) -> Sent {
        let bearer = |value: &HeaderValue| {
            let (scheme, key) = value.to_str().ok()?.trim().split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| key.trim().to_owned())
        };
        match headers.get(AUTHORIZATION).and_then(bearer) {
            None => Sent::None,
            Some(key) => self.keys.find(&key).map_or(Sent::Strange, |(number, role)| Sent::Ours(number, role)),
        }
    }

    fn pass(&self, method: &Method, uri: &Uri, headers: &HeaderMap, sent: Sent) -> Result<Links, ApiError> {
        let host = host(uri, headers)?;
        if !self.hosts.allows_host(host) {
            let message =
                format!("this server is not \"{host}\"; name it by its address, or allow the name with --allow-host");
            return Err(ApiError::client(StatusCode::MISDIRECTED_REQUEST, message));
        }
        if let Some(origin) = headers.get(ORIGIN)
            && !origin.to_str().is_ok_and(|origin| self.hosts.allows_origin(origin, host))
        {
            let message = "pages of this origin may not call the server; allow them with --allow-origin";
            return Err(ApiError::client(StatusCode::FORBIDDEN, message));
        }
        self.authorize(method, uri, sent)?;
        Ok(Links::new(self.hosts.base(host), self.signer))
    }

    fn authorize(&self, method: &Method, uri: &Uri, sent: Sent) -> Result<(), ApiError> {
        let Some(needed) = needed(method, uri.path()).filter(|_| !self.keys.is_empty()) else { return Ok(()) };
        if self.is_signed(uri) {
            return Ok(());
        }
        match sent {
            Sent::None => {
                Err(ApiError::unauthorized("an API key is needed: send the header Authorization: Bearer KEY"))
            }
            Sent::Strange => Err(ApiError::unauthorized("the API key is not one of this server's")),
            Sent::Ours(_, role) if role < needed => {
                let message = "this key may only read; changing documents needs a key of the role write";
                Err(ApiError::client(StatusCode::FORBIDDEN, message))
            }
            Sent::Ours(number, _) => {
                let taken = self.rate.as_ref().map_or(Ok(()), |rate| rate.take(number, Instant::now()));
                taken.map_err(|wait| {
                    ApiError::busy("this key has made too many requests; make fewer a minute").after(wait)
                })
            }
        }
    }

    /// Whether it is a source page whose link we made.
    fn is_signed(&self, uri: &Uri) -> bool {
        let (Some(signer), Some(passage)) = (&self.signer, uri.path().strip_prefix("/p/")) else { return false };
        let pairs = uri.query().unwrap_or_default().split('&');
        pairs.filter_map(|pair| pair.strip_prefix("sig=")).any(|signature| signer.verify(passage, signature))
    }
}

/// The role that a request needs; none for what says nothing of the documents.
fn needed(method: &Method, path: &str) -> Option<Role> {
    match path {
        "/" | "/embed.js" | "/livez" | "/readyz" | "/healthz" | "/openapi.json" | "/docs" => None,
        _ if path.starts_with("/assets/") => None,
        // What others asked is for those who look after the documents.
        "/api/v1/gaps" => Some(Role::Write),
        _ if (path.starts_with("/api/v1/documents") || path.starts_with("/api/v1/jobs"))
            && method != Method::GET
            && method != Method::HEAD =>
        {
            Some(Role::Write)
        }
        _ => Some(Role::Read),
    }
}

/// The host that the client names: HTTP/1.1 in exactly one header, HTTP/2 as the authority.
fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Result<&'a str, ApiError> {
    let mut named = headers.get_all(HOST).iter();
    match (named.next(), named.next()) {
        (Some(host), None) => {
            host.to_str().map_err(|_| ApiError::invalid(None, "the header Host holds characters that no name has"))
        }
        (Some(_), Some(_)) => Err(ApiError::invalid(None, "there are two headers Host; send one")),
        (None, _) => uri
            .authority()
            .map(|authority| authority.as_str())
            .ok_or_else(|| ApiError::invalid(None, "there is no header Host; send one")),
    }
}
