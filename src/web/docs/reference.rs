//! What the page shows of the OpenAPI document.

use std::collections::BTreeMap;

use serde_json::Value;

use super::example;

/// The order of the groups on the page; others follow.
const GROUPS: [&str; 4] = ["Catalogue", "Cart", "Orders", "Account"];
const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// The type of every failed answer, explained once.
const PROBLEM: &str = "application/problem+json";

/// The whole document.
pub struct Reference {
    pub version: String,
    pub description: String,
    /// Where paths begin, without the origin.
    pub base: String,
    pub groups: Vec<Group>,
    pub schemas: Vec<Schema>,
    /// The failed answers, which all operations share.
    pub errors: Vec<Answer>,
    pub error_example: String,
}

pub struct Group {
    pub name: String,
    pub description: String,
    pub operations: Vec<Operation>,
}

pub struct Operation {
    pub id: String,
    /// In capitals.
    pub method: String,
    pub path: String,
    pub summary: String,
    pub description: String,
    pub needs_token: bool,
    pub parameters: Vec<Field>,
    pub body: Option<Body>,
    pub answers: Vec<Answer>,
}

/// A parameter, or a field of an object.
pub struct Field {
    pub name: String,
    /// `path`, `query`, `header`; empty for a field of an object.
    pub place: String,
    pub kind: Kind,
    pub required: bool,
    /// HTML: what it is, and its limits.
    pub note: String,
    /// What a form begins with.
    pub value: String,
}

/// A type as the page prints it.
pub struct Kind {
    /// "list of " or nothing.
    pub prefix: &'static str,
    pub name: String,
    /// The named schema to link to.
    pub link: Option<String>,
    pub nullable: bool,
}

pub struct Body {
    pub kind: Kind,
    pub fields: Vec<Field>,
    pub example: String,
}

pub struct Answer {
    pub status: String,
    /// HTML.
    pub description: String,
    pub kind: Option<Kind>,
    pub example: String,
}

pub struct Schema {
    pub name: String,
    /// HTML.
    pub description: String,
    pub fields: Vec<Field>,
    /// What an enumeration may be.
    pub values: Vec<String>,
}

impl Reference {
    pub fn read(document: &Value) -> Reference {
        let problem = &document["components"]["schemas"]["ProblemDocument"];
        let mut schemas: Vec<Schema> = entries(&document["components"]["schemas"])
            .map(|(name, s)| Schema::read(document, name, s))
            .collect();
        schemas.sort_by(|a, b| a.name.cmp(&b.name));
        Reference {
            version: text(&document["info"]["version"]),
            description: prose(&text(&document["info"]["description"])),
            base: text(&document["servers"][0]["url"]),
            groups: groups(document),
            errors: errors(document),
            error_example: pretty(&example::of(document, problem)),
            schemas,
        }
    }
}

fn groups(document: &Value) -> Vec<Group> {
    let mut by_tag: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for (path, item) in entries(&document["paths"]) {
        for method in METHODS {
            if let Some(operation) = item.get(method) {
                let read = Operation::read(document, path, method, operation);
                by_tag.entry(text(&operation["tags"][0])).or_default().push(read);
            }
        }
    }
    let rank = |name: &str| GROUPS.iter().position(|g| *g == name).unwrap_or(GROUPS.len());
    let described = |name: &str| {
        let tags = document["tags"].as_array().into_iter().flatten();
        tags.filter(|t| t["name"] == name).map(|t| prose(&text(&t["description"]))).collect()
    };
    let mut groups: Vec<Group> = by_tag
        .into_iter()
        .map(|(name, operations)| Group { description: described(&name), operations, name })
        .collect();
    groups.sort_by_key(|group| rank(&group.name));
    groups
}

/// One of each status over all operations.
fn errors(document: &Value) -> Vec<Answer> {
    let mut found = BTreeMap::new();
    for (_, item) in entries(&document["paths"]) {
        for (_, operation) in entries(item) {
            for (status, answer) in entries(&operation["responses"]) {
                if answer["content"].get(PROBLEM).is_some() {
                    found.entry(status.clone()).or_insert_with(|| Answer::read(document, status, answer));
                }
            }
        }
    }
    found.into_values().collect()
}

impl Operation {
    fn read(document: &Value, path: &str, method: &str, operation: &Value) -> Operation {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let answers = entries(&operation["responses"]).filter(|(_, a)| a["content"].get(PROBLEM).is_none());
        let security = operation["security"].as_array();
        Operation {
            id: text(&operation["operationId"]),
            method: method.to_uppercase(),
            path: path.to_owned(),
            summary: text(&operation["summary"]).trim_end_matches('.').to_owned(),
            description: prose(&text(&operation["description"])),
            needs_token: security.is_some_and(|s| !s.is_empty()),
            parameters: parameters.map(|p| Field::of_parameter(document, p)).collect(),
            body: content(&operation["requestBody"]).map(|schema| Body::read(document, schema)),
            answers: answers.map(|(status, answer)| Answer::read(document, status, answer)).collect(),
        }
    }
}

