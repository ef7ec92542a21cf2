# Both ways made and taken down, at the stand-in: what is known only after an apply fits together. The stand-in answers
# for certificates with no records to prove a domain by, so these are given here.

provider "aws" {
  region = "us-east-1"
}

provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"
}

override_resource {
  target = module.edge.aws_acm_certificate.viewer
  values = {
    domain_validation_options = [
      { domain_name = "shop.example.org", resource_record_name = "_a.shop.example.org", resource_record_type = "CNAME", resource_record_value = "_a.example.net" },
    ]
  }
}

override_resource {
  target = module.compute.aws_acm_certificate.origin
  values = {
    domain_validation_options = [
      { domain_name = "origin.shop.example.org", resource_record_name = "_b.shop.example.org", resource_record_type = "CNAME", resource_record_value = "_b.example.net" },
      { domain_name = "shop.example.org", resource_record_name = "_a.shop.example.org", resource_record_type = "CNAME", resource_record_value = "_a.example.net" },
    ]
  }
}

variables {
  name                      = "shop"
  region                    = "us-east-1"
  account_id                = "123456789012"
  domain                    = "shop.example.org"
  zone_id                   = "Z0123456789ABCDEFGHIJ"
  cloudfront_prefix_list_id = "pl-3b927c52"
  alarm_email               = "operator@example.org"
  budget_usd                = 100
  state_bucket              = "mercer-state-123456789012"
  database_password         = "testonlytestonlytestonly"
  cache_password            = "testonlytestonlytestonly"
  origin_secrets            = ["test-only-test-only"]
  github                    = { repository = "example/mercer" }
}

run "containers" {
  variables {
    shape = { compute = "ecs", nat = "instance", cache = "redis", waf = true }
  }
  assert {
    condition     = output.copy_url == "s3://${output.copy_bucket}/shop"
    error_message = "The copy needs a prefix, or its home page is not found."
  }
  assert {
    condition     = toset(keys(output.ci_roles)) == toset(["plan", "apply", "deploy", "static"])
    error_message = "Pipelines have four roles."
  }
  assert {
    condition     = alltrue([for name in ["DATABASE_URL", "REDIS_URL", "MERCER_CLOUDFRONT_DISTRIBUTION_ID", "MERCER_MIGRATE", "MERCER_SECRET_KEY"] : contains(module.compute.environment, name)])
    error_message = "A process misses a part of its environment."
  }
}

run "machines" {
  variables {
    shape = { compute = "ec2", nat = "none", cache = "none", origin = "public" }
  }
  assert {
    condition     = !contains(module.compute.environment, "REDIS_URL")
    error_message = "Without a cache there must be no REDIS_URL."
  }
  assert {
    condition     = output.repository_url == null
    error_message = "The EC2 way has no images."
  }
}
