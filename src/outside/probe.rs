//! A look at the shop from outside, as a visitor has it.

use std::time::Duration;

/// For one look, answer included.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The header `name` of what `url` answers with; `None` when it has none or is no page. Redirects are not followed:
/// they might lead to another host. The error is a reason for people.
pub async fn fetch_header(url: &str, name: &str) -> Result<Option<String>, String> {
    let failed = |e: reqwest::Error| format!("can't be looked at: {}", e.without_url());
    let client = reqwest::Client::builder()
        .timeout(TIMEOUT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(failed)?;
    let answer = client.get(url).send().await.map_err(failed)?;
    if answer.status() != reqwest::StatusCode::OK {
        return Ok(None);
    }
    Ok(answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned))
}
