# Who is told what. CloudFront's numbers are in us-east-1, and an alarm can only tell a topic of its own region.

resource "aws_sns_topic" "alarms" {
  # checkov:skip=CKV_AWS_26:CloudWatch can't write to a topic under AWS's own key; alarms name things and hold no secrets.
  name = "${local.full}-alarms"
}

resource "aws_sns_topic_subscription" "alarms" {
  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

resource "aws_sns_topic" "edge" {
  # checkov:skip=CKV_AWS_26:CloudWatch can't write to a topic under AWS's own key; alarms name things and hold no secrets.
  provider = aws.us_east_1
  name     = "${local.full}-edge-alarms"
}

resource "aws_sns_topic_subscription" "edge" {
  provider  = aws.us_east_1
  topic_arn = aws_sns_topic.edge.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

locals {
  balancer = { LoadBalancer = var.balancer_suffix }
  target   = { LoadBalancer = var.balancer_suffix, TargetGroup = var.target_group_suffix }
  database = { DBInstanceIdentifier = var.database_identifier }

  # A number over `above` (or under `below`) in `of` periods of `period` seconds.
  alarms = merge({
    "5xx" = {
      says = "The shop answered with errors: internal ones or overload. Look at /mercer/${var.name} for \"internal error\"."
      in   = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", of = local.target, stat = "Sum", period = 60, times = 3, above = 5, below = null
    }
    unanswered = {
      says = "The load balancer found nobody to answer: processes are down or not ready."
      in   = "AWS/ApplicationELB", metric = "HTTPCode_ELB_5XX_Count", of = local.balancer, stat = "Sum", period = 60, times = 2, above = 5, below = null
    }
    unready = {
      says = "A process is not ready for five minutes: its database is away, its clock is off, or it does not start."
      in   = "AWS/ApplicationELB", metric = "UnHealthyHostCount", of = local.target, stat = "Maximum", period = 60, times = 5, above = 0, below = null
    }
    latency = {
      says = "One answer in twenty takes longer than a second at the shop (what the edge answers is not counted)."
      in   = "AWS/ApplicationELB", metric = "TargetResponseTime", of = local.target, stat = "p95", period = 300, times = 2, above = 1, below = null
    }
    stale = {
      says = "Pages at the edge may be stale: a purge failed, is refused, or missed a page. Run `mercer edge status`."
      in   = local.namespace, metric = "stale", of = {}, stat = "Sum", period = 300, times = 2, above = 0, below = null
    }
    queue = {
      says = "Jobs fail or the queue can't be reached: mails may be late. Run `mercer job list`."
      in   = local.namespace, metric = "queue", of = {}, stat = "Sum", period = 300, times = 2, above = 5, below = null
    }
    errors = {
      says = "The shop met errors that it has no answer for. Look at /mercer/${var.name} for \"internal error\"."
      in   = local.namespace, metric = "errors", of = {}, stat = "Sum", period = 300, times = 1, above = 5, below = null
    }
    "database-cpu" = {
      says = "The database has used up its processor credits and is slowed down to a tenth: take a larger class."
      in   = "AWS/RDS", metric = "CPUCreditBalance", of = local.database, stat = "Minimum", period = 300, times = 3, above = null, below = 20
    }
    "database-storage" = {
      says = "The database is nearly full; it grows by itself up to five times its first size."
      in   = "AWS/RDS", metric = "FreeStorageSpace", of = local.database, stat = "Minimum", period = 300, times = 3, above = null, below = var.database_storage_bytes / 10
    }
    }, var.has_cache ? {
    "cache-memory" = {
      says = "The cache is nearly full; when it is, nobody can log in. Take a larger class."
      in   = "AWS/ElastiCache", metric = "DatabaseMemoryUsagePercentage", of = { CacheClusterId = var.cache_node_id }, stat = "Maximum", period = 300, times = 3, above = 80, below = null
    }
  } : {})
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each            = local.alarms
  alarm_name          = "${local.full}-${each.key}"
  alarm_description   = each.value.says
  namespace           = each.value.in
  metric_name         = each.value.metric
  dimensions          = each.value.of
  statistic           = startswith(each.value.stat, "p") ? null : each.value.stat
  extended_statistic  = startswith(each.value.stat, "p") ? each.value.stat : null
  period              = each.value.period
  evaluation_periods  = each.value.times
  datapoints_to_alarm = each.value.times
  comparison_operator = each.value.above != null ? "GreaterThanThreshold" : "LessThanThreshold"
  threshold           = coalesce(each.value.above, each.value.below)
  # No requests, no errors: silence is well.
  treat_missing_data = "notBreaching"
  alarm_actions      = [aws_sns_topic.alarms.arn]
  ok_actions         = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "edge" {
  provider            = aws.us_east_1
  alarm_name          = "${local.full}-edge-5xx"
  alarm_description   = "Shoppers get errors from the edge: the shop can't be reached, and the static copy does not stand in."
  namespace           = "AWS/CloudFront"
  metric_name         = "5xxErrorRate"
  dimensions          = { DistributionId = var.distribution_id, Region = "Global" }
  statistic           = "Average"
  period              = 300
  evaluation_periods  = 2
  comparison_operator = "GreaterThanThreshold"
  threshold           = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.edge.arn]
  ok_actions          = [aws_sns_topic.edge.arn]
}

resource "aws_budgets_budget" "month" {
  name         = local.full
  budget_type  = "COST"
  limit_amount = tostring(var.budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "TagKeyValue"
    values = [format("user:Shop$%s", var.name)]
  }
  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }
    content {
      notification_type          = notification.key
      threshold                  = notification.value
      threshold_type             = "PERCENTAGE"
      comparison_operator        = "GREATER_THAN"
      subscriber_email_addresses = [var.alarm_email]
    }
  }
}
