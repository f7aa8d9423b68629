//! `GET /api/v1/passages/{id}` for programs, and the page behind a citation, `GET /p/{id}?mark=a-b,c-d`, for people.

use std::fmt::Write as _;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, VARY};
use axum::response::Response;
use serde::Deserialize;
use utoipa::IntoParams;

use super::etag::Tagged;
use super::html::{Page, escape};
use crate::error::ApiError;
use crate::extract::{Path, Query};
use crate::http::App;
use crate::view::{FileState, PassageView, SourceView};

/// What the page marks.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct Marked {
    /// Ranges of the passage's text (Unicode scalar values, half-open): "11-22,30-41".
    mark: Option<String>,
}

fn missing(id: &str) -> ApiError {
    let message = format!("there is no passage {id}: its document was removed or replaced; ask again");
    ApiError::not_found("passage_not_found", message)
}

/// A passage with all that reading found in it.
#[utoipa::path(get, path = "/api/v1/passages/{id}", tag = "documents", params(("id" = String, Path, description = "Its id")),
    responses((status = 200, description = "The passage", body = PassageView), (status = 404, description = "No such passage")))]
pub(crate) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let engine = app.engine.clone();
    let made = app.answer(move || Tagged::json(&engine.passage(&id)?.ok_or_else(|| missing(&id))?));
    Ok(made.await?.reply(&headers))
}

/// A passage with what stands around it: a page for browsers, JSON for programs.
#[utoipa::path(get, path = "/p/{id}", tag = "documents", params(("id" = String, Path, description = "The passage's id"), Marked),
    responses((status = 200, description = "The passage, what stands before and after it, and what became of its file", body = SourceView),
        (status = 404, description = "No such passage")))]
pub(crate) async fn page(
    State(app): State<App>,
    Path(id): Path<String>,
    Query(marked): Query<Marked>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let marks = marks(marked.mark.as_deref())?;
    let engine = app.engine.clone();
    let as_html = wants_html(&headers);
    let made = app.answer(move || {
        let source = engine.source(&id)?.ok_or_else(|| missing(&id))?;
        match as_html {
            true => Ok(Tagged::new("text/html; charset=utf-8", html(&source, &marks))),
            false => Tagged::json(&source),
        }
    });
    let mut response = made.await?.reply(&headers);
    response.headers_mut().insert(VARY, axum::http::HeaderValue::from_static("accept"));
    Ok(response)
}

/// Browsers name HTML before anything else; programs name JSON, anything, or nothing.
fn wants_html(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or("");
    let at = |kind: &str| accepted.find(kind);
    at("text/html").is_some_and(|html| at("application/json").is_none_or(|json| html < json))
}

/// The ranges of "11-22,30-41".
fn marks(text: Option<&str>) -> Result<Vec<[usize; 2]>, ApiError> {
    let bad = || ApiError::invalid(Some("mark"), "mark is a list of ranges such as 11-22,30-41");
    let range = |range: &str| {
        let (start, end) = range.split_once('-').ok_or_else(bad)?;
        Ok([start.parse().map_err(|_| bad())?, end.parse().map_err(|_| bad())?])
    };
    let mut marks: Vec<[usize; 2]> = text
        .unwrap_or_default()
        .split(',')
        .filter(|range| !range.is_empty())
        .map(range)
        .collect::<Result<_, ApiError>>()?;
    marks.sort_unstable();
    Ok(marks)
}

fn html(source: &SourceView, marks: &[[usize; 2]]) -> String {
    let SourceView { passage, before, after, file } = source;
    let document = &passage.document;
    let name = document.title.as_deref().unwrap_or(&document.path);
    let mut body = String::new();
    // Writing to a String cannot fail.
    let _ = write!(body, "<header><p class=\"kind\">原文 · Source</p><h1>{}</h1>", escape(name));
    if !passage.section.is_empty() {
        let _ = write!(body, "<p class=\"section\">{}</p>", escape(&passage.section.join(" › ")));
    }
    body.push_str("</header><main>");
    let mut section = &passage.section;
    if let Some(first) = before.first() {
        section = &first.section;
    }
    let mut last = section;
    for (n, each) in before.iter().chain([passage]).chain(after).enumerate() {
        if n > 0 && each.section != *last {
            let heading = each.section.last().map(String::as_str).unwrap_or_default();
            let _ = write!(body, "<h2>{}</h2>", escape(heading));
        }
        last = &each.section;
        if each.id == passage.id {
            let _ = write!(body, "<p id=\"passage\" class=\"here\">{}</p>", marked(&each.text, marks));
        } else {
            let _ = write!(body, "<p>{}</p>", escape(&each.text));
        }
    }
    body.push_str("</main><footer><dl>");
    let mut fact = |label: &str, value: &str| {
        let _ = write!(body, "<dt>{label}</dt><dd>{}</dd>", escape(value));
    };
    fact("文件 · File", &document.path);
    if let Some(page) = passage.page {
        fact("页 · Page", &page.to_string());
    }
    if let Some(date) = &document.date {
        fact("日期 · Date", date);
    }
    fact("段 · Passage", &passage.id);
    fact("SHA-256", &document.sha256);
    let read = &document.ingested_at;
    let state = match file {
        FileState::Unchanged => {
            format!("逐字引自原文；文件自 {read} 读入以来未变 · Verbatim; the file is unchanged since it was read")
        }
        FileState::Changed => format!(
            "逐字引自 {read} 读入的文件，文件此后有变 · Verbatim from the file as it was read; it has changed since"
        ),
        FileState::Missing => format!(
            "逐字引自 {read} 读入的文件，原文件现已不在 · Verbatim from the file as it was read; it is not there now"
        ),
    };
    fact("状态 · State", &state);
    let _ = write!(body, "</dl><p><a href=\"/api/v1/passages/{}\">JSON</a></p></footer>", escape(&passage.id));
    Page { title: name, body: &body }.render()
}

/// The text with its marked ranges; ranges that overlap become one, what lies outside the text is cut off.
fn marked(text: &str, marks: &[[usize; 2]]) -> String {
    let chars: Vec<char> = text.chars().collect();
    let piece = |from: usize, to: usize| escape(&chars[from..to].iter().collect::<String>());
    let (mut out, mut at) = (String::new(), 0);
    for &[start, end] in marks {
        let (start, end) = (start.max(at), end.min(chars.len()));
        if start < end {
            let _ = write!(out, "{}<mark>{}</mark>", piece(at, start), piece(start, end));
            at = end;
        }
    }
    out + &piece(at, chars.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_cut_to_the_text_and_escaped() {
        let table: [(&str, &str); 6] = [
            ("1-3", "a<mark>&lt;b</mark>c"),
            ("0-1,2-4", "<mark>a</mark>&lt;<mark>bc</mark>"),
            ("0-3,1-4", "<mark>a&lt;b</mark><mark>c</mark>"),
            ("2-99", "a&lt;<mark>bc</mark>"),
            ("7-9", "a&lt;bc"),
            ("3-1", "a&lt;bc"),
        ];
        for (mark, expected) in table {
            assert_eq!(marked("a<bc", &marks(Some(mark)).unwrap()), expected, "{mark}");
        }
        for bad in ["1", "a-b", "1-2-3", "-1", "1-2;3-4"] {
            assert!(marks(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn browsers_get_a_page_and_programs_json() {
        for (accept, html) in [
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", true),
            ("application/json", false),
            ("application/json, text/html", false),
            ("*/*", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, accept.parse().unwrap());
            assert_eq!(wants_html(&headers), html, "{accept}");
        }
    }
}
