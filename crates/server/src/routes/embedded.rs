//! Long lists of texts as vectors, slice by slice, for the endpoints that need them.

use tokio::time::Instant;
use wenbao_embed::Role;

use crate::error::ApiError;
use crate::http::App;

/// Texts that go to the pool as one job: few, so that a long list does not hold up questions behind it.
const SLICE: usize = 8;

/// What texts became.
#[derive(Debug, Default)]
pub(crate) struct Embedded {
    /// A vector of unit length for each text.
    pub rows: Vec<Vec<f32>>,
    /// Tokens of all of them.
    pub tokens: usize,
}

/// Embeds texts within the time limit of a list. A client that leaves ends it with the slice that runs.
///
/// # Errors
/// A model that fails, a full queue, a limit that passed.
pub(crate) async fn embed(app: &App, role: Role, texts: Vec<String>) -> Result<Embedded, ApiError> {
    let deadline = Instant::now() + app.limits.embed_time;
    let mut all = Embedded { rows: Vec::with_capacity(texts.len()), tokens: 0 };
    let mut rest = texts;
    while !rest.is_empty() {
        let later = rest.split_off(rest.len().min(SLICE));
        let slice = std::mem::replace(&mut rest, later);
        let engine = app.engine.clone();
        let job = move || {
            let vectors = engine.embed(role, &slice)?;
            let tokens: usize = slice.iter().map(|text| engine.count_tokens(text)).sum();
            Ok((vectors, tokens))
        };
        let (vectors, tokens) = app.slice(deadline.saturating_duration_since(Instant::now()), job).await?;
        all.tokens += tokens;
        all.rows.extend(vectors.rows().map(<[f32]>::to_vec));
    }
    Ok(all)
}

/// Whether these are texts at all, and not too many.
///
/// # Errors
/// None, too many, an empty one.
pub(crate) fn check(param: &'static str, texts: &[String], most: usize) -> Result<(), ApiError> {
    let invalid = |message: String| Err(ApiError::invalid(Some(param), message));
    if texts.is_empty() {
        return invalid(format!("{param} is empty; send at least one text"));
    }
    if texts.len() > most {
        return invalid(format!("{param} has {} texts, at most {most} go into one request; split it", texts.len()));
    }
    if let Some(at) = texts.iter().position(|text| text.trim().is_empty()) {
        return invalid(format!("{param} {at} is an empty text; leave it out"));
    }
    Ok(())
}
