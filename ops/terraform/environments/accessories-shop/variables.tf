# What is somebody's own: environment.auto.tfvars, after environment.tfvars.example.

variable "account_id" {
  description = "The AWS account, twelve digits; nothing is done in any other."
  type        = string
}

variable "region" {
  type    = string
  default = "us-east-1"
}

variable "domain" {
  type = string
}

variable "zone_id" {
  type = string
}

variable "cloudfront_prefix_list_id" {
  type = string
}

variable "alarm_email" {
  type = string
}

variable "state_bucket" {
  type = string
}

variable "shape" {
  description = "Differences from this environment's own shape, such as { waf = true }; see modules/shop/variables.tf."
  type        = any
  default     = {}
}

variable "repository" {
  description = "Where the pipeline runs: GROUP/NAME or ORG/NAME. Null: no roles for it."
  type        = string
  default     = null
}

# Set by ops/terraform/run from what ops/terraform/secrets keeps in SSM.

variable "database_password" {
  type      = string
  ephemeral = true
  sensitive = true
}

variable "cache_password" {
  type      = string
  ephemeral = true
  sensitive = true
}

variable "secrets_version" {
  description = "Raise it after a password was changed, to have it written."
  type        = number
  default     = 1
}

variable "origin_secrets" {
  type      = list(string)
  sensitive = true
}
