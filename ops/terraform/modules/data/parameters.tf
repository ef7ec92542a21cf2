# The two addresses hold passwords, so they are written to SSM and kept out of the state as the passwords are.

locals {
  address       = aws_db_instance.this.address
  cache_address = one(aws_elasticache_replication_group.this[*].primary_endpoint_address)
}

# What makes a new value of the version, and so has a value written: a raised secrets_version, or another address.
locals {
  database_written = parseint(substr(sha256("${var.secrets_version} ${local.address}"), 0, 7), 16)
  cache_written    = local.has_cache ? parseint(substr(sha256("${var.secrets_version} ${local.cache_address}"), 0, 7), 16) : 0
}

resource "aws_ssm_parameter" "database_url" {
  # checkov:skip=CKV_AWS_337:AWS's own key costs nothing; who may read the parameter is said by roles.
  name             = "/mercer/${var.name}/DATABASE_URL"
  type             = "SecureString"
  value_wo         = "postgres://mercer:${var.database_password}@${local.address}:5432/mercer?sslmode=require"
  value_wo_version = local.database_written
}

resource "aws_ssm_parameter" "redis_url" {
  # checkov:skip=CKV_AWS_337:AWS's own key costs nothing; who may read the parameter is said by roles.
  count            = local.has_cache ? 1 : 0
  name             = "/mercer/${var.name}/REDIS_URL"
  type             = "SecureString"
  value_wo         = "rediss://:${var.cache_password}@${local.cache_address}:6379"
  value_wo_version = local.cache_written
}

output "parameters" {
  description = "Environment variables of the shop that this module decides, by the parameter that holds each."
  value = merge(
    { DATABASE_URL = aws_ssm_parameter.database_url.arn },
    local.has_cache ? { REDIS_URL = aws_ssm_parameter.redis_url[0].arn } : {},
  )
}

output "database_identifier" {
  value = aws_db_instance.this.identifier
}

output "database_storage_bytes" {
  value = var.database_gb * 1073741824
}

output "cache_node_id" {
  description = "The one node of the cache, as its metrics name it; null without one."
  value       = local.has_cache ? "${aws_elasticache_replication_group.this[0].id}-001" : null
}
