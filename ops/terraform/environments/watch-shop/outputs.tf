# The names that people and pipelines ask for: terraform output -raw distribution_id.
output "url" {
  value = module.shop.url
}

output "distribution_id" {
  value = module.shop.distribution_id
}

output "assets_bucket" {
  value = module.shop.assets_bucket
}

output "media_bucket" {
  value = module.shop.media_bucket
}

output "copy_bucket" {
  value = module.shop.copy_bucket
}

output "copy_url" {
  value = module.shop.copy_url
}

output "releases_bucket" {
  value = module.shop.releases_bucket
}

output "repository_url" {
  value = module.shop.repository_url
}

output "ci_roles" {
  value = module.shop.ci_roles
}
