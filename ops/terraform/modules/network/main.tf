# The VPC of one shop: two public and two private subnets, one of each in each of two zones.

locals {
  full  = "mercer-${var.name}"
  zones = { for index, letter in var.zones : "${var.region}${letter}" => index }
}

resource "aws_vpc" "this" {
  # checkov:skip=CKV2_AWS_11:Flow logs cost more than the database at this size; turn them on by hand while something is being looked for.
  cidr_block           = var.cidr
  enable_dns_hostnames = true
  tags                 = { Name = local.full }
}

# Nothing is meant to be in the default group, so it lets nothing through.
resource "aws_default_security_group" "none" {
  vpc_id = aws_vpc.this.id
}

# A VPC origin needs the gateway as well, though nothing comes in through it.
resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = local.full }
}

resource "aws_subnet" "public" {
  for_each          = local.zones
  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.cidr, 4, each.value)
  tags              = { Name = "${local.full}-public-${each.key}" }
}

resource "aws_subnet" "private" {
  for_each          = local.zones
  vpc_id            = aws_vpc.this.id
  availability_zone = each.key
  cidr_block        = cidrsubnet(var.cidr, 4, 8 + each.value)
  tags              = { Name = "${local.full}-private-${each.key}" }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${local.full}-public" }
}

resource "aws_route" "internet" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route_table_association" "public" {
  for_each       = aws_subnet.public
  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = "${local.full}-private" }
}

resource "aws_route_table_association" "private" {
  for_each       = aws_subnet.private
  subnet_id      = each.value.id
  route_table_id = aws_route_table.private.id
}

# Free, and keeps pictures, binaries and image layers off the NAT.
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.public.id, aws_route_table.private.id]
  tags              = { Name = "${local.full}-s3" }
}
