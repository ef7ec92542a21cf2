# The stand-in for CloudFront in ops/compose.yaml: public pages are kept and know no visitor, all else passes untouched.
# Nobody purges it, so the store must give pages a short life (MERCER_EDGE_TTL_S).
vcl 4.1;

backend store {
  .host = "store";
  .port = "8080";
  .connect_timeout = 1s;
  .first_byte_timeout = 10s;
  .between_bytes_timeout = 10s;
  .probe = { .url = "/readyz"; .interval = 1s; .timeout = 1s; .window = 4; .threshold = 2; .initial = 1; }
}

sub vcl_recv {
  # Whatever a visitor claims about where he comes from ends here.
  set req.http.X-Forwarded-For = client.ip;
  unset req.http.Forwarded;
  unset req.http.Via;
  unset req.http.CloudFront-Viewer-Address;
  unset req.http.X-Forwarded-Host;
  unset req.http.X-Forwarded-Proto;
  if (req.url ~ "^/(account|cart|checkout|orders|me|admin|api|webhooks|healthz|readyz|metrics)([/?]|$)"
      || (req.method != "GET" && req.method != "HEAD")) {
    return (pass);
  }
  unset req.http.Cookie;
  unset req.http.Authorization;
  # Three copies of a page at most, as CloudFront keeps them.
  if (req.http.Accept-Encoding ~ "br") { set req.http.Accept-Encoding = "br"; }
  elsif (req.http.Accept-Encoding ~ "gzip") { set req.http.Accept-Encoding = "gzip"; }
  else { unset req.http.Accept-Encoding; }
  return (hash);
}

# Neither host nor cookies: the path with its query, and the encoding.
sub vcl_hash {
  hash_data(req.url);
  hash_data(req.http.Accept-Encoding);
  return (lookup);
}

sub vcl_backend_response {
  set beresp.do_gzip = false;
  set beresp.do_gunzip = false;
  set beresp.grace = 0s;
  set beresp.keep = 0s;
  if (bereq.uncacheable || beresp.status >= 500 || beresp.http.Cache-Control ~ "(?i)(no-store|no-cache|private)") {
    set beresp.uncacheable = true;
    set beresp.ttl = 0s;
    return (deliver);
  }
  unset beresp.http.Set-Cookie;
  unset beresp.http.Vary;
  return (deliver);
}

# Cache-Tag and X-Mercer-Gen stay, so that one can see what a page depends on.
sub vcl_deliver {
  set resp.http.X-Cache = "MISS";
  if (obj.hits > 0) { set resp.http.X-Cache = "HIT"; }
}
