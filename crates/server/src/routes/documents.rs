//! `GET /api/v1/documents`, a page at a time and filtered, and `GET /api/v1/documents/{id}`.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

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
    /// Only those about this region.
    region: Option<String>,
    /// Only those whose plan is for this year.
    year: Option<i32>,
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
        self.region.as_ref().is_none_or(|region| document.region.as_ref().is_some_and(|r| r.0 == *region))
            && self.year.is_none_or(|year| document.year == Some(year))
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
    let engine = app.engine.clone();
    let all = app.answer(move || Ok(engine.documents()?)).await?;
    all.into_iter().find(|document| document.id == id).map(Json).ok_or_else(|| {
        let message = format!("there is no document {id}; GET /api/v1/documents lists all");
        ApiError::not_found("document_not_found", message)
    })
}
