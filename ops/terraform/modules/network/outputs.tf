output "vpc_id" {
  value = aws_vpc.this.id
}

output "cidr" {
  value = var.cidr
}

output "public_subnet_ids" {
  value = values(aws_subnet.public)[*].id
}

output "private_subnet_ids" {
  value = values(aws_subnet.private)[*].id
}

output "compute_subnet_ids" {
  description = "Where what calls out lives: in private subnets behind a NAT, else in public ones."
  value       = var.nat == "none" ? values(aws_subnet.public)[*].id : values(aws_subnet.private)[*].id
  # What starts there must be able to call out from its first second.
  depends_on = [
    aws_route.internet, aws_route.nat, aws_instance.nat, aws_eip_association.nat, aws_route_table_association.public,
    aws_route_table_association.private, aws_vpc_security_group_ingress_rule.nat, aws_vpc_security_group_egress_rule.nat,
    aws_vpc_endpoint.s3,
  ]
}

output "is_compute_public" {
  value = var.nat == "none"
}
