# The most that a role of the shop can ever be, whatever its policy says. The role `apply` may make and change roles only
# with this boundary on them, so a pipeline can't give itself, or a machine that it starts, more than this.

data "aws_iam_policy_document" "boundary" {
  # checkov:skip=CKV_AWS_356:A boundary gives nothing; what the roles may do to what, their own policies say.
  # checkov:skip=CKV_AWS_111:A boundary gives nothing; what the roles may do to what, their own policies say.
  # checkov:skip=CKV_AWS_108:A boundary gives nothing; what the roles may do to what, their own policies say.
  statement {
    sid = "AnywhereNeeded"
    actions = [
      "cloudfront:CreateInvalidation", "cloudfront:GetInvalidation",
      "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage",
      "ecs:DiscoverPollEndpoint", "ecs:RegisterContainerInstance", "ecs:DeregisterContainerInstance", "ecs:Poll",
      "ecs:StartTelemetrySession", "ecs:SubmitContainerStateChange", "ecs:SubmitTaskStateChange",
      "ecs:SubmitAttachmentStateChanges", "ecs:UpdateContainerInstancesState", "ecs:PutSystemLogEvents", "ecs:RunTask",
      "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }
  statement {
    sid       = "OwnBuckets"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:ListBucket"]
    resources = ["arn:aws:s3:::${local.full}-*"]
  }
  statement {
    sid     = "OwnParameters"
    actions = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]
    resources = [
      "arn:aws:ssm:${var.region}:${var.account_id}:parameter/mercer/${var.name}",
      "arn:aws:ssm:${var.region}:${var.account_id}:parameter/mercer/${var.name}/*",
    ]
  }
  statement {
    sid       = "OwnLog"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["arn:aws:logs:${var.region}:${var.account_id}:log-group:/mercer/${var.name}:*"]
  }
  statement {
    sid       = "OwnGroup"
    actions   = ["autoscaling:CompleteLifecycleAction"]
    resources = ["arn:aws:autoscaling:${var.region}:${var.account_id}:autoScalingGroup:*:autoScalingGroupName/${local.full}"]
  }
  statement {
    sid       = "OwnTasks"
    actions   = ["iam:PassRole"]
    resources = [for role in ["execution", "task", "copy"] : "arn:aws:iam::${var.account_id}:role/${local.full}-${role}"]
  }
}

resource "aws_iam_policy" "boundary" {
  name        = "${local.full}-boundary"
  description = "The most that a role of this shop can be"
  policy      = data.aws_iam_policy_document.boundary.json
}

output "boundary_arn" {
  value = aws_iam_policy.boundary.arn
}

output "roles" {
  description = "What pipelines name: plan, apply, deploy, static."
  value       = { for job, role in aws_iam_role.this : job => role.arn }
}
