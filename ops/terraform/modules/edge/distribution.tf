# The edge. Public pages and files may be kept, and come from the static copy when the shop can't answer; everything
# personal goes through, with all that the shopper sent.

locals {
  # AWS's own policy CachingDisabled.
  caching_disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
  copy_prefix      = "shop"

  reads  = ["GET", "HEAD"]
  writes = ["GET", "HEAD", "OPTIONS", "PUT", "POST", "PATCH", "DELETE"]

  # In this order the first match counts; what matches none is a public page.
  personal = ["/cart*", "/checkout*", "/orders/*", "/account*", "/me/*", "/admin*", "/api/v1/*", "/webhooks/*", "/readyz", "/healthz"]
  files = {
    # Published before a build serves; a process of the shop has those of every living build as well.
    "/assets/*" = "assets-or-shop"
    "/media/*"  = "shop-or-copy"
  }
  # Pages of the copy that stand in for pages that nobody can make.
  stand_ins = ["/503.html"]

  # Two ways to the same shop: pages that may be kept are cut off early, since the purges count with it; a checkout or
  # an upload may take its time.
  shops = {
    shop     = { read_s = var.response_completion_s, completion_s = var.response_completion_s }
    personal = { read_s = 60, completion_s = null }
  }
  stores = {
    assets = { bucket = aws_s3_bucket.this["assets"], path = "" }
    copy   = { bucket = aws_s3_bucket.this["copy"], path = "/${local.copy_prefix}" }
  }
  groups = {
    # The shop's own 404 is an answer; only what no answer is goes to the copy.
    "shop-or-copy"   = { members = ["shop", "copy"], on = [500, 502, 503, 504] }
    "assets-or-shop" = { members = ["assets", "shop"], on = [403, 404, 500, 502, 503, 504] }
  }
}

resource "aws_cloudfront_vpc_origin" "this" {
  count = var.origin == "vpc" ? 1 : 0

  vpc_origin_endpoint_config {
    name                   = local.full
    arn                    = var.balancer_arn
    http_port              = 80
    https_port             = 443
    origin_protocol_policy = "https-only"

    origin_ssl_protocols {
      items    = ["TLSv1.2"]
      quantity = 1
    }
  }
}

resource "aws_cloudfront_origin_access_control" "this" {
  name                              = local.full
  description                       = "Reads of the shop's buckets are signed"
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_distribution" "this" {
  # checkov:skip=CKV_AWS_86:Its log would hold the paths of orders, whose links are secrets; the shop logs requests without them.
  # checkov:skip=CKV_AWS_305:A default object would ask the shop for /index.html, which it has not; the copy's home page is found by its prefix.
  # checkov:skip=CKV_AWS_374:A shop chooses by its terms of delivery whom it serves, not by the shopper's address.
  # checkov:skip=CKV_AWS_68:Decided by the variable waf.
  # checkov:skip=CKV2_AWS_47:Decided by the variable waf; the rules against known bad input are among them.
  enabled         = true
  comment         = local.full
  aliases         = [var.domain]
  is_ipv6_enabled = true
  http_version    = "http2and3"
  price_class     = var.price_class
  web_acl_id      = one(aws_wafv2_web_acl.this[*].arn)
  # Minutes, in which a pipeline would only wait.
  wait_for_deployment = false

  # The header by which the shop says what a page depends on; purges name these tags.
  cache_tag_config {
    header_name = "Cache-Tag"
  }

  dynamic "origin" {
    for_each = local.shops
    content {
      origin_id                   = origin.key
      domain_name                 = var.origin_domain
      connection_attempts         = 2
      connection_timeout          = 3
      response_completion_timeout = origin.value.completion_s

      # One secret is sent, so that the list of those which are taken can change first.
      custom_header {
        name  = "X-Origin-Secret"
        value = var.origin_secrets[0]
      }
      dynamic "vpc_origin_config" {
        for_each = aws_cloudfront_vpc_origin.this
        content {
          vpc_origin_id = vpc_origin_config.value.id
          # Below the balancer's 60 s, which would close a connection on which a request is on its way.
          origin_keepalive_timeout = 50
          origin_read_timeout      = origin.value.read_s
        }
      }
      dynamic "custom_origin_config" {
        for_each = var.origin == "public" ? [1] : []
        content {
          http_port              = 80
          https_port             = 443
          origin_protocol_policy = "https-only"
          origin_ssl_protocols   = ["TLSv1.2"]
          # Below the balancer's 60 s, which would close a connection on which a request is on its way.
          origin_keepalive_timeout = 50
          origin_read_timeout      = origin.value.read_s
        }
      }
    }
  }

  dynamic "origin" {
    for_each = local.stores
    content {
      origin_id                = origin.key
      domain_name              = origin.value.bucket.bucket_regional_domain_name
      origin_path              = origin.value.path
      origin_access_control_id = aws_cloudfront_origin_access_control.this.id
    }
  }

  dynamic "origin_group" {
    for_each = local.groups
    content {
      origin_id = origin_group.key

      failover_criteria {
        status_codes = origin_group.value.on
      }
      dynamic "member" {
        for_each = origin_group.value.members
        content {
          origin_id = member.value
        }
      }
    }
  }

  default_cache_behavior {
    target_origin_id           = "shop-or-copy"
    allowed_methods            = local.reads
    cached_methods             = local.reads
    viewer_protocol_policy     = "redirect-to-https"
    compress                   = true
    cache_policy_id            = aws_cloudfront_cache_policy.pages.id
    origin_request_policy_id   = aws_cloudfront_origin_request_policy.pages.id
    response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id

    function_association {
      event_type   = "viewer-request"
      function_arn = aws_cloudfront_function.request.arn
    }
  }

  dynamic "ordered_cache_behavior" {
    for_each = local.personal
    content {
      path_pattern               = ordered_cache_behavior.value
      target_origin_id           = "personal"
      allowed_methods            = local.writes
      cached_methods             = local.reads
      viewer_protocol_policy     = "redirect-to-https"
      compress                   = true
      cache_policy_id            = local.caching_disabled
      origin_request_policy_id   = aws_cloudfront_origin_request_policy.personal.id
      response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id
    }
  }

  dynamic "ordered_cache_behavior" {
    for_each = merge(local.files, { for path in local.stand_ins : path => "copy" })
    content {
      path_pattern               = ordered_cache_behavior.key
      target_origin_id           = ordered_cache_behavior.value
      allowed_methods            = local.reads
      cached_methods             = local.reads
      viewer_protocol_policy     = "redirect-to-https"
      compress                   = true
      cache_policy_id            = aws_cloudfront_cache_policy.files.id
      response_headers_policy_id = aws_cloudfront_response_headers_policy.this.id
    }
  }

  # What CloudFront itself or the balancer says when nobody answers. A 503 is the shop's own word and stays.
  dynamic "custom_error_response" {
    for_each = [502, 504]
    content {
      error_code            = custom_error_response.value
      response_code         = 503
      response_page_path    = "/503.html"
      error_caching_min_ttl = 0
    }
  }
  # By default the edge keeps an error for ten seconds, also one that a rolling deployment has just mended.
  dynamic "custom_error_response" {
    for_each = [400, 403, 404, 405, 414, 416, 500, 501, 503]
    content {
      error_code            = custom_error_response.value
      error_caching_min_ttl = 0
    }
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }
  viewer_certificate {
    acm_certificate_arn      = aws_acm_certificate_validation.viewer.certificate_arn
    ssl_support_method       = "sni-only"
    minimum_protocol_version = "TLSv1.2_2021"
  }
}
