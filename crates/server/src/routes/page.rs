//! `GET /`, `/assets/…` and `/embed.js`: the page of `web/`, whose built files are part of the binary.
//!
//! A file under `/assets/` has its content's hash in its name, so browsers keep it for ever; the two others are asked for
//! again each time and answered with 304 where nothing has changed. Nothing here touches the index: the page opens while
//! it is busy, and without a key.

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rust_embed::Embed;

use super::etag;
use crate::error::ApiError;

#[derive(Embed)]
#[folder = "../../web/dist"]
struct Files;

/// What the page may load: its own files and this server's replies, nothing inline, nothing of another host; and no
/// page may frame it. `web/dev.mjs` gives out the same.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Kept and not asked for again.
const FOREVER: &str = "public, max-age=31536000, immutable";
/// Kept, but asked for again each time.
const CHECKED: &str = "no-cache";

/// The page's routes, for a router of any state.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new().route("/", get(index)).route("/assets/{*name}", get(asset)).route("/embed.js", get(embed))
}

async fn index(headers: HeaderMap) -> Result<Response, ApiError> {
    file("index.html", &headers, CHECKED)
}

/// By the path as it was sent: the names are plain, so an escaped one is none of them.
async fn asset(uri: Uri, headers: HeaderMap) -> Result<Response, ApiError> {
    file(uri.path().trim_start_matches('/'), &headers, FOREVER)
}

/// The web component: other pages load it, so it is open to them.
async fn embed(headers: HeaderMap) -> Result<Response, ApiError> {
    let mut response = file("embed.js", &headers, CHECKED)?;
    let name = HeaderName::from_static("cross-origin-resource-policy");
    response.headers_mut().insert(name, HeaderValue::from_static("cross-origin"));
    Ok(response)
}

/// A built file, or 304 where the client has it already.
///
/// # Errors
/// 404 for a name that is none of ours.
fn file(name: &str, asked: &HeaderMap, keep: &'static str) -> Result<Response, ApiError> {
    let file = Files::get(name).ok_or_else(|| {
        ApiError::not_found("unknown_url", format!("there is no file {name}; the page at / names those there are"))
    })?;
    let tag = etag::of(&file.metadata.sha256_hash());
    let mut response = match etag::has(asked, &tag) {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => file.data.into_response(),
    };
    let headers = response.headers_mut();
    for (header, value) in [
        (CONTENT_TYPE, kind(name)),
        (CONTENT_SECURITY_POLICY, POLICY),
        (CACHE_CONTROL, keep),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
    ] {
        headers.insert(header, HeaderValue::from_static(value));
    }
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(ETAG, tag);
    }
    Ok(response)
}

fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::Request;
    use axum::http::header::IF_NONE_MATCH;
    use tower::ServiceExt;

    use super::*;

    async fn get(path: &str, if_none_match: &str) -> (StatusCode, HeaderMap, String) {
        let request = Request::get(path).header(IF_NONE_MATCH, if_none_match).body(Body::empty()).unwrap();
        let router: Router = routes();
        let response = router.oneshot(request).await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        (status, headers, String::from_utf8(bytes.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_page_names_files_that_are_there_and_kept_for_ever() {
        let (status, headers, html) = get("/", "").await;
        assert_eq!((status, headers[CACHE_CONTROL].to_str().unwrap()), (StatusCode::OK, CHECKED));
        assert_eq!(headers[CONTENT_TYPE], "text/html; charset=utf-8");
        let names: Vec<&str> = html.split('"').filter(|part| part.starts_with("/assets/")).collect();
        assert_eq!(names.len(), 2, "{html}");
        for name in names {
            let (status, headers, _) = get(name, "").await;
            assert_eq!((status, headers[CACHE_CONTROL].to_str().unwrap()), (StatusCode::OK, FOREVER), "{name}");
            assert_ne!(headers[CONTENT_TYPE], "application/octet-stream", "{name}");
        }
    }

    #[tokio::test]
    async fn nothing_inline_and_nothing_of_another_host_is_allowed() {
        let (_, headers, html) = get("/", "").await;
        let policy = headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
        assert!(!html.contains("<style") && !html.contains("style="), "{html}");
    }

    #[tokio::test]
    async fn what_the_client_has_is_not_sent_again() {
        let (_, headers, _) = get("/embed.js", "").await;
        let tag = headers[ETAG].to_str().unwrap();
        for (asked, status) in [
            (tag.to_owned(), StatusCode::NOT_MODIFIED),
            (format!("\"other\", {}", tag.trim_start_matches("W/")), StatusCode::NOT_MODIFIED),
            ("\"other\"".to_owned(), StatusCode::OK),
        ] {
            let (got, headers, body) = get("/embed.js", &asked).await;
            assert_eq!((got, body.is_empty()), (status, status == StatusCode::NOT_MODIFIED), "{asked}");
            assert_eq!(headers[ETAG].to_str().unwrap(), tag);
        }
    }

    #[tokio::test]
    async fn no_other_file_is_given_out() {
        for path in ["/assets/none.js", "/assets/..%2findex.html", "/assets/%2e%2e%2f..%2fCargo.toml", "/index.html"] {
            assert_eq!(get(path, "").await.0, StatusCode::NOT_FOUND, "{path}");
        }
    }
}