impl Field {
    fn of_parameter(document: &Value, parameter: &Value) -> Field {
        let schema = &parameter["schema"];
        let required = parameter["required"] == true;
        let mut field = Field::read(document, &text(&parameter["name"]), schema, required);
        field.place = text(&parameter["in"]);
        field.note = noted(&text(&parameter["description"]), schema);
        field.value = plain(schema.get("default").or_else(|| parameter.get("example")));
        field
    }

    fn read(document: &Value, name: &str, schema: &Value, required: bool) -> Field {
        Field {
            name: name.to_owned(),
            place: String::new(),
            kind: Kind::read(document, schema),
            required,
            note: noted(&text(&schema["description"]), schema),
            value: String::new(),
        }
    }

    fn list(document: &Value, schema: &Value) -> Vec<Field> {
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        entries(&schema["properties"])
            .map(|(name, s)| Field::read(document, name, s, required.contains(&name.as_str())))
            .collect()
    }
}

impl Kind {
    fn read(document: &Value, schema: &Value) -> Kind {
        let is_list = schema["type"] == "array";
        let inner = if is_list { &schema["items"] } else { schema };
        let link = example::name_of(inner).map(str::to_owned);
        let name = match &link {
            Some(name) => name.clone(),
            None => text(&example::resolved(document, inner)["type"]),
        };
        let prefix = if is_list { "list of " } else { "" };
        Kind { prefix, name, link, nullable: schema["nullable"] == true }
    }
}

impl Body {
    fn read(document: &Value, schema: &Value) -> Body {
        Body {
            kind: Kind::read(document, schema),
            fields: Field::list(document, example::resolved(document, schema)),
            example: pretty(&example::of(document, schema)),
        }
    }
}

impl Answer {
    fn read(document: &Value, status: &str, answer: &Value) -> Answer {
        let schema = content(answer);
        Answer {
            status: status.to_owned(),
            description: prose(&text(&answer["description"])),
            kind: schema.map(|s| Kind::read(document, s)),
            example: schema.map(|s| pretty(&example::of(document, s))).unwrap_or_default(),
        }
    }
}

impl Schema {
    fn read(document: &Value, name: &str, schema: &Value) -> Schema {
        let values = schema["enum"].as_array().into_iter().flatten();
        Schema {
            name: name.to_owned(),
            description: prose(&text(&schema["description"])),
            fields: Field::list(document, schema),
            values: values.map(|v| plain(Some(v))).collect(),
        }
    }
}

/// The schema of a body or an answer, whatever its media type.
fn content(of: &Value) -> Option<&Value> {
    entries(&of["content"]).next().map(|(_, media)| &media["schema"])
}

/// The description with its limits behind it, as HTML.
fn noted(description: &str, schema: &Value) -> String {
    let limits = [
        ("minimum", "at least"),
        ("maximum", "at most"),
        ("maxLength", "at most"),
        ("maxItems", "at most"),
        ("default", "without it:"),
    ];
    let told = limits.iter().filter_map(|(key, words)| {
        let value = plain(schema.get(*key));
        (!value.is_empty() && value != "[]").then(|| match *key {
            "maxLength" => format!("{words} {value} characters"),
            "maxItems" => format!("{words} {value} entries"),
            _ => format!("{words} {value}"),
        })
    });
    let told = told.collect::<Vec<_>>().join(", ");
    match (description.is_empty(), told.is_empty()) {
        (_, true) => prose(description),
        (true, false) => format!("<small>{}</small>", prose(&told)),
        (false, false) => format!("{} <small>{}</small>", prose(description), prose(&told)),
    }
}

/// Text as HTML, with `code` where it stands in backticks.
fn prose(text: &str) -> String {
    let escaped = text.trim().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    let mut html = String::with_capacity(escaped.len());
    for (i, part) in escaped.split('`').enumerate() {
        if i % 2 == 1 {
            html += &format!("<code>{part}</code>");
        } else {
            html += &part.replace("\n\n", "<br>");
        }
    }
    html
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A value without quotes; whole numbers without a point.
fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string().trim_end_matches(".0").to_owned(),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_become_code_and_nothing_becomes_a_tag() {
        assert_eq!(prose("pass `next` <b>"), "pass <code>next</code> &lt;b&gt;");
    }

    #[test]
    fn limits_stand_behind_the_description() {
        let schema = serde_json::json!({ "minimum": 1.0, "maximum": 100.0, "default": 24 });
        assert_eq!(
            noted("How many.", &schema),
            "How many. <small>at least 1, at most 100, without it: 24</small>"
        );
        assert_eq!(noted("", &serde_json::json!({ "maxLength": 9 })), "<small>at most 9 characters</small>");
    }
}
