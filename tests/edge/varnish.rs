//! One cache tier: a Varnish with the rules of a CloudFront distribution.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::client;

/// How a tier treats what comes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviours {
    /// As the README advises: personal paths pass with their cookies, everything else goes without and may be kept.
    Advised,
    /// As carelessly as a distribution can be set up: every header and cookie goes to the origin, none is in the key,
    /// and whatever the answer allows is kept, its `Set-Cookie` too. The shop must be safe by its answers alone.
    Careless,
}

/// A running tier.
pub struct Varnish {
    pub port: u16,
    process: Child,
    dir: TempDir,
}

impl Varnish {
    /// A tier on `port` before these others. The edge ends a fetch whose first byte has not come within `completion`.
    pub async fn start(port: u16, origins: &[u16], completion: Duration, behaviours: Behaviours) -> Varnish {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("tier.vcl");
        std::fs::write(&file, vcl(origins, completion, behaviours)).unwrap();
        let log = std::fs::File::create(dir.path().join("log")).unwrap();
        let process = Command::new("varnishd")
            .args(["-F", "-j", "none", "-T", "none", "-s", "malloc,128m"])
            .args(["-a", &format!("127.0.0.1:{port}"), "-f"])
            .arg(&file)
            .arg("-n")
            .arg(dir.path().join("work"))
            .args([
                "-p",
                "default_ttl=0",
                "-p",
                "default_grace=0",
                "-p",
                "default_keep=0",
                "-p",
                "http_gzip_support=off",
            ])
            .args(["-p", "thread_pools=1", "-p", "thread_pool_min=20", "-p", "timeout_idle=5"])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("varnishd is installed (Debian: varnish, varnish-modules)");
        let mut varnish = Varnish { port, process, dir };
        for _ in 0..600 {
            if client::get(port, "/varnish-is-up", &[]).await.is_ok() {
                return varnish;
            }
            if varnish.process.try_wait().unwrap().is_some() {
                panic!("varnishd ended: {}", varnish.log());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("varnishd does not listen: {}", varnish.log());
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Varnish {
    fn drop(&mut self) {
        // SIGTERM lets the parent end its child; SIGKILL would leave it.
        let ended = Command::new("kill").arg(self.process.id().to_string()).status();
        if ended.is_ok_and(|status| status.success()) {
            self.process.wait().unwrap();
        }
    }
}

fn vcl(origins: &[u16], completion: Duration, behaviours: Behaviours) -> String {
    let seconds = completion.as_secs_f64();
    let mut text = String::from(
        "vcl 4.1;\nimport xkey;\nimport std;\nimport directors;\n\
         acl local { \"127.0.0.1\"; }\n",
    );
    for (number, port) in origins.iter().enumerate() {
        // A single origin is another tier or stands alone: it has nobody to be replaced by.
        let probe = if origins.len() > 1 { PROBE } else { "" };
        text += &format!(
            "backend b{number} {{ .host = \"127.0.0.1\"; .port = \"{port}\"; .connect_timeout = 1s; \
             .first_byte_timeout = {seconds}s; .between_bytes_timeout = {seconds}s;{probe} }}\n"
        );
    }
    text += "sub vcl_init {\n  new origin = directors.round_robin();\n";
    for number in 0..origins.len() {
        text += &format!("  origin.add_backend(b{number});\n");
    }
    text += "}\n";
    text += RECEIVE;
    text += match behaviours {
        Behaviours::Advised => {
            "  if (req.url ~ \"^/(account|cart|checkout|orders|me|admin|api|webhooks)([/?]|$)\" || \
             (req.method != \"GET\" && req.method != \"HEAD\")) { return (pass); }\n\
             \x20 unset req.http.cookie;\n  unset req.http.authorization;\n  return (hash);\n}\n"
        }
        Behaviours::Careless => {
            "  if (req.method != \"GET\" && req.method != \"HEAD\") { return (pass); }\n  return (hash);\n}\n"
        }
    };
    text += DELIVER;
    text
}

const PROBE: &str = " .probe = { .url = \"/readyz\"; .interval = 500ms; .timeout = 1s; .window = 4; .threshold = 2; .initial = 2; }";

/// CloudFront's key has the path, the query and the normalised encoding, not the host.
const RECEIVE: &str = r#"
sub vcl_recv {
  if (req.method == "XPURGE") {
    if (client.ip !~ local) { return (synth(405)); }
    set req.http.n = xkey.purge(req.http.tag);
    return (synth(200, "purged " + req.http.n));
  }
  if (req.method == "PBAN") {
    if (client.ip !~ local) { return (synth(405)); }
    ban("obj.http.x-url ~ " + req.http.pat);
    return (synth(200, "banned"));
  }
  if (req.url == "/varnish-is-up") { return (synth(200)); }
  set req.backend_hint = origin.backend();
  set req.http.x-key-encoding = "identity";
  if (req.http.accept-encoding ~ "br") { set req.http.x-key-encoding = "br"; }
  elsif (req.http.accept-encoding ~ "gzip") { set req.http.x-key-encoding = "gzip"; }
  if (req.http.x-key-encoding == "identity") { unset req.http.accept-encoding; }
  else { set req.http.accept-encoding = req.http.x-key-encoding; }
  if (req.method == "PURGE") { return (purge); }
"#;

const DELIVER: &str = r#"
sub vcl_hash {
  hash_data(req.url);
  hash_data(req.http.x-key-encoding);
  return (lookup);
}
sub vcl_backend_fetch { unset bereq.http.x-key-encoding; }
sub vcl_backend_response {
  set beresp.do_gunzip = false;
  set beresp.do_gzip = false;
  set beresp.http.x-url = bereq.url;
  unset beresp.http.vary;
  # The tag header is a list with commas, without case; xkey's is one with spaces.
  if (beresp.http.Cache-Tag) { set beresp.http.xkey = std.tolower(regsuball(beresp.http.Cache-Tag, "\s*,\s*", " ")); }
  set beresp.grace = 0s;
  set beresp.keep = 0s;
  if (beresp.http.Cache-Control ~ "(?i)(no-store|private|no-cache)") {
    set beresp.uncacheable = true;
    set beresp.ttl = 0s;
  }
  return (deliver);
}
sub vcl_backend_error { set beresp.ttl = 0s; set beresp.uncacheable = true; return (deliver); }
sub vcl_deliver {
  # The tier above has said where it found the answer; what it says stays readable.
  set resp.http.X-Cache-Above = resp.http.X-Cache;
  set resp.http.X-Cache = "MISS";
  if (obj.hits > 0) { set resp.http.X-Cache = "HIT"; }
  unset resp.http.x-url;
  unset resp.http.xkey;
}
"#;
