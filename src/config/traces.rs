//! Where traces go: OpenTelemetry's own variables.

use url::Url;

use super::Env;

/// See the module.
#[derive(Clone)]
pub struct TracesConfig {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT` with its path, or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`; `None`: no traces.
    pub endpoint: Option<Url>,
    /// `OTEL_EXPORTER_OTLP_HEADERS`: what the collector wants to be told, a key mostly.
    pub headers: Vec<(String, String)>,
    /// `OTEL_SERVICE_NAME`
    pub service: String,
    /// `OTEL_TRACES_SAMPLER_ARG`: the part of the traces that begin here, from 0 to 1; a caller decides for its own.
    pub sampled: f64,
}

/// A header may hold a key, which is never printed.
impl std::fmt::Debug for TracesConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TracesConfig").field("sampled", &self.sampled).finish_non_exhaustive()
    }
}

impl TracesConfig {
    pub fn from_env(env: &mut Env) -> TracesConfig {
        let general = endpoint(env, "OTEL_EXPORTER_OTLP_ENDPOINT");
        // Each signal's own variable is used as it is; the general one is the root of them all.
        let below_general = general.map(|mut url| {
            url.set_path(&format!("{}/v1/traces", url.path().trim_end_matches('/')));
            url
        });
        let endpoint = endpoint(env, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").or(below_general);
        let protocol = env.text("OTEL_EXPORTER_OTLP_PROTOCOL");
        if endpoint.is_some() && protocol.is_some_and(|protocol| protocol != "http/protobuf") {
            env.wrong("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf, which collectors take at port 4318");
        }
        let mut sampled = env.parse("OTEL_TRACES_SAMPLER_ARG", 1.0, "a number from 0 to 1");
        if !(0.0..=1.0).contains(&sampled) {
            env.wrong("OTEL_TRACES_SAMPLER_ARG", "a number from 0 to 1");
            sampled = 1.0;
        }
        let service = env.text("OTEL_SERVICE_NAME").unwrap_or_else(|| "mercer".to_owned());
        TracesConfig { endpoint, headers: headers(env), service, sampled }
    }
}

fn endpoint(env: &mut Env, name: &'static str) -> Option<Url> {
    let text = env.text(name)?;
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if url.is_none() {
        env.wrong(name, "an address such as http://127.0.0.1:4318");
    }
    url
}

fn headers(env: &mut Env) -> Vec<(String, String)> {
    let text = env.text("OTEL_EXPORTER_OTLP_HEADERS").unwrap_or_default();
    let mut headers = Vec::new();
    for item in text.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        match item.split_once('=') {
            Some((name, value)) => headers.push((name.trim().to_owned(), value.trim().to_owned())),
            None => env.wrong("OTEL_EXPORTER_OTLP_HEADERS", "name=value pairs separated by commas"),
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<TracesConfig, String> {
        let mut env = Env::of(vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let config = TracesConfig::from_env(&mut env);
        env.finish(config).map_err(|mistakes| mistakes[0].0.clone())
    }

    #[test]
    fn the_path_is_the_collectors_own() {
        for (name, value, wants) in [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318", "http://c:4318/v1/traces"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://c/otlp/", "https://c/otlp/v1/traces"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:4318/mine", "http://c:4318/mine"),
        ] {
            assert_eq!(read(&[(name, value)]).unwrap().endpoint.unwrap().as_str(), wants);
        }
        assert!(read(&[]).unwrap().endpoint.is_none());
    }

    #[test]
    fn a_wrong_header_is_not_printed() {
        let wrong = read(&[("OTEL_EXPORTER_OTLP_HEADERS", "hunter2")]).unwrap_err();
        assert!(wrong.contains("(hidden)") && !wrong.contains("hunter2"), "{wrong}");
        let right = read(&[("OTEL_EXPORTER_OTLP_HEADERS", "x-key = hunter2, b=c=d")]).unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(right.headers, [pair("x-key", "hunter2"), pair("b", "c=d")]);
        assert!(!format!("{right:?}").contains("hunter2"));
    }
}
