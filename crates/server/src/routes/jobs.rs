//! `GET /api/v1/jobs` and `GET /api/v1/jobs/{id}`, once or as server-sent events, and `DELETE` to stop one.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::ACCEPT;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Serialize;
use utoipa::ToSchema;

use crate::error::ApiError;
use crate::extract::Path;
use crate::http::App;
use crate::library::{Job, JobView};

/// Jobs, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = JobList)]
pub(crate) struct List {
    jobs: Vec<JobView>,
}

/// List jobs: those that have not ended, and the last that have.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "documents", responses((status = 200, description = "Jobs", body = List)))]
pub(crate) async fn list(State(app): State<App>) -> Result<Json<List>, ApiError> {
    Ok(Json(List { jobs: app.library()?.jobs.list() }))
}

/// One job: where it stands, or with `Accept: text/event-stream` every change until it ends.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", tag = "documents", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The job, or events named \"job\" with the job in each", body = JobView),
        (status = 404, description = "No such job")))]
pub(crate) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let job = find(&app, &id)?;
    let wanted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !wanted.contains("text/event-stream") {
        return Ok(Json(job.view()).into_response());
    }
    let changes = stream::unfold(Some((job.watch(), true)), |state| async move {
        let (mut watch, first) = state?;
        if !first && watch.changed().await.is_err() {
            return None;
        }
        let view = watch.borrow_and_update().clone();
        let event = Event::default().event("job").data(serde_json::to_string(&view).unwrap_or_default());
        Some((Ok::<_, Infallible>(event), (!view.has_ended()).then_some((watch, false))))
    });
    Ok(Sse::new(changes).keep_alive(KeepAlive::default()).into_response())
}

/// Stop a job. What it has stored by then stays.
#[utoipa::path(delete, path = "/api/v1/jobs/{id}", tag = "documents", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The job; it ends within seconds", body = JobView), (status = 404, description = "No such job")))]
pub(crate) async fn delete(State(app): State<App>, Path(id): Path<String>) -> Result<Json<JobView>, ApiError> {
    let job = find(&app, &id)?;
    job.cancel();
    Ok(Json(job.view()))
}

fn find(app: &App, id: &str) -> Result<Arc<Job>, ApiError> {
    app.library()?.jobs.get(id).ok_or_else(|| {
        let message = format!("there is no job {id}; GET /api/v1/jobs lists the last ones");
        ApiError::not_found("job_not_found", message)
    })
}
