//! What the OpenAI-compatible endpoints have in common: names, limits, and parameters that cannot be honoured.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Deserialize;
use serde_json::Value;

use crate::chat::Form;
use crate::error::ApiError;

/// Characters of one delta of a stream.
pub(crate) const DELTA_CHARS: usize = 16;
/// Most stop sequences (OpenAI's own limit).
const MOST_STOPS: usize = 4;

/// The name and the time of a reply.
pub(crate) struct Created {
    /// Unlike all others of this server.
    pub id: String,
    /// Seconds since 1970.
    pub at: u64,
}

impl Created {
    pub fn new(prefix: &str) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let id = format!("{prefix}{:x}{:04x}", now.as_nanos(), COUNT.fetch_add(1, Ordering::Relaxed));
        Self { id, at: now.as_secs() }
    }
}

/// One stop sequence or several.
#[derive(Deserialize)]
#[serde(untagged)]
pub(crate) enum Stop {
    One(String),
    Many(Vec<String>),
}

/// The stop sequences.
///
/// # Errors
/// An empty one, or more than four.
pub(crate) fn stop(given: Option<&Stop>) -> Result<Vec<String>, ApiError> {
    let stops = match given {
        None => Vec::new(),
        Some(Stop::One(stop)) => vec![stop.clone()],
        Some(Stop::Many(stops)) => stops.clone(),
    };
    if stops.len() > MOST_STOPS || stops.iter().any(String::is_empty) {
        let message = format!("stop can be at most {MOST_STOPS} texts, none of them empty");
        return Err(ApiError::invalid(Some("stop"), message));
    }
    Ok(stops)
}

/// The most tokens of a reply.
///
/// # Errors
/// A number below 1.
pub(crate) fn most(param: &'static str, given: Option<i64>) -> Result<Option<usize>, ApiError> {
    let Some(given) = given else { return Ok(None) };
    match usize::try_from(given) {
        Ok(most) if most > 0 => Ok(Some(most)),
        _ => Err(ApiError::invalid(Some(param), format!("{param} is {given}; it must be at least 1"))),
    }
}

/// The form that a client wants the words in.
///
/// # Errors
/// A form that words of reports cannot be pressed into.
pub(crate) fn form(param: &'static str, format: Option<&Value>) -> Result<Form, ApiError> {
    match format.map(|format| format["type"].as_str().unwrap_or_default()) {
        None | Some("text") => Ok(Form::Text),
        Some("json_object") => Ok(Form::Json),
        Some(other) if format == Some(&Value::Null) && other.is_empty() => Ok(Form::Text),
        Some(other) => {
            let message = format!(
                "the form \"{other}\" cannot be kept to: answers are quoted from reports, not generated after a schema; \
                 {{\"type\": \"json_object\"}} gives the answer of POST /api/v1/ask"
            );
            Err(ApiError::unsupported(param, message))
        }
    }
}

/// Whether the client can do without a call of its tools.
///
/// # Errors
/// If it cannot: we call none.
pub(crate) fn tool_choice(choice: Option<&Value>) -> Result<(), ApiError> {
    match choice {
        None | Some(Value::Null) => Ok(()),
        Some(Value::String(choice)) if matches!(choice.as_str(), "auto" | "none") => Ok(()),
        Some(_) => {
            let message =
                "this model answers from its reports and calls no tools: tool_choice can be \"auto\" or \"none\"";
            Err(ApiError::unsupported("tool_choice", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn forms_and_choices_that_cannot_be_kept_to_are_refused_by_name() {
        assert_eq!(form("f", None), Ok(Form::Text));
        assert_eq!(form("f", Some(&Value::Null)), Ok(Form::Text));
        assert_eq!(form("f", Some(&json!({ "type": "json_object" }))), Ok(Form::Json));
        assert!(form("f", Some(&json!({ "type": "json_schema", "json_schema": {} }))).is_err());
        for (choice, fine) in
            [(json!("auto"), true), (json!("none"), true), (json!("required"), false), (json!({}), false)]
        {
            assert_eq!(tool_choice(Some(&choice)).is_ok(), fine, "{choice}");
        }
        assert!(most("max_tokens", Some(0)).is_err() && most("max_tokens", Some(-1)).is_err());
        assert!(stop(Some(&Stop::One(String::new()))).is_err());
    }
}
