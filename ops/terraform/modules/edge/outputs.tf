# What the shop must know of its edge, a parameter per variable.

locals {
  parameters = {
    MERCER_PUBLIC_URL                 = "https://${var.domain}"
    MERCER_CLOUDFRONT_DISTRIBUTION_ID = aws_cloudfront_distribution.this.id
    MERCER_CLOUDFRONT_INVALIDATE      = "tags"
    MERCER_EDGE_COMPLETION_MS         = tostring(var.response_completion_s * 1000)
    MERCER_MEDIA_URL                  = "s3://${aws_s3_bucket.this["media"].id}"
  }
}

resource "aws_ssm_parameter" "this" {
  # checkov:skip=CKV2_AWS_34:No secrets: pipelines read these, and are not allowed to decrypt.
  # checkov:skip=CKV_AWS_337:No secrets: pipelines read these, and are not allowed to decrypt.
  for_each = local.parameters
  name     = "/mercer/${var.name}/${each.key}"
  type     = "String"
  value    = each.value
}

output "parameters" {
  value = { for name, parameter in aws_ssm_parameter.this : name => parameter.arn }
}

output "distribution_id" {
  value = aws_cloudfront_distribution.this.id
}

output "distribution_arn" {
  value = aws_cloudfront_distribution.this.arn
}

output "distribution_domain" {
  value = aws_cloudfront_distribution.this.domain_name
}

output "buckets" {
  value = { for name, bucket in aws_s3_bucket.this : name => bucket.id }
}

output "copy_prefix" {
  value = local.copy_prefix
}

output "waf_name" {
  value = one(aws_wafv2_web_acl.this[*].name)
}
