# What a pipeline needs to bring a new program, and not a secret more: it learns where the shop's parameters are, and is
# kept from decrypting them.

locals {
  arn = {
    parameters = "arn:aws:ssm:${var.region}:${var.account_id}:parameter/mercer/${var.name}"
    ecs        = "arn:aws:ecs:${var.region}:${var.account_id}"
    group      = "arn:aws:autoscaling:${var.region}:${var.account_id}:autoScalingGroup:*:autoScalingGroupName/${local.full}"
    bucket     = { for kind in ["assets", "copy", "releases"] : kind => "arn:aws:s3:::${local.full}-${kind}-${var.account_id}" }
  }
}

# What both deploying jobs do: look at the shop, run a task of it, purge.
data "aws_iam_policy_document" "rollout" {
  # checkov:skip=CKV_AWS_356:Looking at task definitions and groups knows no narrower resource.
  statement {
    sid       = "Parameters"
    actions   = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]
    resources = [local.arn.parameters, "${local.arn.parameters}/*"]
  }
  # AWS's own key for parameters is everybody's in the account unless somebody says no.
  statement {
    sid       = "NoSecrets"
    effect    = "Deny"
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    condition {
      test     = "StringLike"
      variable = "kms:EncryptionContext:PARAMETER_ARN"
      values   = ["${local.arn.parameters}/*"]
    }
  }
  statement {
    sid = "Look"
    actions = [
      "ecs:DescribeTaskDefinition", "ecs:ListTaskDefinitions", "autoscaling:DescribeAutoScalingGroups",
      "autoscaling:DescribeInstanceRefreshes",
    ]
    resources = ["*"]
  }
  statement {
    sid       = "LookAtService"
    actions   = ["ecs:DescribeServices", "ecs:DescribeTasks", "ecs:ListTasks"]
    resources = ["${local.arn.ecs}:service/${local.full}/${local.full}", "${local.arn.ecs}:task/${local.full}/*"]
  }
  statement {
    sid       = "RunTask"
    actions   = ["ecs:RunTask"]
    resources = ["${local.arn.ecs}:task-definition/${local.full}:*"]
    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = ["${local.arn.ecs}:cluster/${local.full}"]
    }
  }
  statement {
    sid       = "TasksOnly"
    actions   = ["iam:PassRole"]
    resources = [for role in ["execution", "task", "copy"] : "arn:aws:iam::${var.account_id}:role/${local.full}-${role}"]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com"]
    }
  }
  statement {
    sid       = "WordsOfTasks"
    actions   = ["logs:GetLogEvents"]
    resources = ["arn:aws:logs:${var.region}:${var.account_id}:log-group:/mercer/${var.name}:*"]
  }
  statement {
    sid       = "Purge"
    actions   = ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"]
    resources = [var.distribution_arn]
  }
}

data "aws_iam_policy_document" "deploy" {
  source_policy_documents = [data.aws_iam_policy_document.rollout.json]

  # checkov:skip=CKV_AWS_356:A login to ECR is for all repositories of the account; a new task definition has no name yet.
  # checkov:skip=CKV_AWS_111:A new task definition has no name yet; the roles that it can name are the shop's.
  statement {
    sid       = "New"
    actions   = ["ecr:GetAuthorizationToken", "ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition"]
    resources = ["*"]
  }
  statement {
    sid       = "Exchange"
    actions   = ["ecs:UpdateService", "ecs:TagResource"]
    resources = ["${local.arn.ecs}:service/${local.full}/${local.full}", "${local.arn.ecs}:task-definition/${local.full}:*"]
  }
  statement {
    sid = "Image"
    actions = [
      "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImages",
      "ecr:DescribeImageScanFindings", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage",
      "ecr:UploadLayerPart",
    ]
    resources = ["arn:aws:ecr:${var.region}:${var.account_id}:repository/mercer"]
  }
  statement {
    sid       = "Machines"
    actions   = ["autoscaling:StartInstanceRefresh", "autoscaling:CancelInstanceRefresh"]
    resources = [local.arn.group]
  }
  statement {
    sid       = "Version"
    actions   = ["ssm:PutParameter"]
    resources = ["${local.arn.parameters}/deploy/version", "${local.arn.parameters}/deploy/previous_version"]
  }
  statement {
    sid       = "Binary"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${local.arn.bucket.releases}/mercer/*"]
  }
  # Without it S3 says "forbidden" of what is not there, which is no answer to whether a version was published.
  statement {
    sid       = "BinaryList"
    actions   = ["s3:ListBucket"]
    resources = [local.arn.bucket.releases]
  }
}

data "aws_iam_policy_document" "static" {
  source_policy_documents = [data.aws_iam_policy_document.rollout.json]

  statement {
    sid       = "Files"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${local.arn.bucket.assets}/assets/*"]
  }
  statement {
    sid       = "Copy"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${local.arn.bucket.copy}/*"]
  }
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [local.arn.bucket.assets, local.arn.bucket.copy]
  }
}

resource "aws_iam_role_policy" "deploying" {
  for_each = local.is_used ? {
    deploy = data.aws_iam_policy_document.deploy.json
    static = data.aws_iam_policy_document.static.json
  } : {}

  name   = each.key
  role   = aws_iam_role.this[each.key].id
  policy = each.value
}
