//! Documents: `GET /api/v1/documents`, a page at a time and filtered, `GET` and `DELETE` of one, its warnings, its file.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::engine::Original;
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::http::App;
use crate::view::DocumentView;

/// Most documents of a page, and as many where the client does not say.
const LARGEST_PAGE: usize = 10_000;

/// Which documents.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Only those about this region, or about a place in it.
    region: Option<String>,
    /// Only those whose own year is this one.
    year: Option<i32>,
    /// Only those of this kind: "work_report", "communique", "measure" and so on.
    doc_type: Option<String>,
    /// Only those whose title or path holds this, upper and lower case alike.
    q: Option<String>,
    /// How many to leave out at the beginning.
    offset: Option<usize>,
    /// How many to return, 1 to 10,000, which is the default.
    limit: Option<usize>,
}

impl Wanted {
    fn fits(&self, document: &DocumentView) -> bool {
        let holds = |words: &str| {
            let words = words.to_lowercase();
            let title = document.title.as_deref().unwrap_or_default();
            [title, &document.path].iter().any(|text| text.to_lowercase().contains(&words))
        };
        self.region.as_ref().is_none_or(|region| document.is_about(region))
            && self.year.is_none_or(|year| document.year == Some(year))
            && self.doc_type.as_ref().is_none_or(|kind| serde_json::json!(document.doc_type) == *kind.as_str())
            && self.q.as_deref().is_none_or(holds)
    }
}

/// A page of documents, by path.
#[derive(Serialize, ToSchema)]
#[schema(as = DocumentList)]
pub(crate) struct List {
    documents: Vec<DocumentView>,
    /// How many fit, on all pages together.
    total: usize,
    /// Where the next page begins; null on the last.
    next_offset: Option<usize>,
}

/// List documents.
#[utoipa::path(get, path = "/api/v1/documents", tag = "documents", params(Wanted),
    responses((status = 200, description = "A page of documents", body = List)))]
pub(crate) async fn list(State(app): State<App>, Query(wanted): Query<Wanted>) -> Result<Json<List>, ApiError> {
    let limit = wanted.limit.unwrap_or(LARGEST_PAGE);
    if !(1..=LARGEST_PAGE).contains(&limit) {
        return Err(ApiError::invalid(Some("limit"), format!("limit is {limit}; it can be 1 to {LARGEST_PAGE}")));
    }
    let offset = wanted.offset.unwrap_or(0);
    let engine = app.engine.clone();
    let fitting = app.answer(move || {
        let mut documents = engine.documents()?;
        documents.retain(|document| wanted.fits(document));
        Ok(documents)
    });
    let fitting = fitting.await?;
    let total = fitting.len();
    let documents: Vec<_> = fitting.into_iter().skip(offset).take(limit).collect();
    let end = offset.saturating_add(documents.len());
    Ok(Json(List { documents, total, next_offset: (end < total).then_some(end) }))
}

/// One document by its id.
#[utoipa::path(get, path = "/api/v1/documents/{id}", tag = "documents", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The document", body = DocumentView), (status = 404, description = "No such document")))]
pub(crate) async fn get(State(app): State<App>, Path(id): Path<String>) -> Result<Json<DocumentView>, ApiError> {
    find(&app, id).await.map(Json)
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
pub(crate) async fn warnings(State(app): State<App>, Path(id): Path<String>) -> Result<Json<Warnings>, ApiError> {
    find(&app, id).await.map(|document| Json(Warnings { warnings: document.warnings }))
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

pub(super) async fn find(app: &App, id: String) -> Result<DocumentView, ApiError> {
    let engine = app.engine.clone();
    let all = app.answer(move || Ok(engine.documents()?)).await?;
    all.into_iter().find(|document| document.id == id).ok_or_else(|| missing(&id))
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
