variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "alarm_email" {
  description = "Who is told. The address has to be confirmed by a link that AWS mails to it."
  type        = string
}

variable "budget_usd" {
  description = "What a month may cost; word comes at 80 % and when the forecast is above it."
  type        = number
}

variable "log_days" {
  type    = number
  default = 30
}

# What is looked at

variable "balancer_suffix" {
  type = string
}

variable "target_group_suffix" {
  type = string
}

variable "distribution_id" {
  type = string
}

variable "database_identifier" {
  type = string
}

variable "database_storage_bytes" {
  type = number
}

variable "cache_node_id" {
  description = "Null without a cache."
  type        = string
}

variable "has_cache" {
  type = bool
}

