# One node, not a serverless cache: that one speaks the protocol of a cluster, where a script may touch keys of one slot
# only, and the shop renews a login in one script over three keys. A second node would save nothing but logins.

locals {
  has_cache = var.cache != "none"
  family    = { valkey = "valkey8", redis = "redis7", none = "" }[var.cache]
  engine    = { valkey = "8.0", redis = "7.1", none = "" }[var.cache]
}

resource "aws_elasticache_subnet_group" "this" {
  count      = local.has_cache ? 1 : 0
  name       = local.full
  subnet_ids = var.subnet_ids
}

resource "aws_security_group" "cache" {
  count       = local.has_cache ? 1 : 0
  name        = "${local.full}-cache"
  description = "The cache, for the processes of the shop"
  vpc_id      = var.vpc_id
  tags        = { Name = "${local.full}-cache" }
}

resource "aws_vpc_security_group_ingress_rule" "cache" {
  count                        = local.has_cache ? 1 : 0
  security_group_id            = aws_security_group.cache[0].id
  description                  = "From the processes of the shop"
  referenced_security_group_id = var.client_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
}

# A login must not be thrown out for want of room: writing fails instead, and the shop says so.
resource "aws_elasticache_parameter_group" "this" {
  count       = local.has_cache ? 1 : 0
  name        = "${local.full}-${local.family}"
  family      = local.family
  description = "Nothing is thrown out"

  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

resource "aws_elasticache_replication_group" "this" {
  # checkov:skip=CKV_AWS_191:AWS's own key costs nothing; a key of one's own is a dollar a month and protects from nobody else here.
  # checkov:skip=CKV2_AWS_50:One node: when it is lost, shoppers log in again and nothing else is missing.
  # checkov:skip=CKV_AWS_31:It has a token, by the write-only argument.
  count                = local.has_cache ? 1 : 0
  replication_group_id = local.full
  description          = "Logins and rates of ${var.name}"
  engine               = var.cache
  engine_version       = local.engine
  node_type            = var.cache_class
  num_cache_clusters   = 1
  port                 = 6379
  parameter_group_name = aws_elasticache_parameter_group.this[0].name
  subnet_group_name    = aws_elasticache_subnet_group.this[0].name
  security_group_ids   = [aws_security_group.cache[0].id]

  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  auth_token_wo              = var.cache_password
  auth_token_wo_version      = var.secrets_version

  automatic_failover_enabled = false
  auto_minor_version_upgrade = true
  maintenance_window         = "sun:04:30-sun:05:30"
  apply_immediately          = true
}
