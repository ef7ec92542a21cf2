# Who the processes are, and the little they may do. A leak of a process's rights opens its pictures, its static copy
# where it writes that, purges of its own distribution, and files that were laid ready to be imported.

data "aws_iam_policy_document" "shop" {
  statement {
    sid       = "Purge"
    actions   = ["cloudfront:CreateInvalidation", "cloudfront:GetInvalidation"]
    resources = [var.distribution_arn]
  }
  statement {
    sid       = "Pictures"
    actions   = ["s3:GetObject", "s3:PutObject"]
    resources = ["${local.arn.media}/*"]
  }
  statement {
    sid       = "PicturesList"
    actions   = ["s3:ListBucket"]
    resources = [local.arn.media]
  }
  statement {
    sid       = "Import"
    actions   = ["s3:GetObject"]
    resources = ["${local.arn.releases}/import/*"]
  }
  # Else a mistyped name would be forbidden and not missing.
  statement {
    sid       = "ImportList"
    actions   = ["s3:ListBucket"]
    resources = [local.arn.releases]
    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["import/*"]
    }
  }
}

data "aws_iam_policy_document" "copy" {
  statement {
    sid       = "Copy"
    actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
    resources = ["${local.arn.copy}/${var.copy_prefix}/*"]
  }
  statement {
    sid       = "CopyList"
    actions   = ["s3:ListBucket"]
    resources = [local.arn.copy]
  }
}

# What must be read before the shop can start: its environment, and (from an image) the image.
data "aws_iam_policy_document" "environment" {
  statement {
    sid       = "Environment"
    actions   = ["ssm:GetParameters", "ssm:GetParametersByPath", "ssm:GetParameter"]
    resources = [local.arn.parameters, "${local.arn.parameters}/*"]
  }
}

data "aws_iam_policy_document" "logs" {
  statement {
    sid       = "Logs"
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    resources = ["${var.log_group.arn}:*"]
  }
}

data "aws_iam_policy_document" "assumed" {
  for_each = toset(["ecs-tasks", "ec2", "events"])

  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["${each.key}.amazonaws.com"]
    }
    # No other account's service may act through ours. EC2 sends no such word.
    dynamic "condition" {
      for_each = each.key == "ec2" ? [] : [1]
      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [var.account_id]
      }
    }
  }
}
