terraform {
  required_version = ">= 1.11"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.66"
      # CloudFront, its certificate, its firewall and its metrics live in us-east-1, wherever the shop is.
      configuration_aliases = [aws.us_east_1]
    }
  }
}
