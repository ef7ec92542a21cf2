//! Whether a request's body has the shape that the document gives it: all wrong fields at once, by their names.
//!
//! poem-openapi stops at the first mistake, does not always name it, and takes a number for a text; here the document
//! is taken at its word, before poem-openapi reads the body.

use poem::http::Method;
use serde_json::Value;

use super::problem::matches_template;
use crate::error::FieldErrors;

/// The bodies that the document describes.
pub struct Shapes {
    schemas: Value,
    bodies: Vec<BodyShape>,
}

struct BodyShape {
    method: String,
    template: String,
    schema: Value,
    needs_token: bool,
}

impl Shapes {
    /// `document` is the OpenAPI document as JSON.
    pub fn of(document: &str) -> Shapes {
        let mut document: Value = serde_json::from_str(document).unwrap_or_default();
        let mut bodies = Vec::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let content = operation["requestBody"]["content"].as_object().into_iter().flatten().next();
                if let Some((_, media)) = content {
                    bodies.push(BodyShape {
                        method: method.to_uppercase(),
                        template: path.clone(),
                        schema: media["schema"].clone(),
                        needs_token: operation["security"].as_array().is_some_and(|s| !s.is_empty()),
                    });
                }
            }
        }
        Shapes { schemas: document["components"]["schemas"].take(), bodies }
    }

    /// What is wrong with `body` for this operation; nothing where the document wants no body, where it is not JSON (that
    /// is another error), and where a token is wanted and none is there (that comes first).
    pub fn check(&self, method: &Method, path: &str, has_token: bool, body: &[u8]) -> FieldErrors {
        let mut errors = FieldErrors::default();
        let fits = |b: &&BodyShape| b.method == method.as_str() && matches_template(&b.template, path);
        if let Some(shape) = self.bodies.iter().find(fits)
            && (has_token || !shape.needs_token)
            && let Ok(value) = serde_json::from_slice::<Value>(body)
        {
            self.walk(&shape.schema, &value, "", &mut errors);
        }
        errors
    }

    fn walk(&self, schema: &Value, value: &Value, field: &str, errors: &mut FieldErrors) {
        if value.is_null() && schema["nullable"] == true {
            return;
        }
        let schema = self.resolved(schema);
        let wrong = match (schema["type"].as_str(), value) {
            (Some("object"), Value::Object(_)) => return self.walk_object(schema, value, field, errors),
            (Some("array"), Value::Array(items)) => {
                for (i, item) in items.iter().enumerate() {
                    self.walk(&schema["items"], item, &format!("{field}[{i}]"), errors);
                }
                above(schema, "maxItems", items.len()).map(|max| format!("has more than {max} entries"))
            }
            (Some("string"), Value::String(text)) => wrong_text(schema, text),
            (Some("integer"), Value::Number(number)) => match number.as_i64() {
                Some(number) => wrong_number(schema, number),
                None => Some("must be a whole number".to_owned()),
            },
            (Some("object"), _) => Some("must be an object".to_owned()),
            (Some("array"), _) => Some("must be a list".to_owned()),
            (Some("string"), _) => Some("must be a text".to_owned()),
            (Some("integer"), _) => Some("must be a whole number".to_owned()),
            (Some("boolean"), value) if !value.is_boolean() => Some("must be true or false".to_owned()),
            _ => None,
        };
        if let Some(reason) = wrong {
            errors.add(if field.is_empty() { "body" } else { field }, reason);
        }
    }

    fn walk_object(&self, schema: &Value, value: &Value, field: &str, errors: &mut FieldErrors) {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let path = if field.is_empty() { name.clone() } else { format!("{field}.{name}") };
            match value.get(name) {
                Some(value) => self.walk(property, value, &path, errors),
                None if required.contains(&name.as_str()) => errors.add(&path, "is missing"),
                None => {}
            }
        }
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let target = schema["$ref"].as_str().or_else(|| schema["allOf"][0]["$ref"].as_str());
        target.and_then(|target| target.rsplit('/').next()).map_or(schema, |name| &self.schemas[name])
    }
}

fn wrong_text(schema: &Value, text: &str) -> Option<String> {
    if let Some(known) = schema["enum"].as_array() {
        let names: Vec<&str> = known.iter().filter_map(Value::as_str).collect();
        return (!names.contains(&text)).then(|| format!("must be one of {}", names.join(", ")));
    }
    above(schema, "maxLength", text.chars().count()).map(|max| format!("is longer than {max} characters"))
}

fn wrong_number(schema: &Value, number: i64) -> Option<String> {
    // The document writes bounds as 1.0; they are small whole numbers.
    #[expect(clippy::cast_possible_truncation, reason = "bounds are small whole numbers")]
    let bound = |name: &str| schema[name].as_f64().map(|bound| bound as i64);
    match (bound("minimum"), bound("maximum")) {
        (Some(min), _) if number < min => Some(format!("must be at least {min}")),
        (_, Some(max)) if number > max => Some(format!("must be at most {max}")),
        _ => None,
    }
}

/// The limit `name` of the schema, if `count` is above it.
fn above(schema: &Value, name: &str, count: usize) -> Option<u64> {
    schema[name].as_u64().filter(|max| count as u64 > *max)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shapes() -> Shapes {
        let line = json!({ "type": "object", "required": ["id", "quantity"], "properties": {
            "id": { "type": "string", "maxLength": 3 },
            "quantity": { "type": "integer", "minimum": 1.0, "maximum": 9.0 },
            "payment": { "allOf": [{ "$ref": "#/components/schemas/Payment" }], "nullable": true },
        }});
        let payment = json!({ "type": "string", "enum": ["transfer", "delivery"] });
        let body = json!({ "type": "object", "required": ["lines"], "properties": {
            "lines": { "type": "array", "maxItems": 2, "items": { "$ref": "#/components/schemas/Line" } },
        }});
        let content = json!({ "application/json": { "schema": body } });
        let post = json!({ "requestBody": { "content": content }, "security": [{ "token": [] }] });
        let document = json!({
            "paths": { "/carts/{id}": { "post": post } },
            "components": { "schemas": { "Line": line, "Payment": payment } },
        });
        Shapes::of(&document.to_string())
    }

    fn wrong(body: Value) -> Vec<String> {
        let errors = shapes().check(&Method::POST, "/api/v1/carts/1", true, body.to_string().as_bytes());
        errors.0.into_iter().map(|e| format!("{} {}", e.field, e.reason)).collect()
    }

    #[test]
    fn every_mistake_is_named() {
        let lines = json!([{ "id": false, "quantity": 0 }, { "id": "long", "payment": "cash" }, { "id": "ä€ß", "quantity": 9 }]);
        assert_eq!(
            wrong(json!({ "lines": lines })),
            [
                "lines[0].id must be a text",
                "lines[0].quantity must be at least 1",
                "lines[1].id is longer than 3 characters",
                "lines[1].payment must be one of transfer, delivery",
                "lines[1].quantity is missing",
                "lines has more than 2 entries",
            ]
        );
        assert_eq!(wrong(json!([])), ["body must be an object"]);
        assert_eq!(wrong(json!({})), ["lines is missing"]);
        assert_eq!(
            wrong(json!({ "lines": [{ "id": "a", "quantity": 1, "payment": null }] })),
            [] as [&str; 0]
        );
    }

    #[test]
    fn a_missing_token_and_what_is_no_json_are_other_errors() {
        let check =
            |has_token, body: &[u8]| shapes().check(&Method::POST, "/carts/1", has_token, body).is_empty();
        assert!(check(false, b"[]") && check(true, b"{") && !check(true, b"[]"));
    }
}
