# The static copy, brought up to date each hour by a task of its own, which alone may write it: the copy must not be
# lost together with the processes that it stands in for. (The EC2 way has a timer on its machines.)

resource "aws_iam_role" "copy" {
  count                = local.is_ecs ? 1 : 0
  name                 = "${local.full}-copy"
  assume_role_policy   = data.aws_iam_policy_document.assumed["ecs-tasks"].json
  permissions_boundary = var.boundary_arn
}

data "aws_iam_policy_document" "copier" {
  source_policy_documents = [data.aws_iam_policy_document.shop.json, data.aws_iam_policy_document.copy.json]
}

resource "aws_iam_role_policy" "copy" {
  count  = local.is_ecs ? 1 : 0
  name   = "copy"
  role   = aws_iam_role.copy[0].id
  policy = data.aws_iam_policy_document.copier.json
}

resource "aws_cloudwatch_event_rule" "copy" {
  count               = local.is_ecs ? 1 : 0
  name                = "${local.full}-copy"
  description         = "Brings the static copy of ${var.name} up to date"
  schedule_expression = "rate(1 hour)"
}

resource "aws_cloudwatch_event_target" "copy" {
  count    = local.is_ecs ? 1 : 0
  rule     = aws_cloudwatch_event_rule.copy[0].name
  arn      = aws_ecs_cluster.this[0].arn
  role_arn = aws_iam_role.schedule[0].arn

  ecs_target {
    # Without a revision: always the newest, so the copy is made by the program that serves. There is none before the first
    # deployment, and nothing to copy.
    task_definition_arn = "arn:aws:ecs:${var.region}:${var.account_id}:task-definition/${local.full}"
    task_count          = 1

    capacity_provider_strategy {
      capacity_provider = local.is_fargate ? "FARGATE" : aws_ecs_capacity_provider.machines[0].name
      weight            = 1
    }
    dynamic "network_configuration" {
      for_each = local.is_fargate ? [1] : []
      content {
        subnets          = var.subnet_ids
        security_groups  = [aws_security_group.processes.id]
        assign_public_ip = var.is_public
      }
    }
  }
  input = jsonencode({
    taskRoleArn        = aws_iam_role.copy[0].arn
    containerOverrides = [{ name = local.container.name, command = ["export", local.deploy.copy_url] }]
  })
}

resource "aws_iam_role" "schedule" {
  count                = local.is_ecs ? 1 : 0
  name                 = "${local.full}-schedule"
  assume_role_policy   = data.aws_iam_policy_document.assumed["events"].json
  permissions_boundary = var.boundary_arn
}

data "aws_iam_policy_document" "schedule" {
  statement {
    sid     = "Run"
    actions = ["ecs:RunTask"]
    resources = [
      "arn:aws:ecs:${var.region}:${var.account_id}:task-definition/${local.full}:*",
      "arn:aws:ecs:${var.region}:${var.account_id}:task-definition/${local.full}",
    ]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = ["arn:aws:ecs:${var.region}:${var.account_id}:cluster/${local.full}"]
    }
  }
  statement {
    sid     = "Become"
    actions = ["iam:PassRole"]
    resources = [for role in ["execution", "task", "copy"] :
      "arn:aws:iam::${var.account_id}:role/${local.full}-${role}"
    ]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "schedule" {
  count  = local.is_ecs ? 1 : 0
  name   = "run"
  role   = aws_iam_role.schedule[0].id
  policy = data.aws_iam_policy_document.schedule.json
}
