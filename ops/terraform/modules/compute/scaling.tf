# How many processes: as the CPU and the requests that get through the edge demand, within var.capacity.

locals {
  per_target = "${aws_lb.this.arn_suffix}/${aws_lb_target_group.this.arn_suffix}"
}

resource "aws_appautoscaling_target" "service" {
  count              = local.is_ecs ? 1 : 0
  service_namespace  = "ecs"
  resource_id        = "service/${aws_ecs_cluster.this[0].name}/${aws_ecs_service.this[0].name}"
  scalable_dimension = "ecs:service:DesiredCount"
  min_capacity       = var.capacity.min
  max_capacity       = var.capacity.max
}

resource "aws_appautoscaling_policy" "service" {
  for_each = local.is_ecs ? {
    cpu      = { metric = "ECSServiceAverageCPUUtilization", label = null, target = var.cpu_target_percent }
    requests = { metric = "ALBRequestCountPerTarget", label = local.per_target, target = var.requests_target_per_minute }
  } : {}

  name               = each.key
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.service[0].service_namespace
  resource_id        = aws_appautoscaling_target.service[0].resource_id
  scalable_dimension = aws_appautoscaling_target.service[0].scalable_dimension

  target_tracking_scaling_policy_configuration {
    target_value       = each.value.target
    scale_out_cooldown = 60
    scale_in_cooldown  = 300

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
      resource_label         = each.value.label
    }
  }
}

resource "aws_autoscaling_policy" "machines" {
  for_each = local.is_ec2 ? {
    cpu      = { metric = "ASGAverageCPUUtilization", label = null, target = var.cpu_target_percent }
    requests = { metric = "ALBRequestCountPerTarget", label = local.per_target, target = var.requests_target_per_minute }
  } : {}

  name                   = each.key
  autoscaling_group_name = aws_autoscaling_group.this[0].name
  policy_type            = "TargetTrackingScaling"

  target_tracking_configuration {
    target_value = each.value.target

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
      resource_label         = each.value.label
    }
  }
}
