# The load balancer. Only CloudFront's own networks may connect, in both ways of coming in; the header X-Origin-Secret,
# which the shop checks, keeps other people's distributions out, who come from the same networks.

locals {
  is_internal = var.origin == "vpc"
  # CloudFront compares the certificate with this name, so the balancer's own one would not do.
  origin_domain = "origin.${var.domain}"
}

resource "aws_security_group" "balancer" {
  name        = "${local.full}-balancer"
  description = "The load balancer of the shop"
  vpc_id      = var.vpc_id
  tags        = { Name = "${local.full}-balancer" }
}

resource "aws_vpc_security_group_ingress_rule" "cloudfront" {
  security_group_id = aws_security_group.balancer.id
  description       = "From CloudFront"
  prefix_list_id    = var.cloudfront_prefix_list_id
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_egress_rule" "balancer" {
  security_group_id            = aws_security_group.balancer.id
  description                  = "To the processes"
  referenced_security_group_id = aws_security_group.processes.id
  ip_protocol                  = "tcp"
  from_port                    = local.ports.from
  to_port                      = local.ports.to
}

resource "aws_lb" "this" {
  # checkov:skip=CKV_AWS_91:Its log would hold the paths of orders, whose links are secrets; the shop logs requests without them.
  # checkov:skip=CKV2_AWS_28:The firewall, where there is one, stands at CloudFront, the only way in.
  # checkov:skip=CKV_AWS_150:Decided by the variable is_protected.
  name                       = local.full
  internal                   = local.is_internal
  load_balancer_type         = "application"
  subnets                    = var.balancer_subnet_ids
  security_groups            = [aws_security_group.balancer.id]
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "defensive"
  # Shorter than the 75 s for which the shop keeps a resting connection, so it is never the shop that hangs up.
  idle_timeout               = 60
  enable_deletion_protection = var.is_protected
}

resource "aws_lb_target_group" "this" {
  # checkov:skip=CKV_AWS_378:The shop speaks plain HTTP inside the VPC, from the balancer to a security group that lets in nobody else.
  name_prefix = "mercer"
  port        = local.port
  protocol    = "HTTP"
  vpc_id      = var.vpc_id
  target_type = local.is_fargate ? "ip" : "instance"
  # The shop finishes what is under way within 25 s.
  deregistration_delay = 30

  health_check {
    path                = "/readyz"
    matcher             = "200"
    interval            = 5
    timeout             = 3
    healthy_threshold   = 2
    unhealthy_threshold = 2
  }
  # Which process answers makes no difference to a shopper.
  stickiness {
    type    = "lb_cookie"
    enabled = false
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_acm_certificate" "origin" {
  domain_name = local.origin_domain
  # Personal paths hand on the host that the shopper asked for, and CloudFront takes a certificate for either name.
  subject_alternative_names = [var.domain]
  validation_method         = "DNS"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_route53_record" "validation" {
  for_each        = toset([local.origin_domain])
  zone_id         = var.zone_id
  name            = local.validation[each.key].resource_record_name
  type            = local.validation[each.key].resource_record_type
  records         = [local.validation[each.key].resource_record_value]
  ttl             = 300
  allow_overwrite = true
}

locals {
  # The shop's own name is validated by the record of its certificate for CloudFront, which is the same one.
  validation = { for option in aws_acm_certificate.origin.domain_validation_options : option.domain_name => option }
}

resource "aws_acm_certificate_validation" "origin" {
  certificate_arn = aws_acm_certificate.origin.arn
  depends_on      = [aws_route53_record.validation]
}

resource "aws_lb_listener" "https" {
  load_balancer_arn = aws_lb.this.arn
  port              = 443
  protocol          = "HTTPS"
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = aws_acm_certificate_validation.origin.certificate_arn

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.this.arn
  }
}

resource "aws_route53_record" "origin" {
  # checkov:skip=CKV2_AWS_23:It is an alias of the load balancer in this file.
  zone_id = var.zone_id
  name    = local.origin_domain
  type    = "A"

  alias {
    name                   = aws_lb.this.dns_name
    zone_id                = aws_lb.this.zone_id
    evaluate_target_health = false
  }
}
