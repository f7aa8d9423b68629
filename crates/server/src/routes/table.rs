//! `POST /api/v1/table`.

use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use utoipa::ToSchema;
use wenbao_answer::{Question, Restriction, sheet};

use super::made::Made;
use crate::error::ApiError;
use crate::extract::Body;
use crate::http::App;
use crate::schemas;

#[derive(Deserialize, ToSchema)]
pub(crate) struct TableOf {
    /// A question over many reports: every province's target, a place's results by year.
    question: String,
    /// Which passages may answer.
    #[serde(default)]
    #[schema(value_type = Option<schemas::Restriction>)]
    filter: Option<Restriction>,
    /// How the table is given; where it is left out, as the header Accept says, else as JSON.
    #[serde(default)]
    format: Option<TableFormat>,
}

/// Forms of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum TableFormat {
    /// The whole answer, its table in the field "table".
    Json,
    /// A line a row, with the quote and the report of each number.
    Csv,
}

/// Lay out a question over many reports: places or years side by side, each number with its proof. A question over one report is
/// answered as /api/v1/ask does, with its values for rows and no "table".
#[utoipa::path(post, path = "/api/v1/table", tag = "questions", request_body = TableOf,
    responses(
        (status = 200, description = "The answer with its table", content(
            (schemas::Answer = "application/json"), (String = "text/csv"),
        )),
        (status = 422, description = "As CSV: the reports do not say it, so that there are no rows"),
    ))]
pub(crate) async fn create(
    State(app): State<App>,
    headers: HeaderMap,
    Body(wanted, _room): Body<TableOf>,
) -> Result<Response, ApiError> {
    let format = wanted.format.unwrap_or_else(|| accepted(&headers));
    let filter = wanted.filter.unwrap_or_default();
    let question = Question { text: wanted.question, filter, ..Question::default() };
    let engine = app.engine.clone();
    let answered = app.answer(move || {
        let answer = engine.ask(&question)?;
        let made = match format {
            TableFormat::Json => Some(Made::json(&answer)?),
            // A file of heads alone would look as if all went well.
            TableFormat::Csv if answer.table.is_none() && answer.values.is_empty() => None,
            TableFormat::Csv => Some(Made::new("text/csv; charset=utf-8", sheet::csv(&sheet::rows(&answer)))),
        };
        Ok((made, answer))
    });
    let (made, answer) = answered.await?;
    app.heard(&answer);
    let Some(made) = made else {
        let reason = answer.reason.filter(|reason| !reason.is_empty()).unwrap_or(answer.text);
        let message = format!("there is nothing to lay out in rows: {reason}");
        return Err(ApiError::client(StatusCode::UNPROCESSABLE_ENTITY, message));
    };
    let mut response = made.into_response();
    if format == TableFormat::Csv {
        let value = HeaderValue::from_static("attachment; filename=table.csv");
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    response.headers_mut().append(VARY, ACCEPT.into());
    Ok(response)
}

/// CSV where it is accepted and JSON is not, or only behind it.
fn accepted(headers: &HeaderMap) -> TableFormat {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let csv = accepted.find("text/csv");
    match csv.is_some_and(|csv| accepted.find("application/json").is_none_or(|json| csv < json)) {
        true => TableFormat::Csv,
        false => TableFormat::Json,
    }
}
