# One page that says how the shop is. Three dashboards are free.

locals {
  charts = concat([
    {
      title = "Requests at the edge", region = "us-east-1", stat = "Sum", metrics = [["AWS/CloudFront", "Requests", "DistributionId", var.distribution_id, "Region", "Global"]]
    },
    {
      title = "Errors at the edge, %", region = "us-east-1", stat = "Average", metrics = [
        ["AWS/CloudFront", "4xxErrorRate", "DistributionId", var.distribution_id, "Region", "Global"],
        ["AWS/CloudFront", "5xxErrorRate", "DistributionId", var.distribution_id, "Region", "Global"],
      ]
    },
    {
      title = "Requests at the shop", region = var.region, stat = "Sum", metrics = [["AWS/ApplicationELB", "RequestCount", "LoadBalancer", var.balancer_suffix]]
    },
    {
      title = "Latency of the shop, p95 in s", region = var.region, stat = "p95", metrics = [["AWS/ApplicationELB", "TargetResponseTime", "LoadBalancer", var.balancer_suffix, "TargetGroup", var.target_group_suffix]]
    },
    {
      title = "Processes ready and not", region = var.region, stat = "Minimum", metrics = [
        ["AWS/ApplicationELB", "HealthyHostCount", "LoadBalancer", var.balancer_suffix, "TargetGroup", var.target_group_suffix],
        ["AWS/ApplicationELB", "UnHealthyHostCount", "LoadBalancer", var.balancer_suffix, "TargetGroup", var.target_group_suffix],
      ]
    },
    {
      title = "Counted in the log", region = var.region, stat = "Sum", metrics = [for name in keys(local.counted) : [local.namespace, name]]
    },
    {
      title = "Database: processor in %, connections", region = var.region, stat = "Average", metrics = [
        ["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", var.database_identifier],
        ["AWS/RDS", "DatabaseConnections", "DBInstanceIdentifier", var.database_identifier],
      ]
    },
    ], var.has_cache ? [{
      title = "Cache: memory in %, connections", region = var.region, stat = "Average", metrics = [
        ["AWS/ElastiCache", "DatabaseMemoryUsagePercentage", "CacheClusterId", var.cache_node_id],
        ["AWS/ElastiCache", "CurrConnections", "CacheClusterId", var.cache_node_id],
      ]
  }] : [])
}

resource "aws_cloudwatch_dashboard" "shop" {
  dashboard_name = local.full
  dashboard_body = jsonencode({
    widgets = [for index, chart in local.charts : {
      type   = "metric"
      x      = 12 * (index % 2)
      y      = 6 * floor(index / 2)
      width  = 12
      height = 6
      properties = {
        title   = chart.title
        region  = chart.region
        stat    = chart.stat
        period  = 300
        metrics = chart.metrics
      }
    }]
  })
}
