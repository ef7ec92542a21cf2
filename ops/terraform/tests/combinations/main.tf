# Shops of every shape in one plan, for the checks: nothing of it is ever applied.

terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.66"
    }
  }
}

provider "aws" {
  region = "us-east-1"
}

provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"
}

variable "part" {
  description = "Which part of all shapes: the number of the part, and of how many. Null: the nine that meet every pair of values."
  type        = object({ number = number, of = number })
  default     = null
}

locals {
  values = {
    compute = ["fargate", "machines", "binary"]
    nat     = ["gateway", "instance", "none"]
    origin  = ["vpc", "public"]
    cache   = ["valkey", "redis", "none"]
    waf     = ["bare", "waf"]
  }
  computes = {
    fargate  = { compute = "ecs", launch_type = "FARGATE" }
    machines = { compute = "ecs", launch_type = "EC2" }
    binary   = { compute = "ec2", launch_type = "FARGATE" }
  }
  names = ["compute", "nat", "origin", "cache", "waf"]
  all   = [for choice in setproduct([for name in local.names : local.values[name]]...) : zipmap(local.names, choice)]

  # Any two values of two variables meet in one of these; the check counts them.
  pairs = [
    for line in [
      "fargate gateway public valkey bare", "fargate instance public redis waf", "fargate none vpc none bare",
      "machines gateway vpc redis waf", "machines instance public none bare", "machines none vpc valkey waf",
      "binary gateway public none waf", "binary instance vpc valkey bare", "binary none public redis bare",
    ] : zipmap(local.names, split(" ", line))
  ]
  chosen = {
    for index, one in var.part == null ? local.pairs : local.all : join("-", [for name in local.names : one[name]]) => merge(one, { index = tostring(index) })
    if var.part == null ? true : index % var.part.of == var.part.number
  }
}

output "shapes" {
  value = { values = local.values, chosen = local.chosen }
}

module "shop" {
  source    = "../../modules/shop"
  for_each  = local.chosen
  providers = { aws = aws, aws.us_east_1 = aws.us_east_1 }

  name                      = "shop-${each.value.index}"
  region                    = "us-east-1"
  account_id                = "123456789012"
  domain                    = "shop-${each.value.index}.example.org"
  zone_id                   = "Z0123456789ABCDEFGHIJ"
  cloudfront_prefix_list_id = "pl-3b927c52"
  alarm_email               = "operator@example.org"
  budget_usd                = 100
  state_bucket              = "mercer-state-123456789012"

  shape = merge(local.computes[each.value.compute], {
    nat    = each.value.nat
    origin = each.value.origin
    cache  = each.value.cache
    waf    = each.value.waf == "waf"
    # These change a value and not the shape, so they take turns.
    architecture  = each.value.index % 4 == 0 ? "arm64" : "x86_64"
    instance_type = each.value.index % 4 == 0 ? "t4g.micro" : "t3a.micro"
    multi_az      = each.value.index % 5 != 0
    protected     = each.value.index % 7 != 0
    min           = each.value.index % 5 == 0 ? 1 : 2
  })
  repository_exists = each.value.index % 3 == 0
  github            = each.value.index % 2 == 0 ? { repository = "example/mercer", provider_exists = each.value.index % 3 == 0 } : null
  gitlab            = each.value.index % 4 < 2 ? { project = "example/mercer", provider_exists = each.value.index % 3 == 0 } : null

  database_password = "testonlytestonlytestonly"
  cache_password    = "testonlytestonlytestonly"
  origin_secrets    = ["test-only-test-only"]
}
