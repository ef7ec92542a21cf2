variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "account_id" {
  type = string
}

variable "zone_id" {
  type = string
}

variable "state_bucket" {
  description = "Where the state lies, under the shop's name."
  type        = string
}

variable "distribution_arn" {
  type = string
}

variable "github" {
  description = "The repository ORG/NAME, or null. environment: the GitHub environment whose reviewers approve."
  type = object({
    repository      = string
    environment     = optional(string)
    provider_exists = optional(bool, false)
  })
  default = null
}

variable "gitlab" {
  description = "The project GROUP/NAME, or null. branch: the protected one that is deployed."
  type = object({
    project         = string
    branch          = optional(string, "main")
    host            = optional(string, "gitlab.com")
    provider_exists = optional(bool, false)
  })
  default = null
}
