//! `POST /v1/embeddings`: float and base64, one text or many, as query (the default) or as passage.

use axum::extract::State;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use wenbao_embed::Role;

use super::made::Made;
use super::{embedded, models};
use crate::error::ApiError;
use crate::extract::Body;
use crate::http::App;

#[derive(Deserialize, ToSchema)]
#[schema(as = EmbeddingsRequest)]
pub(crate) struct Request {
    /// One text or many.
    #[schema(value_type = Object)]
    input: Input,
    /// "wenbao" or the embedding model's name, or left out.
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    encoding_format: Option<Format>,
    /// The model's own number of dimensions, or left out.
    #[serde(default)]
    dimensions: Option<usize>,
    /// How the texts are meant; "query" by default.
    #[serde(default)]
    input_type: Option<InputType>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    One(String),
    Many(Vec<String>),
    /// Token numbers of somebody else's tokenizer: known, so that the refusal can be clear.
    Other(serde::de::IgnoredAny),
}

#[derive(Deserialize, ToSchema, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Float,
    Base64,
}

#[derive(Deserialize, ToSchema, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum InputType {
    #[default]
    #[serde(alias = "search_query")]
    Query,
    #[serde(alias = "document", alias = "search_document")]
    Passage,
}

#[derive(Serialize, ToSchema)]
#[schema(as = EmbeddingsResponse)]
pub(crate) struct Response {
    object: &'static str,
    #[schema(value_type = Vec<Object>)]
    data: Vec<Item>,
    model: String,
    usage: Usage,
}

#[derive(Serialize)]
struct Item {
    object: &'static str,
    index: usize,
    embedding: Embedding,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Embedding {
    Float(Vec<f32>),
    Base64(String),
}

#[derive(Serialize, ToSchema)]
#[schema(as = EmbeddingsUsage)]
struct Usage {
    prompt_tokens: usize,
    total_tokens: usize,
}

/// Turn texts into vectors of unit length.
#[utoipa::path(post, path = "/v1/embeddings", tag = "openai", request_body = Request,
    responses((status = 200, description = "A vector for each text, in their order", body = Response)))]
pub(crate) async fn create(State(app): State<App>, Body(request, _room): Body<Request>) -> Result<Made, ApiError> {
    models::check_vectors(&app, request.model.as_deref())?;
    let name = app.engine.model_name().to_owned();
    let width = app.engine.dimensions();
    if request.dimensions.is_some_and(|asked| asked != width) {
        let message = format!("{name} makes vectors of {width} dimensions; leave dimensions out");
        return Err(ApiError::invalid(Some("dimensions"), message));
    }
    let texts = texts(request.input)?;
    embedded::check("input", &texts, app.limits.inputs)?;
    let role = match request.input_type.unwrap_or_default() {
        InputType::Query => Role::Query,
        InputType::Passage => Role::Passage,
    };
    let format = request.encoding_format.unwrap_or_default();
    let embedded = embedded::embed(&app, role, texts).await?;
    // Some hundred thousand numbers are written for long lists.
    let made = app.slice(app.limits.embed_time, move || {
        let rows = embedded.rows.into_iter().enumerate();
        let data = rows.map(|(index, row)| Item { object: "embedding", index, embedding: encode(row, format) });
        let usage = Usage { prompt_tokens: embedded.tokens, total_tokens: embedded.tokens };
        Made::json(&Response { object: "list", data: data.collect(), model: name, usage })
    });
    made.await
}

/// The texts of an input.
fn texts(input: Input) -> Result<Vec<String>, ApiError> {
    match input {
        Input::One(text) => Ok(vec![text]),
        Input::Many(texts) => Ok(texts),
        Input::Other(_) => {
            let message = "input must be a string or an array of strings; token numbers of another model's tokenizer mean nothing to this \
                           one: with LangChain's OpenAIEmbeddings set check_embedding_ctx_length=False";
            Err(ApiError::invalid(Some("input"), message))
        }
    }
}

/// Base64 is of the numbers as little-endian f32, as OpenAI's clients read it.
fn encode(row: Vec<f32>, format: Format) -> Embedding {
    match format {
        Format::Float => Embedding::Float(row),
        Format::Base64 => {
            let bytes: Vec<u8> = row.iter().flat_map(|value| value.to_le_bytes()).collect();
            Embedding::Base64(BASE64_STANDARD.encode(bytes))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Vec<String>, String> {
        let texts = texts(serde_json::from_str(json).expect("test data"));
        let checked = texts.and_then(|texts| embedded::check("input", &texts, 3).map(|()| texts));
        checked.map_err(|error| error.message().to_owned())
    }

    #[test]
    fn input_is_a_text_or_texts_and_says_what_it_is_not() {
        assert_eq!(read(r#""山西""#), Ok(vec!["山西".to_owned()]));
        assert_eq!(read(r#"["a", "b"]"#), Ok(vec!["a".to_owned(), "b".to_owned()]));
        for (json, says) in [
            ("[1, 2]", "token numbers"),
            ("[[1], [2]]", "check_embedding_ctx_length=False"),
            ("[]", "at least one"),
            (r#"["a", " "]"#, "input 1 is an empty text"),
            (r#"["a", "b", "c", "d"]"#, "at most 3"),
        ] {
            let message = read(json).unwrap_err();
            assert!(message.contains(says), "{json}: {message}");
        }
    }

    #[test]
    fn base64_holds_the_same_numbers_as_float() {
        let row = vec![1.0, -0.5, 0.25];
        let Embedding::Base64(text) = encode(row.clone(), Format::Base64) else { panic!("asked for base64") };
        let bytes = BASE64_STANDARD.decode(text).unwrap();
        let back: Vec<f32> = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        assert_eq!(back, row);
    }
}
