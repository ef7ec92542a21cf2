# What is refused, before anything is planned.

provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test-only"
  secret_key                  = "test-only"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
}

provider "aws" {
  alias                       = "us_east_1"
  region                      = "us-east-1"
  access_key                  = "test-only"
  secret_key                  = "test-only"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
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
}

# Each run costs seconds, so one run has many mistakes; all of them must be found.

run "everything_wrong" {
  command = plan
  variables {
    name              = "Shop"
    domain            = "https://shop.example.org"
    account_id        = "my-account"
    shape             = { compute = "lambda" }
    database_password = "short"
    cache_password    = "with/a/slash/that/breaks/an/address"
    origin_secrets    = ["short"]
    github            = { repository = "example/*" }
    gitlab            = { project = "example" }
  }
  expect_failures = [
    var.name, var.domain, var.account_id, var.shape, var.database_password, var.cache_password, var.origin_secrets, var.github, var.gitlab,
  ]
}

run "a_name_longer_than_a_balancer_may_have_and_no_room_to_roll" {
  command = plan
  variables {
    name  = "a-shop-of-twenty-six-lette"
    shape = { min = 2, max = 2 }
  }
  expect_failures = [var.name, var.shape]
}

run "a_cache_that_does_not_exist_and_no_origin_secret" {
  command = plan
  variables {
    shape          = { cache = "memcached", database_connections = 8 }
    origin_secrets = []
  }
  expect_failures = [var.shape, var.origin_secrets]
}
