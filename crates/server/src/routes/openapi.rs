//! `GET /openapi.json`: the interface described, and `GET /docs`: the same to read, without anything from elsewhere.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value};
use utoipa::OpenApi;

use super::etag::Tagged;
use super::html::{Page, escape};
use crate::schemas;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "wenbao",
        description = "Ask Chinese government work reports; get the answer and the very sentence that proves it. Errors have OpenAI's shape \
            everywhere: {\"error\": {\"message\", \"type\", \"param\", \"code\"}}. Where the server has API keys, send one as \
            Authorization: Bearer KEY."
    ),
    paths(
        super::questions::ask,
        super::questions::search,
        super::table::create,
        super::notes::feedback,
        super::notes::gaps,
        super::documents::list,
        super::documents::get,
        super::documents::warnings,
        super::documents::file,
        super::documents::delete,
        super::uploads::create,
        super::uploads::replace,
        super::jobs::list,
        super::jobs::get,
        super::jobs::delete,
        super::passages::get,
        super::passages::page,
        super::chat_completions::create,
        super::responses::create,
        super::embeddings::create,
        super::rerank::create,
        super::models::list,
        super::models::get,
        super::health::alive,
        super::health::ready,
        super::metrics::get,
    )
)]
struct Described;

/// The description, with the contract's own schemas in it.
static DESCRIPTION: LazyLock<Value> = LazyLock::new(|| {
    // What utoipa makes is always JSON.
    let mut described = serde_json::to_value(Described::openapi()).unwrap_or_default();
    for (name, schema) in schemas::all() {
        described["components"]["schemas"][name] = schema.clone();
    }
    described["components"]["securitySchemes"]["key"] = serde_json::json!({ "type": "http", "scheme": "bearer" });
    described["security"] = serde_json::json!([{}, { "key": [] }]);
    described
});

static JSON: LazyLock<Tagged> = LazyLock::new(|| Tagged::new("application/json", DESCRIPTION.to_string()));

static DOCS: LazyLock<Tagged> = LazyLock::new(|| Tagged::new("text/html; charset=utf-8", docs(&DESCRIPTION)));

/// The description.
pub(crate) async fn json(headers: HeaderMap) -> Response {
    JSON.reply(&headers)
}

/// The page.
pub(crate) async fn page(headers: HeaderMap) -> Response {
    DOCS.reply(&headers)
}

fn text(value: &Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

/// Writing to a String cannot fail.
fn docs(described: &Value) -> String {
    let mut body = String::new();
    let info = &described["info"];
    let _ = write!(
        body,
        "<h1>{} {}</h1><p>{}</p>",
        text(&info["title"]),
        text(&info["version"]),
        text(&info["description"])
    );
    body.push_str("<p><a href=\"/openapi.json\">openapi.json</a></p>");
    let paths = described["paths"].as_object();
    for (path, operations) in paths.into_iter().flatten() {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            let _ = write!(body, "<h2><code>{} {}</code></h2>", escape(&method.to_uppercase()), escape(path));
            let _ = write!(body, "<p>{}</p>", text(&operation["summary"]));
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let rows: String = parameters
                .map(|parameter| {
                    format!(
                        "<tr><td><code>{}</code></td><td>{}</td></tr>",
                        text(&parameter["name"]),
                        text(&parameter["description"])
                    )
                })
                .collect();
            if !rows.is_empty() {
                let _ = write!(body, "<table>{rows}</table>");
            }
            let request = &operation["requestBody"]["content"]["application/json"]["schema"];
            fields(&mut body, described, request);
            for (status, response) in operation["responses"].as_object().into_iter().flatten() {
                let _ = write!(
                    body,
                    "<p><b>{}</b> {}{}</p>",
                    escape(status),
                    text(&response["description"]),
                    shape(response)
                );
            }
        }
    }
    body.push_str("<h1>Schemas</h1>");
    for (name, schema) in described["components"]["schemas"].as_object().into_iter().flatten() {
        let _ =
            write!(body, "<h2 id=\"{0}\"><code>{0}</code></h2><p>{1}</p>", escape(name), text(&schema["description"]));
        fields(&mut body, described, schema);
    }
    Page { title: "wenbao API", body: &body }.render()
}

/// The name of the schema that a response has, as a link.
fn shape(response: &Value) -> String {
    let schema = &response["content"]["application/json"]["schema"]["$ref"];
    let name = schema.as_str().and_then(|reference| reference.rsplit('/').next());
    name.map(|name| format!(": <a href=\"#{0}\"><code>{0}</code></a>", escape(name))).unwrap_or_default()
}

/// A table of the fields of a schema, or of what it refers to.
fn fields(body: &mut String, described: &Value, schema: &Value) {
    let named = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    let schema = named.map_or(schema, |name| &described["components"]["schemas"][name]);
    let Some(properties) = schema["properties"].as_object().filter(|properties| !properties.is_empty()) else { return };
    body.push_str("<table>");
    for (field, property) in properties {
        let _ = write!(
            body,
            "<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>",
            escape(field),
            kind(property),
            text(&property["description"])
        );
    }
    body.push_str("</table>");
}

fn kind(property: &Value) -> String {
    let reference = |value: &Value| value["$ref"].as_str().and_then(|r| r.rsplit('/').next()).map(escape);
    if let Some(name) = reference(property) {
        return name;
    }
    if let Some(name) =
        ["oneOf", "anyOf", "allOf"].iter().flat_map(|of| property[*of].as_array()).flatten().find_map(reference)
    {
        return name;
    }
    let items = &property["items"];
    match &property["type"] {
        Value::String(kind) if kind == "array" => format!("{}[]", kind_of_items(items)),
        Value::String(kind) => escape(kind),
        Value::Array(kinds) => escape(&kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" | ")),
        _ => String::new(),
    }
}

fn kind_of_items(items: &Value) -> String {
    if items.as_object().is_none_or(Map::is_empty) { String::new() } else { kind(items) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_of_the_description_leads_somewhere() {
        let whole = DESCRIPTION.to_string();
        for at in whole.match_indices("\"#/components/schemas/") {
            let name = whole[at.0 + at.1.len()..].split('"').next().unwrap();
            assert!(DESCRIPTION["components"]["schemas"].get(name).is_some(), "{name}");
        }
        assert!(DESCRIPTION["paths"]["/api/v1/ask"]["post"]["requestBody"].is_object(), "{whole}");
        let page = docs(&DESCRIPTION);
        assert!(page.contains("/v1/chat/completions") && !page.contains("http"), "nothing from elsewhere");
    }
}
