output "processes_security_group_id" {
  value = aws_security_group.processes.id
}

output "balancer_arn" {
  value = aws_lb.this.arn
}

# Metrics name the two by these.
output "balancer_suffix" {
  value = aws_lb.this.arn_suffix
}

output "target_group_suffix" {
  value = aws_lb_target_group.this.arn_suffix
}

output "origin_domain" {
  # With the listener: a distribution must not point to a balancer that takes no connection.
  value      = aws_route53_record.origin.name
  depends_on = [aws_lb_listener.https]
}

output "repository_url" {
  value = local.is_ecs ? local.repository.url : null
}

output "environment" {
  description = "Names of the variables that a process is given."
  value       = sort(keys(local.environment))
}
