variable "name" {
  description = "The shop's name; everything here is called mercer-<name>."
  type        = string
}

variable "region" {
  type = string
}

variable "cidr" {
  description = "The VPC's addresses. A /16, of which four /20 are used."
  type        = string
  default     = "10.20.0.0/16"
}

variable "zones" {
  description = "Two availability zones, by their letters."
  type        = list(string)
  default     = ["a", "b"]
}

variable "nat" {
  description = "How private subnets reach the internet: gateway, instance, or none (what must reach it is then put into the public ones)."
  type        = string
}
