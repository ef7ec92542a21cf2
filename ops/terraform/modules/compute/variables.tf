variable "name" {
  type = string
}

variable "region" {
  type = string
}

variable "account_id" {
  type = string
}

# Where

variable "vpc_id" {
  type = string
}

variable "vpc_cidr" {
  type = string
}

variable "subnet_ids" {
  description = "Where processes run."
  type        = list(string)
}

variable "is_public" {
  description = "Whether those subnets are public: processes then get public addresses, to call out from. Nobody can call in."
  type        = bool
}

variable "balancer_subnet_ids" {
  description = "Where the load balancer stands: private subnets for a VPC origin, else public ones."
  type        = list(string)
}

variable "origin" {
  description = "How CloudFront comes in: vpc (the load balancer has no public address) or public (it has, and only CloudFront's networks are let in)."
  type        = string
}

variable "cloudfront_prefix_list_id" {
  description = "The region's managed prefix list com.amazonaws.global.cloudfront.origin-facing."
  type        = string
}

variable "domain" {
  type = string
}

variable "zone_id" {
  type = string
}

# How

variable "compute" {
  description = "ecs (containers) or ec2 (an autoscaling group whose machines run the binary under systemd)."
  type        = string
}

variable "launch_type" {
  description = "Of ecs: FARGATE, or EC2 (machines of one's own, in an autoscaling group that ECS fills)."
  type        = string
}

variable "architecture" {
  description = "x86_64 or arm64; images and binaries must be built for it."
  type        = string
}

variable "instance_type" {
  description = "Of machines, where there are any; of the same architecture."
  type        = string
}

variable "cpu" {
  description = "Of a task: 1024 is one core."
  type        = number
}

variable "memory" {
  description = "Of a task, in MiB."
  type        = number
}

variable "capacity" {
  description = "Processes: at least and at most."
  type        = object({ min = number, max = number })
}

variable "cpu_target_percent" {
  type    = number
  default = 55
}

variable "requests_target_per_minute" {
  description = "Requests that reach one process in a minute before another one is started."
  type        = number
  default     = 1200
}

variable "repository_exists" {
  description = "Whether another shop of this account has made the ECR repository mercer already."
  type        = bool
  default     = false
}

variable "is_protected" {
  type    = bool
  default = true
}

# With what

variable "database_connections" {
  description = "What the database takes from all processes together; four fifths of its max_connections."
  type        = number
  default     = 64
}

variable "parameters" {
  description = "Environment variables that other modules decide, by the SSM parameter that holds each."
  type        = map(string)
}

variable "secret_parameters" {
  description = "Environment variables whose parameters are written before the first apply, and by nobody else."
  type        = list(string)
}

variable "distribution_arn" {
  type = string
}

variable "assets_bucket" {
  type = string
}

variable "media_bucket" {
  type = string
}

variable "copy_bucket" {
  type = string
}

variable "copy_prefix" {
  type = string
}

variable "releases_bucket" {
  type = string
}

variable "log_group" {
  type = object({ name = string, arn = string })
}

variable "boundary_arn" {
  description = "The most that the roles made here can be."
  type        = string
}
