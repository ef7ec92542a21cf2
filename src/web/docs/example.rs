//! An example of a schema: the one that the document gives, else one made of its parts.

use serde_json::{Map, Value, json};

/// Schemas nest less deeply than this; a schema that contains itself ends here.
const DEPTH_MAX: usize = 8;

/// An example value of `schema`, whose references lead into `document`.
pub fn of(document: &Value, schema: &Value) -> Value {
    build(document, schema, DEPTH_MAX)
}

/// What `schema` refers to, or itself.
pub fn resolved<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    name_of(schema).map_or(schema, |name| &document["components"]["schemas"][name])
}

/// The name of the schema that `schema` refers to, be it wrapped in `allOf`.
pub fn name_of(schema: &Value) -> Option<&str> {
    let target = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str())?;
    target.rsplit('/').next()
}

fn build(document: &Value, schema: &Value, depth: usize) -> Value {
    let schema = resolved(document, schema);
    if let Some(example) = schema.get("example") {
        return example.clone();
    }
    if depth == 0 {
        return Value::Null;
    }
    if let Some(first) = schema["enum"].get(0) {
        return first.clone();
    }
    match schema["type"].as_str() {
        Some("object") => {
            let properties = schema["properties"].as_object().cloned().unwrap_or_default();
            let fields = properties.iter().map(|(name, s)| (name.clone(), build(document, s, depth - 1)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Some("array") => json!([build(document, &schema["items"], depth - 1)]),
        Some("integer" | "number") => schema.get("default").cloned().unwrap_or_else(|| json!(1)),
        Some("boolean") => json!(true),
        _ => json!(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_is_made_of_the_parts() {
        let document = json!({ "components": { "schemas": {
            "Money": { "type": "object", "example": { "minor": 5 } },
            "State": { "type": "string", "enum": ["paid", "shipped"] },
            "Loop": { "type": "object", "properties": { "next": { "$ref": "#/components/schemas/Loop" } } },
        }}});
        let schema = json!({ "type": "object", "properties": {
            "price": { "allOf": [{ "$ref": "#/components/schemas/Money" }] },
            "states": { "type": "array", "items": { "$ref": "#/components/schemas/State" } },
            "limit": { "type": "integer", "default": 24 },
        }});
        let want = json!({ "price": { "minor": 5 }, "states": ["paid"], "limit": 24 });
        assert_eq!(of(&document, &schema), want);
        let endless = of(&document, &json!({ "$ref": "#/components/schemas/Loop" }));
        assert!(endless.is_object());
    }
}
