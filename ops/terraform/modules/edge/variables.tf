variable "name" {
  type = string
}

variable "account_id" {
  type = string
}

variable "domain" {
  description = "The shop's host, such as shop.example.org."
  type        = string
}

variable "zone_id" {
  description = "The Route 53 zone that the domain belongs to."
  type        = string
}

variable "origin" {
  description = "How CloudFront reaches the load balancer: vpc or public."
  type        = string
}

variable "origin_domain" {
  description = "The load balancer's name, which its certificate is for."
  type        = string
}

variable "balancer_arn" {
  type = string
}

variable "origin_secrets" {
  description = "Values of X-Origin-Secret: the first is sent, all are taken. Two while it is exchanged."
  type        = list(string)
  sensitive   = true
}

variable "response_completion_s" {
  description = "An answer of the shop that is not complete by then is dropped, and can't be kept by the edge any more: what the purges count with."
  type        = number
  default     = 10
}

variable "waf" {
  description = "A firewall before the distribution."
  type        = bool
}

variable "waf_requests_per_5_minutes" {
  description = "Of one address; a page with its pictures is about ten."
  type        = number
  default     = 3000
}

variable "price_class" {
  description = "PriceClass_100: North America and Europe; 200: Asia, Africa, the Middle East too; All."
  type        = string
  default     = "PriceClass_100"
}

variable "is_protected" {
  description = "Whether buckets refuse to be deleted with what is in them."
  type        = bool
  default     = true
}
