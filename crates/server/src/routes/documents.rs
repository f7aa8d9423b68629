//! Documents: `GET /api/v1/documents`, a page at a time and filtered, `GET` and `DELETE` of one, its warnings, its file.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::etag::Tagged;
use crate::engine::{Engine, Original};
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::http::App;
use crate::listing::{Listing, Which};
use crate::view::DocumentView;

/// Most documents of a page, and as many where the client does not say.
const LARGEST_PAGE: usize = 10_000;

/// How far.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Extent {
    /// How many to leave out at the beginning.
    offset: Option<usize>,
    /// How many to return, 1 to 10,000, which is the default.
    limit: Option<usize>,
}

/// List documents.
#[utoipa::path(get, path = "/api/v1/documents", tag = "documents", params(Which, Extent),
    responses((status = 200, description = "A page of documents", body = Listing)))]
pub(crate) async fn list(
    State(app): State<App>,
    Query(which): Query<Which>,
    Query(extent): Query<Extent>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let limit = extent.limit.unwrap_or(LARGEST_PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(ApiError::invalid(Some("limit"), format!("limit is {limit}; it can be 1 to {LARGEST_PAGE}")));
    }
    let offset = extent.offset.unwrap_or(0);
    let engine = app.engine.clone();
    let made = app.answer(move || Tagged::json(&Listing::of(engine.documents()?, &which, offset, limit)));
    Ok(made.await?.reply(&headers))
}

/// One document by its id.
#[utoipa::path(get, path = "/api/v1/documents/{id}", tag = "documents", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The document", body = DocumentView), (status = 404, description = "No such document")))]
pub(crate) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let engine = app.engine.clone();
    let made = app.answer(move || Tagged::json(&find(&*engine, &id)?));
    Ok(made.await?.reply(&headers))
}

/// What of a document's file could not be read.
#[derive(Serialize, ToSchema)]
pub(crate) struct Warnings {
    /// A sentence each.
    warnings: Vec<String>,
}

/// What of a document's file could not be read.
#[utoipa::path(get, path = "/api/v1/documents/{id}/warnings", tag = "documents", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The warnings", body = Warnings), (status = 404, description = "No such document")))]
pub(crate) async fn warnings(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let engine = app.engine.clone();
    let made = app.answer(move || Tagged::json(&Warnings { warnings: find(&*engine, &id)?.warnings }));
    Ok(made.await?.reply(&headers))
}

/// The file that a document was read from, byte for byte; never another that lies in its place now.
#[utoipa::path(get, path = "/api/v1/documents/{id}/file", tag = "documents", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The file", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 404, description = "No such document, or its file is gone"), (status = 409, description = "The file has changed")))]
pub(crate) async fn file(State(app): State<App>, Path(id): Path<String>) -> Result<Response, ApiError> {
    let engine = app.engine.clone();
    let asked = id.clone();
    let original = app.answer(move || Ok(engine.original(&asked)?)).await?.ok_or_else(|| missing(&id))?;
    match original {
        Original::Bytes { name, bytes } => {
            let mut response = bytes.into_response();
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind(&name)));
            // Always to be saved, never shown: a page among the documents is not a page of this server.
            if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename*=UTF-8''{}", encoded(&name))) {
                headers.insert(CONTENT_DISPOSITION, value);
            }
            Ok(response)
        }
        Original::Changed => {
            let message = "the file is another one now; ingest it again to read what it says today";
            Err(ApiError::client(StatusCode::CONFLICT, message))
        }
        Original::Missing => {
            let message = format!("the file of document {id} is not where it was read; its text is still in the index");
            Err(ApiError::not_found("file_not_found", message))
        }
    }
}

/// What became of a document.
#[derive(Serialize, ToSchema)]
pub(crate) struct Removed {
    id: String,
    deleted: bool,
}

/// Take a document out of the index. Its file goes too if it came over HTTP; one that was ingested from a folder stays there.
#[utoipa::path(delete, path = "/api/v1/documents/{id}", tag = "documents", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "It is out of the index", body = Removed), (status = 404, description = "No such document"),
        (status = 503, description = "Others are writing to the index")))]
pub(crate) async fn delete(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Removed>, ApiError> {
    let library = app.library()?;
    match library.remove(&app, id.clone(), app.limits.answer_time).await? {
        true => Ok(Json(Removed { id, deleted: true })),
        false => Err(missing(&id)),
    }
}

/// A document of the index.
///
/// # Errors
/// If there is none of this id, or the index cannot be read.
pub(crate) fn find(engine: &dyn Engine, id: &str) -> Result<DocumentView, ApiError> {
    engine.documents()?.into_iter().find(|document| document.id == id).ok_or_else(|| missing(id))
}

fn missing(id: &str) -> ApiError {
    let message = format!("there is no document {id}; GET /api/v1/documents lists all");
    ApiError::not_found("document_not_found", message)
}

/// The media type that a name's ending stands for.
fn kind(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
        // Without a charset: what it is in, its bytes say.
        Some("txt" | "md" | "csv") => "text/plain",
        Some("html" | "htm") => "text/html",
        Some("pdf") => "application/pdf",
        Some("docx") => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        Some("xlsx") => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/octet-stream",
    }
}

/// A name as RFC 8187 wants it in a header.
fn encoded(name: &str) -> String {
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' => out.push(char::from(byte)),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}
