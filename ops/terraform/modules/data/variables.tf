variable "name" {
  type = string
}

variable "vpc_id" {
  type = string
}

variable "subnet_ids" {
  description = "Private subnets in two zones."
  type        = list(string)
}

variable "client_security_group_id" {
  description = "The security group of the shop's processes: the only one that may connect."
  type        = string
}

variable "database_class" {
  type    = string
  default = "db.t4g.micro"
}

variable "database_gb" {
  type    = number
  default = 20
}

variable "multi_az" {
  description = "A standby of the database in the other zone, which takes over within a minute or two."
  type        = bool
  default     = true
}

variable "backup_days" {
  type    = number
  default = 7
}

variable "is_protected" {
  description = "Whether the database refuses to be deleted, and leaves a last snapshot behind. Off for what is made to be thrown away."
  type        = bool
  default     = true
}

variable "cache" {
  description = "What keeps logins and counts rates for all processes: valkey, redis, or none (the database does it)."
  type        = string
}

variable "cache_class" {
  type    = string
  default = "cache.t4g.micro"
}

# Ephemeral values are in no plan and no state.
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
  description = "Raise it to have the passwords written anew."
  type        = number
  default     = 1
}
