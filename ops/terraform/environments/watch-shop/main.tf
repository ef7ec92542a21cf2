# The watch shop: machines in public subnets that run the binary under systemd, deployed by GitHub Actions.

locals {
  shape = {
    compute       = "ec2"
    instance_type = "t3a.micro"
    min           = 2
    max           = 4
    nat           = "none"
    cache         = "valkey"
    multi_az      = true
  }
}

module "shop" {
  source    = "../../modules/shop"
  providers = { aws = aws, aws.us_east_1 = aws.us_east_1 }

  name                      = "watch-shop"
  region                    = var.region
  account_id                = var.account_id
  domain                    = var.domain
  zone_id                   = var.zone_id
  cloudfront_prefix_list_id = var.cloudfront_prefix_list_id
  alarm_email               = var.alarm_email
  budget_usd                = 100
  state_bucket              = var.state_bucket
  shape                     = merge(local.shape, var.shape)
  github                    = var.repository == null ? null : { repository = var.repository, environment = "watch-shop" }

  database_password = var.database_password
  cache_password    = var.cache_password
  secrets_version   = var.secrets_version
  origin_secrets    = var.origin_secrets
}
