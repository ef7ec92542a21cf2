//! Reads the flat parameter table and insists that every key in it was understood.

use super::color::Color;
use crate::drawing::Params;
use serde_json::Value;
use std::collections::BTreeSet;

/// The parameters of one picture, and which of them were read so far.
pub struct Fields<'a> {
    params: &'a Params,
    seen: BTreeSet<&'static str>,
}

impl<'a> Fields<'a> {
    pub fn new(params: &'a Params) -> Fields<'a> {
        Fields { params, seen: BTreeSet::new() }
    }

    fn value(&mut self, key: &'static str) -> Option<&'a Value> {
        self.seen.insert(key);
        self.params.get(key)
    }

    pub fn text(&mut self, key: &'static str, default: &str) -> Result<String, String> {
        match self.value(key) {
            None => Ok(default.to_string()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(other) => Err(format!("`{key}` must be text, not {other}")),
        }
    }

    /// One of the named `choices`.
    pub fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&str, T)],
        default: T,
    ) -> Result<T, String> {
        let Some(value) = self.value(key) else { return Ok(default) };
        let found = choices.iter().find(|(name, _)| value.as_str() == Some(name));
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            format!("`{key}` = {value} is none of {}", names.join(", "))
        })
    }

    pub fn color(&mut self, key: &'static str, default: Color) -> Result<Color, String> {
        match self.value(key) {
            None => Ok(default),
            Some(value) => value
                .as_str()
                .and_then(Color::parse)
                .ok_or_else(|| format!("`{key}` = {value} is no colour such as \"#ff6f59\"")),
        }
    }

    /// A whole number within `low..=high`.
    pub fn count(&mut self, key: &'static str, (low, high): (i64, i64), default: i64) -> Result<i64, String> {
        match self.value(key) {
            None => Ok(default),
            Some(value) => value
                .as_i64()
                .filter(|number| (low..=high).contains(number))
                .ok_or_else(|| format!("`{key}` = {value} is no whole number from {low} to {high}")),
        }
    }

    pub fn flag(&mut self, key: &'static str, default: bool) -> Result<bool, String> {
        match self.value(key) {
            None => Ok(default),
            Some(value) => {
                value.as_bool().ok_or_else(|| format!("`{key}` = {value} is neither true nor false"))
            }
        }
    }

    /// A list of named `choices`, each possibly several times.
    pub fn list<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&str, T)],
        default: &[T],
    ) -> Result<Vec<T>, String> {
        let Some(value) = self.value(key) else { return Ok(default.to_vec()) };
        let items = value.as_array().ok_or_else(|| format!("`{key}` must be a list, not {value}"))?;
        let find = |item: &Value| {
            let found = choices.iter().find(|(name, _)| item.as_str() == Some(name));
            found.map(|(_, choice)| *choice).ok_or_else(|| format!("`{key}` has the unknown entry {item}"))
        };
        items.iter().map(find).collect()
    }

    /// Fails on the first key that nobody asked for.
    pub fn finish(self) -> Result<(), String> {
        match self.params.keys().find(|key| !self.seen.contains(key.as_str())) {
            None => Ok(()),
            Some(key) => Err(format!("`{key}` is no parameter of this drawing")),
        }
    }
}
