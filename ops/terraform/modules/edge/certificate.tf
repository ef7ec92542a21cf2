# The shop's certificate for shoppers, and its name.

resource "aws_acm_certificate" "viewer" {
  provider          = aws.us_east_1
  domain_name       = var.domain
  validation_method = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "validation" {
  for_each        = toset([var.domain])
  zone_id         = var.zone_id
  name            = local.validation[each.key].resource_record_name
  type            = local.validation[each.key].resource_record_type
  records         = [local.validation[each.key].resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

locals {
  validation = { for option in aws_acm_certificate.viewer.domain_validation_options : option.domain_name => option }
}

resource "aws_acm_certificate_validation" "viewer" {
  provider        = aws.us_east_1
  certificate_arn = aws_acm_certificate.viewer.arn
  depends_on      = [aws_route53_record.validation]
}

resource "aws_route53_record" "shop" {
  for_each = toset(["A", "AAAA"])
  zone_id  = var.zone_id
  name     = var.domain
  type     = each.key

  alias {
    name                   = aws_cloudfront_distribution.this.domain_name
    zone_id                = aws_cloudfront_distribution.this.hosted_zone_id
    evaluate_target_health = false
  }
}
