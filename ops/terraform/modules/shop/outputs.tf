output "url" {
  value = "https://${var.domain}"
}

output "distribution_id" {
  value = module.edge.distribution_id
}

output "assets_bucket" {
  value = module.edge.buckets["assets"]
}

output "media_bucket" {
  value = module.edge.buckets["media"]
}

output "copy_bucket" {
  value = module.edge.buckets["copy"]
}

output "copy_url" {
  value = "s3://${module.edge.buckets["copy"]}/${module.edge.copy_prefix}"
}

output "releases_bucket" {
  value = module.edge.buckets["releases"]
}

output "repository_url" {
  value = module.compute.repository_url
}

output "ci_roles" {
  value = module.ci.roles
}
