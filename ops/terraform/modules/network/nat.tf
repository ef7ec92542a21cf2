# One way out for both private subnets. A second one would cost as much as a task and save only outgoing calls (mail,
# purges, which wait in queues) while a zone is away; shoppers come in through the load balancer in any case.

resource "aws_eip" "nat" {
  # checkov:skip=CKV2_AWS_19:It belongs to the NAT gateway, or to the network interface of the NAT instance.
  count  = var.nat == "none" ? 0 : 1
  domain = "vpc"
  tags   = { Name = "${local.full}-nat" }
}

resource "aws_nat_gateway" "this" {
  count         = var.nat == "gateway" ? 1 : 0
  allocation_id = aws_eip.nat[0].id
  subnet_id     = values(aws_subnet.public)[0].id
  tags          = { Name = local.full }
  depends_on    = [aws_internet_gateway.this]
}

resource "aws_route" "nat" {
  count                  = var.nat == "none" ? 0 : 1
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = "0.0.0.0/0"
  nat_gateway_id         = one(aws_nat_gateway.this[*].id)
  network_interface_id   = one(aws_network_interface.nat[*].id)
}

# The instance's address and place in the routes outlive it.
resource "aws_network_interface" "nat" {
  count             = var.nat == "instance" ? 1 : 0
  subnet_id         = values(aws_subnet.public)[0].id
  security_groups   = [aws_security_group.nat[0].id]
  source_dest_check = false
  tags              = { Name = "${local.full}-nat" }
}

resource "aws_eip_association" "nat" {
  count                = var.nat == "instance" ? 1 : 0
  allocation_id        = aws_eip.nat[0].id
  network_interface_id = aws_network_interface.nat[0].id
}

resource "aws_launch_template" "nat" {
  count         = var.nat == "instance" ? 1 : 0
  name          = "${local.full}-nat"
  image_id      = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
  instance_type = "t4g.nano"
  ebs_optimized = true
  user_data     = base64encode(file("${path.module}/nat.sh"))

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      volume_size = 8
      volume_type = "gp3"
      encrypted   = true
    }
  }
}

resource "aws_instance" "nat" {
  # checkov:skip=CKV2_AWS_41:It calls nothing of AWS, so it has no role.
  # checkov:skip=CKV_AWS_79:The launch template demands IMDSv2.
  # checkov:skip=CKV_AWS_8:The launch template encrypts the disk.
  # checkov:skip=CKV_AWS_126:A look every five minutes is enough for a router.
  # checkov:skip=CKV_AWS_135:The launch template sets it.
  count = var.nat == "instance" ? 1 : 0

  launch_template {
    id      = aws_launch_template.nat[0].id
    version = aws_launch_template.nat[0].latest_version
  }
  primary_network_interface {
    network_interface_id = aws_network_interface.nat[0].id
  }
  maintenance_options {
    auto_recovery = "default"
  }
  tags = { Name = "${local.full}-nat" }
}

resource "aws_security_group" "nat" {
  count       = var.nat == "instance" ? 1 : 0
  name        = "${local.full}-nat"
  description = "Hands on what the private subnets send out"
  vpc_id      = aws_vpc.this.id
  tags        = { Name = "${local.full}-nat" }
}

# HTTPS for AWS and payment providers, and the two ports that mail is handed in on.
resource "aws_vpc_security_group_ingress_rule" "nat" {
  for_each          = var.nat == "instance" ? toset(["443", "465", "587"]) : []
  security_group_id = aws_security_group.nat[0].id
  description       = "From the private subnets"
  cidr_ipv4         = var.cidr
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}

resource "aws_vpc_security_group_egress_rule" "nat" {
  for_each          = var.nat == "instance" ? toset(["443", "465", "587"]) : []
  security_group_id = aws_security_group.nat[0].id
  description       = "To anywhere"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
}
