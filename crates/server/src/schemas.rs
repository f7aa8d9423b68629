//! The shapes of the contract as JSON Schema (`schemas.json`), for the OpenAPI description and for the tools of the Model Context
//! Protocol: one text for both, checked against a real answer by a test.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// By name. References go as OpenAPI writes them.
static SCHEMAS: LazyLock<Map<String, Value>> = LazyLock::new(|| {
    // The file is part of the program; a test reads it.
    serde_json::from_str(include_str!("schemas.json")).unwrap_or_default()
});

const COMPONENT: &str = "#/components/schemas/";

/// The schemas by their names, as OpenAPI holds them.
pub(crate) fn all() -> &'static Map<String, Value> {
    &SCHEMAS
}

/// An object schema of these properties, all of which are required, that holds what it refers to.
pub(crate) fn object(properties: Value) -> Map<String, Value> {
    let required: Vec<_> = properties.as_object().into_iter().flat_map(Map::keys).cloned().collect();
    complete(json!({ "type": "object", "properties": properties, "required": required }))
}

/// A schema of the file that holds what it refers to.
pub(crate) fn whole(name: &str) -> Map<String, Value> {
    complete(inline(name))
}

/// A schema of the file that refers to no other.
pub(crate) fn inline(name: &str) -> Value {
    SCHEMAS.get(name).cloned().unwrap_or_default()
}

/// A reference to a schema of the file.
pub(crate) fn reference(name: &str) -> Value {
    json!({ "$ref": format!("{COMPONENT}{name}") })
}

/// Puts the definitions into the schema itself and turns its references to them.
fn complete(mut schema: Value) -> Map<String, Value> {
    schema["$defs"] = Value::Object(SCHEMAS.clone());
    turn(&mut schema);
    match schema {
        Value::Object(schema) => schema,
        _ => Map::new(),
    }
}

fn turn(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get_mut("$ref")
                && let Some(name) = reference.strip_prefix(COMPONENT)
            {
                *reference = format!("#/$defs/{name}");
            }
            fields.values_mut().for_each(turn);
        }
        Value::Array(items) => items.iter_mut().for_each(turn),
        _ => {}
    }
}

/// Names of the file's schemas, for utoipa to refer to.
macro_rules! named {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                // The description as a whole takes the schema from the file; utoipa needs only a name to refer to.
                RefOr::T(Schema::Object(utoipa::openapi::Object::new()))
            }
        }

        impl ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )*};
}

named! {
    /// An answer.
    Answer,
    /// A passage of an answer.
    RankedPassage,
    /// What may answer at all.
    Restriction,
    /// A span of time.
    Period,
    /// Result or plan.
    Status,
    /// What kind of document it is.
    DocumentKind,
}

#[cfg(test)]
mod tests {
    use super::{COMPONENT, SCHEMAS, Value, whole};
    use crate::engine::fake;
    use wenbao_answer::Answer;
    use wenbao_report::DocumentKind;

    /// Every field is in the schema, every field that the schema requires is there.
    fn fits(value: &Value, name: &str) {
        let schema = &SCHEMAS[name];
        let fields = value.as_object().unwrap();
        for field in fields.keys() {
            assert!(schema["properties"].get(field).is_some(), "{name} has no field {field}");
        }
        for field in schema["required"].as_array().unwrap() {
            assert!(fields.contains_key(field.as_str().unwrap()), "a {name} without {field}");
        }
    }

    #[test]
    fn the_schemas_say_what_an_answer_is() {
        let answer = Answer { table: Some(fake::table()), ..fake::answer("q") };
        let answer = serde_json::to_value(answer).unwrap();
        fits(&answer["table"], "Table");
        fits(&answer["table"]["columns"][0], "TableColumn");
        fits(&answer["table"]["rows"][0], "TableRow");
        fits(&answer["table"]["rows"][0]["cells"][0], "TableCell");
        fits(&answer, "Answer");
        fits(&answer["passages"][0], "RankedPassage");
        fits(&answer["passages"][0]["document"], "DocumentRef");
        fits(&answer["citations"][0], "Citation");
        fits(&answer["interpretation"], "Interpretation");
    }

    #[test]
    fn the_schemas_name_every_kind_of_document() {
        let kinds: Vec<&str> = DocumentKind::ALL.iter().map(|kind| kind.name()).collect();
        let as_json = serde_json::to_value(DocumentKind::ALL).unwrap();
        assert_eq!(as_json, serde_json::json!(kinds));
        let schemas = [&SCHEMAS["DocumentKind"], &SCHEMAS["Restriction"]["properties"]["doc_types"]["items"]];
        assert!(schemas.iter().all(|schema| schema["enum"] == as_json), "{schemas:?}");
    }

    #[test]
    fn a_whole_schema_refers_to_nothing_outside_itself() {
        let whole = serde_json::to_string(&whole("Answer")).unwrap();
        assert!(!whole.contains(COMPONENT), "{whole}");
        for name in whole.match_indices("\"#/$defs/").map(|(at, found)| &whole[at + found.len()..]) {
            let name = name.split('"').next().unwrap();
            assert!(SCHEMAS.contains_key(name), "{name}");
        }
    }
}
