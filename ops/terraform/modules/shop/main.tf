# One shop: the six modules, wired. Environments choose the shape.

locals {
  has_cache = var.shape.cache != "none"
}

module "network" {
  source = "../network"
  name   = var.name
  region = var.region
  zones  = var.shape.zones
  nat    = var.shape.nat
}

module "observe" {
  source    = "../observe"
  providers = { aws = aws, aws.us_east_1 = aws.us_east_1 }

  name        = var.name
  region      = var.region
  alarm_email = var.alarm_email
  budget_usd  = var.budget_usd

  balancer_suffix        = module.compute.balancer_suffix
  target_group_suffix    = module.compute.target_group_suffix
  distribution_id        = module.edge.distribution_id
  database_identifier    = module.data.database_identifier
  database_storage_bytes = module.data.database_storage_bytes
  has_cache              = local.has_cache
  cache_node_id          = module.data.cache_node_id
}

module "ci" {
  source           = "../ci"
  name             = var.name
  region           = var.region
  account_id       = var.account_id
  zone_id          = var.zone_id
  state_bucket     = var.state_bucket
  distribution_arn = module.edge.distribution_arn
  github           = var.github
  gitlab           = var.gitlab
}

module "data" {
  source                   = "../data"
  name                     = var.name
  vpc_id                   = module.network.vpc_id
  subnet_ids               = module.network.private_subnet_ids
  client_security_group_id = module.compute.processes_security_group_id
  database_class           = var.shape.database_class
  database_gb              = var.shape.database_gb
  multi_az                 = var.shape.multi_az
  is_protected             = var.shape.protected
  cache                    = var.shape.cache
  cache_class              = var.shape.cache_class
  database_password        = var.database_password
  cache_password           = var.cache_password
  secrets_version          = var.secrets_version
}

module "compute" {
  source     = "../compute"
  name       = var.name
  region     = var.region
  account_id = var.account_id

  vpc_id                    = module.network.vpc_id
  vpc_cidr                  = module.network.cidr
  subnet_ids                = module.network.compute_subnet_ids
  is_public                 = module.network.is_compute_public
  balancer_subnet_ids       = var.shape.origin == "vpc" ? module.network.private_subnet_ids : module.network.public_subnet_ids
  origin                    = var.shape.origin
  cloudfront_prefix_list_id = var.cloudfront_prefix_list_id
  domain                    = var.domain
  zone_id                   = var.zone_id

  compute           = var.shape.compute
  launch_type       = var.shape.launch_type
  architecture      = var.shape.architecture
  instance_type     = var.shape.instance_type
  cpu               = var.shape.cpu
  memory            = var.shape.memory
  capacity          = { min = var.shape.min, max = var.shape.max }
  repository_exists = var.repository_exists
  is_protected      = var.shape.protected

  database_connections = var.shape.database_connections
  parameters           = merge(module.data.parameters, module.edge.parameters)
  secret_parameters    = var.secret_parameters
  distribution_arn     = module.edge.distribution_arn
  assets_bucket        = module.edge.buckets["assets"]
  media_bucket         = module.edge.buckets["media"]
  copy_bucket          = module.edge.buckets["copy"]
  copy_prefix          = module.edge.copy_prefix
  releases_bucket      = module.edge.buckets["releases"]
  log_group            = module.observe.log_group
  boundary_arn         = module.ci.boundary_arn
}

module "edge" {
  source    = "../edge"
  providers = { aws = aws, aws.us_east_1 = aws.us_east_1 }

  name           = var.name
  account_id     = var.account_id
  domain         = var.domain
  zone_id        = var.zone_id
  origin         = var.shape.origin
  origin_domain  = module.compute.origin_domain
  balancer_arn   = module.compute.balancer_arn
  origin_secrets = var.origin_secrets
  waf            = var.shape.waf
  is_protected   = var.shape.protected
}
