//! The OpenAPI document, said more exactly than poem-openapi says it.
//!
//! An optional field is `null` or left out, in requests and answers alike; poem-openapi does so but does not say it.

use serde_json::{Map, Value, json};

use super::answers::{KEY, KEY_CHARS, KEYED};

/// The document with every optional field marked as nullable.
pub fn exact(document: &str) -> String {
    let Ok(mut document) = serde_json::from_str::<Value>(document) else { return document.to_owned() };
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        schemas.values_mut().filter_map(Value::as_object_mut).for_each(mark_optional);
    }
    describe_answers(&mut document);
    offer_keys(&mut document);
    // A `Value` that was just parsed can be written again.
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// An answer without words of its own is described as its type is.
fn describe_answers(document: &mut Value) {
    let schemas = document["components"]["schemas"].clone();
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations = paths.into_iter().flat_map(|p| p.values_mut()).filter_map(Value::as_object_mut);
    for operation in operations.flat_map(|o| o.values_mut()) {
        let answers = operation.get_mut("responses").and_then(Value::as_object_mut);
        for answer in answers.into_iter().flat_map(|a| a.values_mut()).filter(|a| a["description"] == "") {
            let media = answer["content"].as_object().and_then(|content| content.values().next());
            let target = media.and_then(|media| media["schema"]["$ref"].as_str());
            let name = target.and_then(|target| target.rsplit('/').next()).unwrap_or_default();
            let words = schemas[name]["description"].as_str().unwrap_or("Done.").to_owned();
            answer["description"] = Value::String(words);
        }
    }
}

/// Operations that create something take a key, see [`super::answers`].
fn offer_keys(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    for operation in paths.into_iter().flat_map(|p| p.values_mut()).filter_map(|item| item.get_mut("post")) {
        if !operation["operationId"].as_str().is_some_and(|name| KEYED.contains(&name)) {
            continue;
        }
        let (min, max) = (KEY_CHARS.start(), KEY_CHARS.end());
        let key = json!({
            "name": KEY,
            "in": "header",
            "required": false,
            "description": "Made by the client for this one request: printable characters that nobody guesses, such as a \
                random UUID. The same key with the same body gives the same answer again, and nothing is done twice.",
            "schema": { "type": "string", "minLength": min, "maxLength": max, "pattern": "^[!-~]+$" },
        });
        match operation["parameters"].as_array_mut() {
            Some(parameters) => parameters.push(key),
            None => operation["parameters"] = json!([key]),
        }
    }
}

fn mark_optional(schema: &mut Map<String, Value>) {
    let required: Vec<String> = schema
        .get("required")
        .and_then(Value::as_array)
        .map(|names| names.iter().filter_map(Value::as_str).map(str::to_owned).collect())
        .unwrap_or_default();
    let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) else { return };
    for (_, property) in properties.iter_mut().filter(|(name, _)| !required.contains(name)) {
        match property.as_object_mut() {
            // Beside a reference nothing else counts, so it moves one level down.
            Some(object) if object.contains_key("$ref") => {
                *property = json!({ "allOf": [property.take()], "nullable": true });
            }
            Some(object) => {
                object.insert("nullable".to_owned(), Value::Bool(true));
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_required_may_be_null() {
        let schema = json!({ "components": { "schemas": { "A": {
            "required": ["a"],
            "properties": { "a": { "type": "string" }, "b": { "type": "string" }, "c": { "$ref": "#/x" } },
        }}}});
        let exact: Value = serde_json::from_str(&exact(&schema.to_string())).unwrap();
        let properties = &exact["components"]["schemas"]["A"]["properties"];
        assert_eq!(properties["a"], json!({ "type": "string" }));
        assert_eq!(properties["b"], json!({ "type": "string", "nullable": true }));
        assert_eq!(properties["c"], json!({ "allOf": [{ "$ref": "#/x" }], "nullable": true }));
    }
}
