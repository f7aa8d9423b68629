//! `POST /api/v1/documents` and `PUT /api/v1/documents/{id}`: files, or texts, that become documents by a job.

use std::io;

use axum::Json;
use axum::extract::multipart::{Field, Multipart};
use axum::extract::{FromRequest, Request, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;

use super::documents;
use crate::error::ApiError;
use crate::extract::{Body, Path};
use crate::http::App;
use crate::library::{Incoming, JobView, Jobs, Kept, Library};

/// A text that becomes a document.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Text {
    /// What it is called, "2025年某市政府工作报告": read for title, place and year where the text says none.
    name: String,
    /// All of it.
    text: String,
}

/// One text or several.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    /// Of one document: what it is called.
    #[serde(default)]
    name: Option<String>,
    /// Of one document: all of it.
    #[serde(default)]
    text: Option<String>,
    /// Of several.
    #[serde(default)]
    documents: Vec<Text>,
}

/// Add documents: files as multipart/form-data (any field names, many files), or texts as JSON. They are read in a job, which the
/// reply describes.
#[utoipa::path(post, path = "/api/v1/documents", tag = "documents",
    request_body(content = Texts, description = "Texts; or files, as multipart/form-data"),
    responses((status = 202, description = "The job that reads them", body = JobView),
        (status = 413, description = "Too large"), (status = 429, description = "Too many jobs wait")))]
pub(crate) async fn create(State(app): State<App>, request: Request) -> Result<Response, ApiError> {
    let library = app.library()?;
    library.jobs.room()?;
    let files = received(&app, &library, request).await?;
    Ok(accepted(Jobs::start(&app, &library, files, None)))
}

/// Put another document in the place of one: one file, or one text. Its id comes from its content, so it has another one.
#[utoipa::path(put, path = "/api/v1/documents/{id}", tag = "documents", params(("id" = String, Path, description = "Its id")),
    request_body(content = Texts, description = "A text; or a file, as multipart/form-data"),
    responses((status = 202, description = "The job that reads it", body = JobView), (status = 404, description = "No such document")))]
pub(crate) async fn replace(
    State(app): State<App>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, ApiError> {
    let library = app.library()?;
    library.jobs.room()?;
    let (engine, replaced) = (app.engine.clone(), id.clone());
    app.answer(move || documents::find(&*engine, &replaced)).await?;
    let files = received(&app, &library, request).await?;
    if files.len() != 1 {
        files.iter().for_each(|file| library.shelf.discard(&file.path));
        let message = format!("there are {} documents; one takes the place of one", files.len());
        return Err(ApiError::invalid(None, message));
    }
    Ok(accepted(Jobs::start(&app, &library, files, Some(id))))
}

fn accepted(job: JobView) -> Response {
    let place = format!("/api/v1/jobs/{}", job.id);
    (StatusCode::ACCEPTED, [(LOCATION, place)], Json(job)).into_response()
}

/// The files of a request, on the shelf. What was kept before something failed is taken off again.
async fn received(app: &App, library: &Library, request: Request) -> Result<Vec<Kept>, ApiError> {
    let _place = library.receive()?;
    let mut kept = Vec::new();
    let all = match is_form(request.headers()) {
        true => from_form(app, library, request, &mut kept).await,
        false => from_json(app, library, request, &mut kept).await,
    };
    if let Err(error) = all {
        kept.iter().for_each(|file| library.shelf.discard(&file.path));
        return Err(error);
    }
    Ok(kept)
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.trim_start().to_ascii_lowercase().starts_with("multipart/form-data")
}

async fn from_json(app: &App, library: &Library, request: Request, kept: &mut Vec<Kept>) -> Result<(), ApiError> {
    let Body(Texts { name, text, documents }, _room) = Body::<Texts>::from_request(request, app).await?;
    let mut texts = documents;
    match (name, text) {
        (Some(name), Some(text)) => texts.push(Text { name, text }),
        (None, None) => {}
        (Some(_), None) => return Err(ApiError::invalid(Some("text"), "there is a name without a text")),
        (None, Some(_)) => {
            return Err(ApiError::invalid(Some("name"), "a text needs a name, such as 2025年某市政府工作报告"));
        }
    }
    if texts.is_empty() || texts.len() > library.limits.files {
        let most = library.limits.files;
        return Err(ApiError::invalid(Some("documents"), format!("send 1 to {most} documents at once")));
    }
    for Text { name, text } in texts {
        if text.trim().is_empty() {
            return Err(ApiError::invalid(Some("text"), format!("the text of \"{name}\" is empty")));
        }
        let mut incoming = library.shelf.begin(&format!("{name}.txt")).await.map_err(storing)?;
        incoming.write(text.as_bytes()).await.map_err(storing)?;
        kept.push(incoming.keep().await.map_err(storing)?);
    }
    Ok(())
}

async fn from_form(app: &App, library: &Library, request: Request, kept: &mut Vec<Kept>) -> Result<(), ApiError> {
    let broken = |error: &dyn std::fmt::Display| ApiError::invalid(None, format!("the form is broken: {error}"));
    let mut form = Multipart::from_request(request, &()).await.map_err(|error| broken(&error))?;
    let limits = library.limits;
    let mut all = 0;
    while let Some(mut field) = in_time(app, form.next_field()).await?.map_err(|error| broken(&error))? {
        // Fields without a file's name are not ours: front ends send some along.
        let Some(name) = field.file_name().map(str::to_owned) else { continue };
        if kept.len() == limits.files {
            let message = format!("more than {} files at once; send the others in another request", limits.files);
            return Err(ApiError::client(StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        let mut incoming = library.shelf.begin(&name).await.map_err(storing)?;
        fill(app, &mut incoming, &mut field, limits.file.min(limits.request.saturating_sub(all))).await?;
        all += incoming.bytes();
        kept.push(incoming.keep().await.map_err(storing)?);
    }
    if kept.is_empty() {
        return Err(ApiError::invalid(None, "the form holds no file; send it as a field with a file name"));
    }
    Ok(())
}

/// Writes a field as it comes, up to `most` bytes.
async fn fill(app: &App, incoming: &mut Incoming, field: &mut Field<'_>, most: u64) -> Result<(), ApiError> {
    let broken = |error| ApiError::invalid(None, format!("the form broke off: {error}"));
    while let Some(chunk) = in_time(app, field.chunk()).await?.map_err(broken)? {
        if incoming.bytes() + chunk.len() as u64 > most {
            let message =
                format!("a file, or all files together, are larger than {} MiB; send less at once", most >> 20);
            return Err(ApiError::client(StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        incoming.write(&chunk).await.map_err(storing)?;
    }
    Ok(())
}

/// Waits for the next piece of a body as long as a whole small one may take.
async fn in_time<T>(app: &App, piece: impl Future<Output = T>) -> Result<T, ApiError> {
    let limit = app.limits.body_time;
    tokio::time::timeout(limit, piece).await.map_err(|_| {
        let message = format!("nothing came for {} s; send the rest faster", limit.as_secs());
        ApiError::client(StatusCode::REQUEST_TIMEOUT, message)
    })
}

fn storing(error: io::Error) -> ApiError {
    tracing::error!("a document could not be kept: {error}");
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            ApiError::full("there is no room on the server's disk; remove something from it first")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            ApiError::unavailable("the server may not write to the folder of its documents; its log says more")
        }
        _ => ApiError::internal("the server could not keep the document; its log says why"),
    }
}
