//! Errors in OpenAI's shape: `{"error": {"message", "type", "param", "code"}}`.

use std::borrow::Cow;
use std::time::Duration;

use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::engine::EngineError;
use crate::pool::Refused;

/// An error as the client sees it. The message names the cause and the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiError {
    status: StatusCode,
    message: String,
    kind: &'static str,
    param: Option<Cow<'static, str>>,
    code: Option<&'static str>,
    /// Seconds until another try makes sense.
    after: u64,
}

#[derive(Serialize)]
struct Body<'a> {
    error: Inner<'a>,
}

#[derive(Serialize)]
struct Inner<'a> {
    message: &'a str,
    r#type: &'a str,
    param: Option<&'a str>,
    code: Option<&'a str>,
}

impl ApiError {
    fn new(status: StatusCode, kind: &'static str, code: Option<&'static str>, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), kind, param: None, code, after: 1 }
    }

    /// 400: the request says something that cannot be done.
    pub fn invalid(param: Option<&'static str>, message: impl Into<String>) -> Self {
        let param = param.map(Cow::Borrowed);
        Self { param, ..Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", None, message) }
    }

    /// 400: something that came does not have the form that is expected; the error says where.
    pub fn misread<E: std::fmt::Display>(what: &str, error: &serde_path_to_error::Error<E>) -> Self {
        let place = error.path().to_string();
        // What is lacking or broken as a whole has no place.
        if place == "." {
            return Self::invalid(None, format!("{what}: {}", error.inner()));
        }
        let message = format!("{what}: {place}: {}", error.inner());
        Self { param: Some(Cow::Owned(place)), ..Self::invalid(None, message) }
    }

    /// 401: no key, or none of ours.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "authentication_error", Some("invalid_api_key"), message)
    }

    /// 400: a parameter that is known but cannot be honoured here.
    pub fn unsupported(param: &'static str, message: impl Into<String>) -> Self {
        Self {
            param: Some(Cow::Borrowed(param)),
            ..Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", Some("unsupported_parameter"), message)
        }
    }

    /// 429: there is no room at the moment.
    pub fn busy(message: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_error", Some("rate_limit_exceeded"), message)
    }

    /// Another 4xx of the request itself (405, 413, 415).
    pub fn client(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, "invalid_request_error", None, message)
    }

    /// 404: nothing of that name.
    pub fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "invalid_request_error", Some(code), message)
    }

    /// 500: our fault; details go to the log.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "server_error", None, message)
    }

    /// 503: not ready to answer.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "server_error", Some("not_ready"), message)
    }

    /// 507: no room to keep what was sent.
    pub fn full(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INSUFFICIENT_STORAGE, "server_error", Some("no_room"), message)
    }

    /// With the time after which another try makes sense.
    #[must_use]
    pub fn after(self, wait: Duration) -> Self {
        Self { after: wait.as_secs_f64().ceil().max(1.0) as u64, ..self }
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What it says.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl From<Refused> for ApiError {
    fn from(refused: Refused) -> Self {
        let message = refused.to_string();
        match refused {
            Refused::Full => Self::busy(message),
            Refused::TimedOut(_) => Self::new(StatusCode::GATEWAY_TIMEOUT, "server_error", Some("timeout"), message),
            Refused::Failed => Self::internal(message),
        }
    }
}

impl From<EngineError> for ApiError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::Invalid(message) => Self::invalid(None, message),
            EngineError::Busy(message) => Self::unavailable(message),
            EngineError::Failed(message) => {
                // What failed may name files of this machine: it is for the log, not for the client.
                tracing::error!("{message}");
                Self::internal("the server could not do it; its log says why")
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let inner = Inner { message: &self.message, r#type: self.kind, param: self.param.as_deref(), code: self.code };
        let mut response = (self.status, axum::Json(Body { error: inner })).into_response();
        let headers = response.headers_mut();
        match self.status {
            StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from(self.after));
            }
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            _ => {}
        }
        response
    }
}
