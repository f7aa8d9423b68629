//! `POST /v1/rerank` (Jina's and Cohere's shape): the client's own documents, ordered by how near they are to a query.

use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use wenbao_embed::Role;

use super::embedded::{self, Embedded};
use super::made::Made;
use super::models;
use super::openai::Created;
use crate::error::ApiError;
use crate::extract::Body;
use crate::http::App;

#[derive(Deserialize, ToSchema)]
#[schema(as = RerankRequest)]
pub(crate) struct Request {
    /// "wenbao" or the embedding model's name, or left out.
    #[serde(default)]
    #[schema(example = "wenbao")]
    model: Option<String>,
    /// What to look for.
    query: String,
    /// Texts, or objects with a field "text".
    #[schema(value_type = Vec<Object>)]
    documents: Vec<Document>,
    /// How many to return; all by default.
    #[serde(default)]
    top_n: Option<usize>,
    /// Whether the documents themselves come back too; false by default.
    #[serde(default)]
    return_documents: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Document {
    Text(String),
    Object { text: String },
}

impl Document {
    fn into_text(self) -> String {
        match self {
            Self::Text(text) | Self::Object { text } => text,
        }
    }
}

#[derive(Serialize, ToSchema)]
#[schema(as = RerankResponse)]
pub(crate) struct Response {
    id: String,
    model: String,
    /// Best first.
    results: Vec<Ranked>,
    #[schema(value_type = Object)]
    usage: Value,
    #[schema(value_type = Object)]
    meta: Value,
}

#[derive(Serialize, ToSchema)]
struct Ranked {
    /// Its place in the request's documents, from 0.
    index: usize,
    /// The cosine of query and document, nothing below 0.
    relevance_score: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    document: Option<Value>,
}

/// Order documents by a query.
#[utoipa::path(post, path = "/v1/rerank", tag = "openai", request_body = Request,
    responses((status = 200, description = "The documents' places, best first", body = Response)))]
pub(crate) async fn create(State(app): State<App>, Body(request, _room): Body<Request>) -> Result<Made, ApiError> {
    models::check_vectors(&app, request.model.as_deref())?;
    if request.top_n == Some(0) {
        return Err(ApiError::invalid(Some("top_n"), "top_n is 0; it must be at least 1"));
    }
    let texts: Vec<String> = request.documents.into_iter().map(Document::into_text).collect();
    embedded::check("query", std::slice::from_ref(&request.query), 1)?;
    embedded::check("documents", &texts, app.limits.inputs)?;
    let returned = request.return_documents.unwrap_or(false).then(|| texts.clone());
    let embed = |role, texts| embedded::embed(&app, role, texts);
    let query: Embedded = embed(Role::Query, vec![request.query]).await?;
    let documents = embed(Role::Passage, texts).await?;
    let (top_n, model) = (request.top_n.unwrap_or(usize::MAX), app.engine.model_name().to_owned());
    let ordered = app.slice(app.limits.embed_time, move || {
        let wanted = query.rows.first().map(Vec::as_slice).unwrap_or_default();
        let score = |row: &Vec<f32>| row.iter().zip(wanted).map(|(a, b)| a * b).sum::<f32>().max(0.0);
        let mut ranked: Vec<(usize, f32)> = documents.rows.iter().map(score).enumerate().collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.truncate(top_n);
        let document = |index: usize| returned.as_ref().map(|texts| json!({ "text": texts[index] }));
        let results = ranked
            .into_iter()
            .map(|(index, relevance_score)| Ranked { index, relevance_score, document: document(index) })
            .collect();
        let tokens = query.tokens + documents.tokens;
        Made::json(&Response {
            id: Created::new("rerank-").id,
            model,
            results,
            usage: json!({ "total_tokens": tokens, "prompt_tokens": tokens }),
            meta: json!({ "api_version": { "version": "2" }, "billed_units": { "search_units": 1 } }),
        })
    });
    ordered.await
}
