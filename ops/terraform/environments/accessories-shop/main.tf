# The accessories shop: containers on Fargate in private subnets, deployed by GitLab.

locals {
  shape = {
    compute     = "ecs"
    launch_type = "FARGATE"
    cpu         = 256
    memory      = 512
    min         = 2
    max         = 6
    # A NAT gateway alone would be a third of the budget; "gateway" is one word away.
    nat      = "instance"
    cache    = "redis"
    multi_az = true
  }
}

module "shop" {
  source    = "../../modules/shop"
  providers = { aws = aws, aws.us_east_1 = aws.us_east_1 }

  name                      = "accessories-shop"
  region                    = var.region
  account_id                = var.account_id
  domain                    = var.domain
  zone_id                   = var.zone_id
  cloudfront_prefix_list_id = var.cloudfront_prefix_list_id
  alarm_email               = var.alarm_email
  budget_usd                = 100
  state_bucket              = var.state_bucket
  shape                     = merge(local.shape, var.shape)
  gitlab                    = var.repository == null ? null : { project = var.repository }

  database_password = var.database_password
  cache_password    = var.cache_password
  secrets_version   = var.secrets_version
  origin_secrets    = var.origin_secrets
}
