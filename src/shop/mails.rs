//! What each mail says.

use serde_json::Value;

use crate::app::App;
use crate::error::{Error, Result};
use crate::outside::mail::Mail;

/// Words the mail that a job's payload asks for: `{"template": …, …}`.
pub async fn render(_app: &App, payload: &Value) -> Result<Mail> {
    let template = payload.get("template").and_then(Value::as_str).unwrap_or_default();
    Err(Error::internal(format!("no mail is called {template:?}")))
}
