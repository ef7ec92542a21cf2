# The processes of the shop: what both ways have in common.

locals {
  full   = "mercer-${var.name}"
  path   = "/mercer/${var.name}"
  is_ecs = var.compute == "ecs"
  is_ec2 = var.compute == "ec2"
  # Machines are there for both ways but Fargate.
  has_machines = local.is_ec2 || var.launch_type == "EC2"
  is_fargate   = local.is_ecs && var.launch_type == "FARGATE"
  port         = 8080
  # Where several tasks share a machine each gets any free port of it.
  is_bridged = local.is_ecs && !local.is_fargate
  ports      = local.is_bridged ? { from = 32768, to = 65535 } : { from = local.port, to = local.port }

  arn = {
    parameters = "arn:aws:ssm:${var.region}:${var.account_id}:parameter${local.path}"
    media      = "arn:aws:s3:::${var.media_bucket}"
    copy       = "arn:aws:s3:::${var.copy_bucket}"
    releases   = "arn:aws:s3:::${var.releases_bucket}"
  }
}

resource "aws_security_group" "processes" {
  name        = "${local.full}-processes"
  description = "The processes of the shop"
  vpc_id      = var.vpc_id
  tags        = { Name = "${local.full}-processes" }
}

resource "aws_vpc_security_group_ingress_rule" "processes" {
  security_group_id            = aws_security_group.processes.id
  description                  = "From the load balancer"
  referenced_security_group_id = aws_security_group.balancer.id
  ip_protocol                  = "tcp"
  from_port                    = local.ports.from
  to_port                      = local.ports.to
}

# AWS and payment providers by HTTPS; the two ports that mail is handed in on.
resource "aws_vpc_security_group_egress_rule" "internet" {
  for_each          = toset(["443", "465", "587"])
  security_group_id = aws_security_group.processes.id
  description       = "Out to services"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_vpc_security_group_egress_rule" "stores" {
  for_each          = { database = 5432, cache = 6379 }
  security_group_id = aws_security_group.processes.id
  description       = "To the ${each.key}"
  cidr_ipv4         = var.vpc_cidr
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}
