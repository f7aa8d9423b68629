//! Long lists of texts as vectors, slice by slice, for the endpoints that need them.

use tokio::time::Instant;
use wenbao_embed::Role;

use crate::error::ApiError;
use crate::http::App;

/// Texts that go to the pool as one job: few, so that a long list does not hold up questions behind it.
const SLICE: usize = 8;
/// Characters of such a job, unless its first text alone has more: the model computes one batch after the other, and a question
/// waits for the one that runs, once for its own vector and once for its readings.
const CHARACTERS: usize = 600;

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
        let later = rest.split_off(first_slice(&rest));
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

/// How many of the texts are the next job.
fn first_slice(texts: &[String]) -> usize {
    let mut characters = 0;
    let fits = |text: &&String| {
        characters += text.chars().count();
        characters <= CHARACTERS
    };
    texts.iter().take(SLICE).take_while(fits).count().max(1).min(texts.len())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_has_few_texts_and_of_long_ones_fewer() {
        let texts = |lengths: &[usize]| lengths.iter().map(|n| "报".repeat(*n)).collect::<Vec<_>>();
        for (lengths, count) in [(&[10; 20][..], 8), (&[10, 10][..], 2), (&[250; 9][..], 2), (&[5000, 1][..], 1)] {
            assert_eq!(first_slice(&texts(lengths)), count, "{lengths:?}");
        }
        assert_eq!(first_slice(&[]), 0);
    }
}
