# The shop's log, and what of it is counted. Lines are JSON; their messages are the program's own words, which the check
# of this folder looks up in its source.

locals {
  full      = "mercer-${var.name}"
  namespace = "Mercer/${var.name}"

  counted = {
    # The edge showed an old page after its last purge, or purges can't be sent: pages may be stale.
    stale = [
      "the edge still shows a page from before a purge",
      "the month's budget of invalidations is used up*",
      "purges could not be dispatched*",
      "CloudFront refused a purge",
      "an invalidation failed*",
      "the change feed could not be read*",
    ]
    # The queue: mails and other work wait or fail.
    queue  = ["a job failed", "the job queue could not be reached*"]
    errors = ["internal error"]
  }
}

resource "aws_cloudwatch_log_group" "shop" {
  # checkov:skip=CKV_AWS_158:Logs are encrypted by CloudWatch's own key, and hold no secrets; a key of one's own is a dollar a month.
  # checkov:skip=CKV_AWS_338:Thirty days: logs name addresses of shoppers, which are not kept longer than they are of use.
  name              = "/mercer/${var.name}"
  retention_in_days = var.log_days
}

resource "aws_cloudwatch_log_metric_filter" "counted" {
  for_each       = local.counted
  name           = each.key
  log_group_name = aws_cloudwatch_log_group.shop.name
  pattern        = "{ ${join(" || ", [for words in each.value : "($.message = \"${words}\")"])} }"

  metric_transformation {
    name          = each.key
    namespace     = local.namespace
    value         = "1"
    default_value = "0"
  }
}
