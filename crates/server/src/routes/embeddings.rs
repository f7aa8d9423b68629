//! `POST /v1/embeddings`: float and base64, one text or many, as query (the default) or as passage.

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use wenbao_embed::Role;

use super::{MODEL, models};
use crate::error::ApiError;
use crate::extract::Body;
use crate::pool::Refused;
use crate::serve::App;

/// Texts that go to the pool as one job, so that a long list does not hold up questions behind it.
const BATCH: usize = 32;

#[derive(Deserialize)]
pub(crate) struct Request {
    input: Input,
    #[serde(default)]
    model: Option<String>,
    #[serde(default)]
    encoding_format: Option<Format>,
    #[serde(default)]
    dimensions: Option<usize>,
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

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    Float,
    Base64,
}

#[derive(Deserialize, Clone, Copy, Default)]
#[serde(rename_all = "lowercase")]
enum InputType {
    #[default]
    Query,
    #[serde(alias = "document")]
    Passage,
}

#[derive(Serialize)]
pub(crate) struct Response {
    object: &'static str,
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

#[derive(Serialize)]
struct Usage {
    prompt_tokens: usize,
    total_tokens: usize,
}

pub(crate) async fn create(State(app): State<App>, Body(request): Body<Request>) -> Result<Json<Response>, ApiError> {
    let name = app.engine.model_name().to_owned();
    models::check(&app, request.model.as_deref(), &[MODEL, &name])?;
    let width = app.engine.dimensions();
    if request.dimensions.is_some_and(|asked| asked != width) {
        let message = format!("{name} makes vectors of {width} dimensions; leave dimensions out");
        return Err(ApiError::invalid(Some("dimensions"), message));
    }
    let texts = texts(request.input, app.limits.inputs)?;
    let role = match request.input_type.unwrap_or_default() {
        InputType::Query => Role::Query,
        InputType::Passage => Role::Passage,
    };
    let format = request.encoding_format.unwrap_or_default();
    let deadline = Instant::now() + app.limits.embed_time;
    let mut data = Vec::with_capacity(texts.len());
    let mut tokens = 0;
    let mut rest = texts;
    while !rest.is_empty() {
        let later = rest.split_off(rest.len().min(BATCH));
        let batch = std::mem::replace(&mut rest, later);
        let engine = app.engine.clone();
        let left = deadline.saturating_duration_since(Instant::now());
        let job = move || {
            let vectors = engine.embed(role, &batch)?;
            let tokens: usize = batch.iter().map(|text| engine.count_tokens(text)).sum();
            Ok::<_, ApiError>((vectors, tokens))
        };
        let (vectors, counted) = app.pool.run(left, job).await.map_err(|refused| match refused {
            // What was left of the time is not the limit that the client ran into.
            Refused::TimedOut(_) => Refused::TimedOut(app.limits.embed_time),
            other => other,
        })??;
        tokens += counted;
        for row in vectors.rows() {
            data.push(Item { object: "embedding", index: data.len(), embedding: encode(row, format) });
        }
    }
    let usage = Usage { prompt_tokens: tokens, total_tokens: tokens };
    Ok(Json(Response { object: "list", data, model: name, usage }))
}

fn texts(input: Input, most: usize) -> Result<Vec<String>, ApiError> {
    let invalid = |message: String| Err(ApiError::invalid(Some("input"), message));
    let texts = match input {
        Input::One(text) => vec![text],
        Input::Many(texts) => texts,
        Input::Other(_) => {
            return invalid(
                "input must be a string or an array of strings; token numbers mean nothing to this model".into(),
            );
        }
    };
    if texts.is_empty() {
        return invalid("input is empty; send at least one text".into());
    }
    if texts.len() > most {
        return invalid(format!("input has {} texts, at most {most} go into one request; split it", texts.len()));
    }
    if let Some(at) = texts.iter().position(|text| text.trim().is_empty()) {
        return invalid(format!("input {at} is an empty text; leave it out"));
    }
    Ok(texts)
}

/// Base64 is of the numbers as little-endian f32, as OpenAI's clients read it.
fn encode(row: &[f32], format: Format) -> Embedding {
    match format {
        Format::Float => Embedding::Float(row.to_vec()),
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
        let input = serde_json::from_str(json).expect("test data");
        texts(input, 3).map_err(|error| error.message().to_owned())
    }

    #[test]
    fn input_is_a_text_or_texts_and_says_what_it_is_not() {
        assert_eq!(read(r#""山西""#), Ok(vec!["山西".to_owned()]));
        assert_eq!(read(r#"["a", "b"]"#), Ok(vec!["a".to_owned(), "b".to_owned()]));
        for (json, says) in [
            ("[1, 2]", "token numbers"),
            ("[[1], [2]]", "token numbers"),
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
        let row = [1.0, -0.5, 0.25];
        let Embedding::Base64(text) = encode(&row, Format::Base64) else { panic!("asked for base64") };
        let bytes = BASE64_STANDARD.decode(text).unwrap();
        let back: Vec<f32> = bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
        assert_eq!(back, row);
    }
}
