//! A pair that a reader's file brings with it, and how it was read where the reader was trained.

use serde::Deserialize;

use super::{Passage, Reader, Reading};
use crate::Error;

/// The content of `wenbao.reader.check`, as JSON: `{"question": …, "head": …, "text": …, "null": …, "answers": …,
/// "tokens": [[from, to, start, end, inside], …], "tolerance": …}`. Logits in f32, the text's tokens with their characters
/// as [`Reading`] has them; "head", "tokens" and "tolerance" may be left out. It is read at every start, so that it should
/// have about 25 tokens in all.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    question: String,
    #[serde(default)]
    head: String,
    text: String,
    null: f32,
    answers: f32,
    tokens: Option<Vec<Token>>,
    #[serde(default = "tolerance")]
    tolerance: f32,
}

/// From, to, start, end, inside.
type Token = (usize, usize, f32, f32, f32);

/// How far each logit may be off: activations are rounded to 8 bits here.
fn tolerance() -> f32 {
    0.5
}

impl Check {
    pub fn parse(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|e| format!("its check is not to be understood, {e}"))
    }

    /// What is different today.
    pub fn complaint(&self, reader: &Reader) -> Result<Option<String>, Error> {
        let passage = Passage { head: &self.head, text: &self.text };
        let readings = reader.read(&self.question, &[passage])?;
        Ok(readings.first().and_then(|reading| self.difference(reading)))
    }

    fn difference(&self, reading: &Reading) -> Option<String> {
        let mut pairs = vec![(self.null, reading.null), (self.answers, reading.answers)];
        if let Some(tokens) = &self.tokens {
            let expected = tokens.iter().map(|&(from, to, ..)| from..to);
            if !expected.eq(reading.tokens.iter().map(|t| t.range.clone())) {
                return Some("the text of its check has other tokens here".into());
            }
            for (&(_, _, start, end, inside), token) in tokens.iter().zip(&reading.tokens) {
                pairs.extend([(start, token.start), (end, token.end), (inside, token.inside)]);
            }
        }
        // Written so that a NaN is too far off.
        let is_close = |(expected, found): &&(f32, f32)| (expected - found).abs() <= self.tolerance;
        let off = pairs.iter().find(|pair| !is_close(pair));
        off.map(|(expected, found)| format!("its check gives {found:.3} where {expected:.3} is recorded"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TokenReading;

    #[test]
    fn differences_are_found() {
        let json = r#"{"question": "q", "text": "t", "null": 1, "answers": -2.5, "tokens": [[0, 1, 3, 4, 5]]}"#;
        let check = Check::parse(json).unwrap();
        let token = |range, end| TokenReading { range, start: 3.2, end, inside: 5.0 };
        let reading = |null, token| Reading { null, answers: -2.5, tokens: vec![token] };
        assert_eq!(check.difference(&reading(1.4, token(0..1, 4.0))), None);
        assert!(check.difference(&reading(f32::NAN, token(0..1, 4.0))).is_some());
        assert!(check.difference(&reading(1.0, token(0..1, 4.6))).unwrap().contains("4.600 where 4.000"));
        assert!(check.difference(&reading(1.0, token(0..2, 4.0))).unwrap().contains("other tokens"));
        let short =
            Check::parse(r#"{"question": "q", "text": "t", "null": 1, "answers": -2.5, "tolerance": 0.1}"#).unwrap();
        assert_eq!(short.difference(&reading(1.0, token(0..2, 9.0))), None);
        assert!(short.difference(&reading(1.2, token(0..1, 4.0))).is_some());
        assert!(Check::parse("{}").is_err());
    }
}
