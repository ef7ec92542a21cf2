# What the edge keeps apart, what it hands on, and what it adds. What may be kept and how long, the shop says alone.

resource "aws_cloudfront_function" "request" {
  name    = "${local.full}-request"
  comment = "One writing of each address; no way to /metrics"
  runtime = "cloudfront-js-2.0"
  publish = true
  code    = file("${path.module}/functions/request.js")
}

# Any minimum above 0 would keep what the shop says must not be kept. All of the query counts, since filters have the
# names of a shop's own attributes; the function above takes out what no page reads.
resource "aws_cloudfront_cache_policy" "pages" {
  name        = "${local.full}-pages"
  comment     = "As long as the shop says; without cookies"
  min_ttl     = 0
  default_ttl = 0
  max_ttl     = 31536000

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true
    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "all"
    }
  }
}

# Of files, whose names change with their content, the query says nothing.
resource "aws_cloudfront_cache_policy" "files" {
  name        = "${local.full}-files"
  comment     = "A year, as their labels say"
  min_ttl     = 0
  default_ttl = 86400
  max_ttl     = 31536000

  parameters_in_cache_key_and_forwarded_to_origin {
    enable_accept_encoding_brotli = true
    enable_accept_encoding_gzip   = true
    cookies_config {
      cookie_behavior = "none"
    }
    headers_config {
      header_behavior = "none"
    }
    query_strings_config {
      query_string_behavior = "none"
    }
  }
}

# The shopper's address, for limits; no cookie ever reaches a page that is kept for all.
resource "aws_cloudfront_origin_request_policy" "pages" {
  name    = "${local.full}-pages"
  comment = "The shopper's address"

  cookies_config {
    cookie_behavior = "none"
  }
  headers_config {
    header_behavior = "whitelist"
    headers {
      items = ["CloudFront-Viewer-Address"]
    }
  }
  query_strings_config {
    query_string_behavior = "all"
  }
}

# Everything, and the shopper's address, which the managed policies leave out.
resource "aws_cloudfront_origin_request_policy" "personal" {
  name    = "${local.full}-personal"
  comment = "Everything that the shopper sends, and the address"

  cookies_config {
    cookie_behavior = "all"
  }
  headers_config {
    header_behavior = "allViewerAndWhitelistCloudFront"
    headers {
      items = ["CloudFront-Viewer-Address"]
    }
  }
  query_strings_config {
    query_string_behavior = "all"
  }
}

# The shop sends all of this itself, and what it says counts; files of the buckets say nothing of it.
resource "aws_cloudfront_response_headers_policy" "this" {
  # checkov:skip=CKV_AWS_259:Two years with subdomains; to be preloaded is a decision for good, and the owner's of the whole domain.
  name    = "${local.full}-headers"
  comment = "Tags are ours; files of the buckets are as safe as pages"

  remove_headers_config {
    items {
      header = "Cache-Tag"
    }
  }
  security_headers_config {
    content_security_policy {
      content_security_policy = join("; ", [
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'",
        "connect-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'",
        "manifest-src 'self'", "upgrade-insecure-requests",
      ])
      override = false
    }
    content_type_options {
      override = true
    }
    frame_options {
      frame_option = "DENY"
      override     = false
    }
    referrer_policy {
      referrer_policy = "strict-origin-when-cross-origin"
      override        = false
    }
    strict_transport_security {
      access_control_max_age_sec = 63072000
      include_subdomains         = true
      override                   = false
    }
  }
}
