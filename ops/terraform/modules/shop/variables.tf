variable "name" {
  description = "Small letters, digits and hyphens; everything is called after it."
  type        = string

  validation {
    # 32 characters are the most that a load balancer's name may have, and "mercer-" are seven of them.
    condition     = can(regex("^[a-z][a-z0-9-]{1,24}$", var.name))
    error_message = "name must be 2 to 25 small letters, digits and hyphens."
  }
}

variable "region" {
  type = string
}

variable "account_id" {
  type = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "account_id must be the twelve digits of the AWS account."
  }
}

variable "domain" {
  description = "The shop's host."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9-]+\\.)+[a-z]{2,}$", var.domain))
    error_message = "domain must be a host such as shop.example.org."
  }
}

variable "zone_id" {
  description = "The Route 53 zone that the domain belongs to."
  type        = string
}

variable "cloudfront_prefix_list_id" {
  description = "The region's managed prefix list of CloudFront: aws ec2 describe-managed-prefix-lists --filters Name=prefix-list-name,Values=com.amazonaws.global.cloudfront.origin-facing."
  type        = string
}

variable "alarm_email" {
  type = string
}

variable "budget_usd" {
  type = number
}

variable "state_bucket" {
  type = string
}

# The shape. Everything here changes what is made, and ops/cost.md says what it costs.
variable "shape" {
  type = object({
    compute       = optional(string, "ecs")     # ecs, ec2
    launch_type   = optional(string, "FARGATE") # of ecs: FARGATE, EC2
    architecture  = optional(string, "x86_64")
    instance_type = optional(string, "t3a.micro")
    cpu           = optional(number, 256)
    memory        = optional(number, 512)
    min           = optional(number, 2)
    max           = optional(number, 4)

    origin = optional(string, "vpc")  # vpc, public
    nat    = optional(string, "none") # gateway, instance, none
    zones  = optional(list(string), ["a", "b"])

    database_class       = optional(string, "db.t4g.micro")
    database_gb          = optional(number, 20)
    database_connections = optional(number, 64)
    multi_az             = optional(bool, true)
    cache                = optional(string, "valkey") # valkey, redis, none
    cache_class          = optional(string, "cache.t4g.micro")

    waf       = optional(bool, false)
    protected = optional(bool, true) # nothing that holds data can be deleted by mistake
  })
  default = {}

  validation {
    condition     = contains(["ecs", "ec2"], var.shape.compute) && contains(["FARGATE", "EC2"], var.shape.launch_type)
    error_message = "shape.compute must be ecs or ec2, shape.launch_type FARGATE or EC2."
  }
  validation {
    condition     = contains(["x86_64", "arm64"], var.shape.architecture)
    error_message = "shape.architecture must be x86_64 or arm64."
  }
  validation {
    condition     = contains(["vpc", "public"], var.shape.origin) && contains(["gateway", "instance", "none"], var.shape.nat)
    error_message = "shape.origin must be vpc or public, shape.nat gateway, instance or none."
  }
  validation {
    condition     = contains(["valkey", "redis", "none"], var.shape.cache)
    error_message = "shape.cache must be valkey, redis or none."
  }
  validation {
    condition     = length(distinct(var.shape.zones)) == 2
    error_message = "shape.zones must name two different availability zones, such as [\"a\", \"b\"]."
  }
  validation {
    condition     = var.shape.min >= 1 && var.shape.max > var.shape.min
    error_message = "shape.min must be at least 1, and shape.max above it: a rolling deployment starts one more."
  }
  validation {
    # Two pools in each process, two connections in each pool and two besides. While processes are exchanged there may be
    # twice as many, which may use the fifth of the database's connections that is left free otherwise.
    condition     = 10 * var.shape.database_connections >= 96 * var.shape.max
    error_message = "shape.database_connections is too small for shape.max processes: ten for each of them are enough."
  }
  validation {
    condition     = !(var.shape.compute == "ecs" && var.shape.launch_type == "EC2" && var.shape.cpu > 2048)
    error_message = "A task of more than two cores fits on no t-machine; take FARGATE or a smaller cpu."
  }
}

variable "secret_parameters" {
  description = "Environment variables whose parameters are written by `ops/terraform/secrets`, not by Terraform."
  type        = list(string)
  default     = ["MERCER_SECRET_KEY", "MERCER_ORIGIN_SECRET", "MERCER_METRICS_TOKEN"]
}

variable "repository_exists" {
  type    = bool
  default = false
}

variable "github" {
  description = "The repository ORG/NAME whose workflows deploy, or null. environment: the GitHub environment whose reviewers approve."
  type = object({
    repository      = string
    environment     = optional(string)
    provider_exists = optional(bool, false) # another shop of this account has made the identity provider
  })
  default = null

  validation {
    condition     = var.github == null || can(regex("^[A-Za-z0-9-]+(@[0-9]+)?/[A-Za-z0-9._-]+(@[0-9]+)?$", var.github.repository))
    error_message = "github.repository must be ORG/NAME or, as GitHub's tokens call newer repositories, ORG@ID/NAME@ID; without wildcards."
  }
}

variable "gitlab" {
  description = "The project GROUP/NAME whose pipelines deploy, or null. branch: the protected one that is deployed."
  type = object({
    project         = string
    branch          = optional(string, "main")
    host            = optional(string, "gitlab.com")
    provider_exists = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.gitlab == null || can(regex("^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$", var.gitlab.project))
    error_message = "gitlab.project must be GROUP/NAME, without wildcards."
  }
}

# Ephemeral: needed by each plan and apply, and in neither the plan nor the state.
variable "database_password" {
  type      = string
  ephemeral = true
  sensitive = true

  validation {
    condition     = can(regex("^[A-Za-z0-9]{24,128}$", var.database_password))
    error_message = "database_password must be 24 to 128 letters and digits: openssl rand -hex 24."
  }
}

variable "cache_password" {
  type      = string
  ephemeral = true
  sensitive = true

  validation {
    condition     = can(regex("^[A-Za-z0-9]{24,128}$", var.cache_password))
    error_message = "cache_password must be 24 to 128 letters and digits: openssl rand -hex 24."
  }
}

variable "secrets_version" {
  type    = number
  default = 1
}

# CloudFront keeps the header among its settings, and Terraform those in the state: this one can't be kept out.
variable "origin_secrets" {
  type      = list(string)
  sensitive = true

  validation {
    condition     = length(var.origin_secrets) >= 1 && alltrue([for s in var.origin_secrets : length(s) >= 16])
    error_message = "origin_secrets needs at least one value, each of at least 16 characters: openssl rand -hex 32."
  }
}
