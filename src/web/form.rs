//! Forms: what was typed is kept, each mistake is told at its field and once more in a summary that takes focus.

use std::collections::BTreeMap;

use askama::Template;

use super::layout::Layout;
use crate::error::{FieldError, FieldErrors};

/// What a form holds: the values to show and what is wrong with them.
#[derive(Debug, Clone, Default)]
pub struct FormState {
    values: BTreeMap<String, String>,
    errors: FieldErrors,
}

impl FormState {
    /// A form filled with `values`, nothing wrong.
    pub fn of<'a>(values: impl IntoIterator<Item = (&'a str, &'a str)>) -> FormState {
        let values = values.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        FormState { values, errors: FieldErrors::default() }
    }

    /// The same form with its mistakes: reasons are text keys, or sentences that are shown as they are.
    pub fn rejected(mut self, errors: FieldErrors) -> FormState {
        self.errors = errors;
        self
    }

    pub fn set(&mut self, field: &str, value: impl Into<String>) {
        self.values.insert(field.to_owned(), value.into());
    }

    /// Whether the form was sent with this field, or it was set: an emptied field stays empty.
    pub fn has(&self, field: &str) -> bool {
        self.values.contains_key(field)
    }

    /// What was typed, or "".
    pub fn value(&self, field: &str) -> &str {
        self.values.get(field).map_or("", String::as_str)
    }

    pub fn is_checked(&self, field: &str) -> bool {
        !self.value(field).is_empty()
    }

    pub fn error(&self, field: &str) -> Option<&str> {
        self.errors.get(field)
    }

    pub fn errors(&self) -> &[FieldError] {
        &self.errors.0
    }

    pub fn is_wrong(&self) -> bool {
        !self.errors.is_empty()
    }

    /// A text field of this form; see [`Field`] for what can be said about it.
    pub fn field<'a>(&'a self, l: &'a Layout, name: &'a str, label: &'a str) -> Field<'a> {
        Field {
            name,
            label,
            value: self.value(name),
            error: self.error(name).map(|reason| l.t(reason)),
            kind: "text",
            autocomplete: "",
            mode: "",
            hint: "",
            optional_word: l.t("form.optional"),
            length_max: 200,
            lines: 1,
            required: false,
            choices: &[],
            submits: false,
        }
    }

    /// The list of mistakes above the form; nothing when there is none. Printed with `|safe`.
    pub fn summary<'a>(&'a self, l: &'a Layout) -> Summary<'a> {
        Summary { l, form: self }
    }
}

/// One choice of a select field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
}

/// A labelled field. In templates: `{{ form.field(l, "email", l.t("…")).kind("email").required()|safe }}`.
#[derive(Debug, Clone, Template)]
#[template(path = "parts/field.html")]
pub struct Field<'a> {
    name: &'a str,
    label: &'a str,
    value: &'a str,
    error: Option<&'a str>,
    kind: &'a str,
    autocomplete: &'a str,
    mode: &'a str,
    hint: &'a str,
    optional_word: &'a str,
    length_max: usize,
    lines: usize,
    required: bool,
    choices: &'a [Choice],
    submits: bool,
}

impl<'a> Field<'a> {
    /// The `type`: "email", "tel", "password" … (default "text").
    pub fn kind(mut self, kind: &'a str) -> Self {
        self.kind = kind;
        self
    }

    pub fn autocomplete(mut self, autocomplete: &'a str) -> Self {
        self.autocomplete = autocomplete;
        self
    }

    /// The `inputmode`: which keyboard a phone shows.
    pub fn mode(mut self, mode: &'a str) -> Self {
        self.mode = mode;
        self
    }

    /// A line of help below the label.
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Characters (default 200).
    pub fn length_max(mut self, length_max: usize) -> Self {
        self.length_max = length_max;
        self
    }

    /// A text area of this many lines.
    pub fn lines(mut self, lines: usize) -> Self {
        self.lines = lines;
        self
    }

    /// A select with these choices.
    pub fn choices(mut self, choices: &'a [Choice]) -> Self {
        self.choices = choices;
        self
    }

    /// A script presses the form's first button when this select changes.
    pub fn submits(mut self) -> Self {
        self.submits = true;
        self
    }

    fn describedby(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let error = self.error.map(|_| format!("{}-error", self.name));
        hint.into_iter().chain(error).collect::<Vec<_>>().join(" ")
    }
}

/// See [`FormState::summary`].
#[derive(Debug, Clone, Template)]
#[template(path = "parts/summary.html")]
pub struct Summary<'a> {
    l: &'a Layout,
    form: &'a FormState,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_field_keeps_its_value_and_says_why() {
        let mut errors = FieldErrors::default();
        errors.add("email", "Enter an e-mail address");
        let form = FormState::of([("email", "a\"b")]).rejected(errors);
        let html = Field {
            name: "email",
            label: "E-mail",
            value: form.value("email"),
            error: form.error("email"),
            kind: "email",
            autocomplete: "email",
            mode: "",
            hint: "",
            optional_word: "(optional)",
            length_max: 254,
            lines: 1,
            required: true,
            choices: &[],
            submits: false,
        }
        .to_string();
        assert!(!html.contains("a\"b") && html.contains("a&#34;b"), "{html}");
        assert!(html.contains("aria-describedby=\"email-error\"") && html.contains("aria-invalid"), "{html}");
        assert!(html.contains(">Enter an e-mail address<") && !html.contains("optional"), "{html}");
    }
}
