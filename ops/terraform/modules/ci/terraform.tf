# What a plan reads and an apply makes. Names are the fence: everything that has a name is called mercer-SHOP, and what
# has none is of this account and region only.

locals {
  account  = { for service in ["ec2", "elasticloadbalancing", "autoscaling", "application-autoscaling", "ecs", "ecr", "rds", "elasticache", "logs", "cloudwatch", "sns", "events", "acm"] : service => "arn:aws:${service}:${var.region}:${var.account_id}" }
  us_east  = { for service in ["acm", "sns", "cloudwatch"] : service => "arn:aws:${service}:us-east-1:${var.account_id}" }
  iam      = "arn:aws:iam::${var.account_id}"
  state    = "arn:aws:s3:::${var.state_bucket}"
  ci_roles = "${local.iam}:role/${local.full}-ci-*"
}

data "aws_iam_policy_document" "plan" {
  statement {
    sid       = "State"
    actions   = ["s3:GetObject"]
    resources = ["${local.state}/${var.name}/*"]
  }
  statement {
    sid       = "StateList"
    actions   = ["s3:ListBucket"]
    resources = [local.state]
  }
  # The one secret that the state holds anyway; without it each plan would show the header as a change.
  statement {
    sid       = "OriginSecret"
    actions   = ["ssm:GetParameter"]
    resources = ["${local.arn.parameters}/MERCER_ORIGIN_SECRET"]
  }
}

data "aws_iam_policy_document" "state" {
  source_policy_documents = [data.aws_iam_policy_document.plan.json]

  # The lock is a file beside the state, and goes when the run is over.
  statement {
    sid       = "StateWrite"
    actions   = ["s3:PutObject"]
    resources = ["${local.state}/${var.name}/*"]
  }
  statement {
    sid       = "Unlock"
    actions   = ["s3:DeleteObject"]
    resources = ["${local.state}/${var.name}/*.tflock"]
  }
}

# Reading knows no narrower resource in most of these services.
data "aws_iam_policy_document" "look" {
  # checkov:skip=CKV_AWS_356:Describing and listing know no narrower resource in these services; parameters and objects are not among them.
  statement {
    sid = "Look"
    actions = [
      "acm:DescribeCertificate", "acm:ListTagsForCertificate", "application-autoscaling:Describe*", "application-autoscaling:ListTagsForResource",
      "autoscaling:Describe*", "budgets:ViewBudget", "budgets:ListTagsForResource", "cloudfront:Describe*", "cloudfront:Get*", "cloudfront:List*",
      "cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource", "ec2:Describe*", "ecr:DescribeRepositories",
      "ecr:GetLifecyclePolicy", "ecr:ListTagsForResource", "ecs:Describe*", "ecs:List*", "elasticache:Describe*", "elasticache:ListTagsForResource",
      "elasticloadbalancing:Describe*", "events:DescribeRule", "events:ListTagsForResource", "events:ListTargetsByRule", "iam:GetOpenIDConnectProvider",
      "iam:ListOpenIDConnectProviders", "logs:Describe*", "logs:ListTagsForResource", "rds:Describe*", "rds:ListTagsForResource", "route53:GetChange",
      "ssm:DescribeParameters", "sts:GetCallerIdentity", "wafv2:GetWebACL", "wafv2:ListTagsForResource",
    ]
    resources = ["*"]
  }
  statement {
    sid = "LookAtOwn"
    actions = [
      "iam:GetRole", "iam:GetRolePolicy", "iam:ListRolePolicies", "iam:ListAttachedRolePolicies",
      "iam:GetInstanceProfile", "iam:ListInstanceProfilesForRole", "iam:GetPolicy", "iam:GetPolicyVersion",
      "iam:ListPolicyVersions",
    ]
    resources = ["${local.iam}:role/${local.full}-*", "${local.iam}:instance-profile/${local.full}-*", "${local.iam}:policy/${local.full}-*"]
  }
  statement {
    sid       = "LookAtZone"
    actions   = ["route53:GetHostedZone", "route53:ListResourceRecordSets"]
    resources = ["arn:aws:route53:::hostedzone/${var.zone_id}"]
  }
  statement {
    sid       = "LookAtOwnTopics"
    actions   = ["sns:GetTopicAttributes", "sns:GetSubscriptionAttributes", "sns:ListTagsForResource", "sns:ListSubscriptionsByTopic"]
    resources = ["${local.account.sns}:${local.full}-*", "${local.us_east.sns}:${local.full}-*"]
  }
}

# Networks, machines, balancer, containers.
data "aws_iam_policy_document" "make_compute" {
  # checkov:skip=CKV_AWS_109:Security groups and routes of this account and region are what it is there to change.
  # checkov:skip=CKV_AWS_111:Bound to this account and region; most of these have no name before they are made.
  statement {
    sid = "Network"
    actions = [
      "ec2:*Vpc", "ec2:*VpcAttribute", "ec2:*VpcEndpoint", "ec2:*VpcEndpoints", "ec2:*Subnet", "ec2:*SubnetAttribute", "ec2:*InternetGateway",
      "ec2:*RouteTable", "ec2:*Route", "ec2:*NatGateway", "ec2:*Address", "ec2:*SecurityGroup", "ec2:*SecurityGroupRules",
      "ec2:*SecurityGroupIngress", "ec2:*SecurityGroupEgress", "ec2:*NetworkInterface", "ec2:*NetworkInterfaceAttribute", "ec2:*LaunchTemplate",
      "ec2:*LaunchTemplateVersions", "ec2:RunInstances", "ec2:TerminateInstances", "ec2:ModifyInstanceAttribute", "ec2:ModifyInstanceMaintenanceOptions", "ec2:CreateTags", "ec2:DeleteTags",
    ]
    # Of an image or a parameter of Amazon's there is no account in the name.
    resources = ["${local.account.ec2}:*/*", "arn:aws:ec2:${var.region}::image/*", "arn:aws:ssm:${var.region}::parameter/aws/service/*"]
  }
  statement {
    sid       = "NewestImage"
    actions   = ["ssm:GetParameters"]
    resources = ["arn:aws:ssm:${var.region}::parameter/aws/service/*"]
  }
  statement {
    sid = "Balancer"
    actions = [
      "elasticloadbalancing:Create*", "elasticloadbalancing:Modify*", "elasticloadbalancing:Delete*", "elasticloadbalancing:Set*",
      "elasticloadbalancing:AddTags", "elasticloadbalancing:RemoveTags",
    ]
    resources = [for kind in ["loadbalancer/app/${local.full}", "listener/app/${local.full}", "targetgroup/mercer*"] : "${local.account.elasticloadbalancing}:${kind}/*"]
  }
  statement {
    sid = "Machines"
    actions = [
      "autoscaling:Create*", "autoscaling:Update*", "autoscaling:Delete*", "autoscaling:Put*",
      "autoscaling:StartInstanceRefresh", "autoscaling:CancelInstanceRefresh", "autoscaling:SetInstanceProtection",
    ]
    resources = ["${local.account.autoscaling}:autoScalingGroup:*:autoScalingGroupName/${local.full}"]
  }
  statement {
    sid = "Scaling"
    actions = [
      "application-autoscaling:RegisterScalableTarget", "application-autoscaling:DeregisterScalableTarget",
      "application-autoscaling:PutScalingPolicy", "application-autoscaling:DeleteScalingPolicy",
      "application-autoscaling:TagResource",
    ]
    resources = ["${local.account["application-autoscaling"]}:scalable-target/*"]
  }
  statement {
    sid = "Containers"
    actions = [
      "ecs:CreateCluster", "ecs:UpdateCluster", "ecs:DeleteCluster", "ecs:PutClusterCapacityProviders",
      "ecs:*Service", "ecs:*CapacityProvider", "ecs:TagResource", "ecs:UntagResource",
    ]
    resources = [
      "${local.account.ecs}:cluster/${local.full}", "${local.account.ecs}:service/${local.full}/*",
      "${local.account.ecs}:capacity-provider/${local.full}", "${local.account.ecs}:task-definition/${local.full}-place:*",
    ]
  }
  statement {
    # They know no resource.
    sid       = "TaskDefinitions"
    actions   = ["ecs:RegisterTaskDefinition", "ecs:DeregisterTaskDefinition"]
    resources = ["*"]
  }
  statement {
    sid       = "Images"
    actions   = ["ecr:CreateRepository", "ecr:DeleteRepository", "ecr:Put*", "ecr:*LifecyclePolicy", "ecr:TagResource", "ecr:UntagResource"]
    resources = ["${local.account.ecr}:repository/mercer"]
  }
}

# Data, edge, eyes.
data "aws_iam_policy_document" "make_rest" {
  # checkov:skip=CKV_AWS_111:Bound to this account; what CloudFront, ACM and the firewall make has no name before it is made.
  statement {
    sid     = "Database"
    actions = ["rds:Create*", "rds:Modify*", "rds:Delete*", "rds:RebootDBInstance", "rds:AddTagsToResource", "rds:RemoveTagsFromResource"]
    resources = concat(
      [for kind in ["db", "pg", "subgrp"] : "${local.account.rds}:${kind}:${local.full}*"],
      ["${local.account.rds}:snapshot:${local.full}-*", "${local.account.rds}:og:default*"],
    )
  }
  statement {
    sid = "Cache"
    actions = [
      "elasticache:Create*", "elasticache:Modify*", "elasticache:Delete*", "elasticache:AddTagsToResource",
      "elasticache:RemoveTagsFromResource",
    ]
    resources = [for kind in ["replicationgroup", "cluster", "parametergroup", "subnetgroup"] : "${local.account.elasticache}:${kind}:${local.full}*"]
  }
  statement {
    sid = "Buckets"
    actions = [
      "s3:CreateBucket", "s3:DeleteBucket", "s3:ListBucket", "s3:GetBucket*", "s3:PutBucket*",
      "s3:DeleteBucketPolicy", "s3:GetEncryptionConfiguration", "s3:PutEncryptionConfiguration",
      "s3:GetLifecycleConfiguration", "s3:PutLifecycleConfiguration", "s3:GetAccelerateConfiguration",
      "s3:GetReplicationConfiguration",
    ]
    resources = ["arn:aws:s3:::${local.full}-*-${var.account_id}"]
  }
  statement {
    sid = "Edge"
    actions = [
      "cloudfront:Create*", "cloudfront:Update*", "cloudfront:Delete*", "cloudfront:PublishFunction",
      "cloudfront:TagResource", "cloudfront:UntagResource",
    ]
    resources = ["arn:aws:cloudfront::${var.account_id}:*"]
  }
  statement {
    sid     = "Firewall"
    actions = ["wafv2:CreateWebACL", "wafv2:UpdateWebACL", "wafv2:DeleteWebACL", "wafv2:TagResource"]
    resources = [
      "arn:aws:wafv2:us-east-1:${var.account_id}:global/webacl/${local.full}/*",
      "arn:aws:wafv2:us-east-1:${var.account_id}:global/managedruleset/*/*",
    ]
  }
  statement {
    sid       = "Certificates"
    actions   = ["acm:RequestCertificate", "acm:DeleteCertificate", "acm:AddTagsToCertificate", "acm:RemoveTagsFromCertificate"]
    resources = ["${local.account.acm}:certificate/*", "${local.us_east.acm}:certificate/*"]
  }
  statement {
    sid       = "Names"
    actions   = ["route53:ChangeResourceRecordSets"]
    resources = ["arn:aws:route53:::hostedzone/${var.zone_id}"]
  }
  statement {
    sid = "Parameters"
    actions = [
      "ssm:GetParameter", "ssm:GetParameters", "ssm:PutParameter", "ssm:DeleteParameter", "ssm:AddTagsToResource",
      "ssm:RemoveTagsFromResource", "ssm:ListTagsForResource",
    ]
    resources = ["${local.arn.parameters}/*"]
  }
  statement {
    sid = "Log"
    actions = [
      "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:PutRetentionPolicy", "logs:PutMetricFilter",
      "logs:DeleteMetricFilter", "logs:TagResource", "logs:UntagResource",
    ]
    resources = ["${local.account.logs}:log-group:/mercer/${var.name}*"]
  }
  statement {
    sid = "Alarms"
    actions = [
      "cloudwatch:PutMetricAlarm", "cloudwatch:DeleteAlarms", "cloudwatch:PutDashboard",
      "cloudwatch:DeleteDashboards", "cloudwatch:TagResource", "cloudwatch:UntagResource",
    ]
    resources = [
      "${local.account.cloudwatch}:alarm:${local.full}-*", "${local.us_east.cloudwatch}:alarm:${local.full}-*",
      "arn:aws:cloudwatch::${var.account_id}:dashboard/${local.full}",
    ]
  }
  statement {
    sid = "Topics"
    actions = [
      "sns:CreateTopic", "sns:DeleteTopic", "sns:SetTopicAttributes", "sns:Subscribe", "sns:Unsubscribe",
      "sns:TagResource", "sns:UntagResource",
    ]
    resources = ["${local.account.sns}:${local.full}-*", "${local.us_east.sns}:${local.full}-*"]
  }
  statement {
    sid       = "Hourly"
    actions   = ["events:PutRule", "events:DeleteRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource", "events:UntagResource"]
    resources = ["${local.account.events}:rule/${local.full}-*"]
  }
  statement {
    sid       = "Budget"
    actions   = ["budgets:ModifyBudget", "budgets:TagResource"]
    resources = ["arn:aws:budgets::${var.account_id}:budget/${local.full}"]
  }
}

# Roles: only the shop's, only within their boundary, and never the pipelines' own or the boundary itself. A change of
# those is applied by a person.
data "aws_iam_policy_document" "make_roles" {
  statement {
    sid       = "MakeRoles"
    actions   = ["iam:CreateRole", "iam:PutRolePolicy", "iam:PutRolePermissionsBoundary"]
    resources = ["${local.iam}:role/${local.full}-*"]
    condition {
      test     = "StringEquals"
      variable = "iam:PermissionsBoundary"
      values   = [aws_iam_policy.boundary.arn]
    }
  }
  statement {
    sid = "ChangeRoles"
    actions = [
      "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:TagRole", "iam:UntagRole",
      "iam:CreateInstanceProfile", "iam:DeleteInstanceProfile", "iam:AddRoleToInstanceProfile",
      "iam:RemoveRoleFromInstanceProfile", "iam:TagInstanceProfile",
    ]
    resources = ["${local.iam}:role/${local.full}-*", "${local.iam}:instance-profile/${local.full}-*"]
  }
  statement {
    sid       = "HandRolesOn"
    actions   = ["iam:PassRole"]
    resources = [for role in ["execution", "task", "copy", "schedule", "machine"] : "${local.iam}:role/${local.full}-${role}"]
    condition {
      test     = "StringEquals"
      variable = "iam:PassedToService"
      values   = ["ecs-tasks.amazonaws.com", "ec2.amazonaws.com", "events.amazonaws.com"]
    }
  }
  # The roles by which AWS's services keep house; the first of a kind in an account is made by whoever needs it.
  statement {
    sid       = "ServicesOwn"
    actions   = ["iam:CreateServiceLinkedRole"]
    resources = ["${local.iam}:role/aws-service-role/*"]
    condition {
      test     = "StringEquals"
      variable = "iam:AWSServiceName"
      values = [
        "ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com", "autoscaling.amazonaws.com", "elasticloadbalancing.amazonaws.com",
        "rds.amazonaws.com", "elasticache.amazonaws.com", "vpcorigin.cloudfront.amazonaws.com",
      ]
    }
  }
  statement {
    sid    = "NotItself"
    effect = "Deny"
    actions = [
      "iam:CreateRole", "iam:DeleteRole", "iam:PutRolePolicy", "iam:DeleteRolePolicy", "iam:AttachRolePolicy",
      "iam:DetachRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:PutRolePermissionsBoundary",
      "iam:DeleteRolePermissionsBoundary", "iam:PassRole",
    ]
    resources = [local.ci_roles]
  }
}

resource "aws_iam_role_policy" "plan" {
  count  = local.is_used ? 1 : 0
  name   = "plan"
  role   = aws_iam_role.this["plan"].id
  policy = data.aws_iam_policy_document.plan.json
}

# A role's own policies may have 10,240 characters together, so these are attached ones.
resource "aws_iam_policy" "apply" {
  for_each = local.is_used ? {
    state   = data.aws_iam_policy_document.state.json
    look    = data.aws_iam_policy_document.look.json
    compute = data.aws_iam_policy_document.make_compute.json
    rest    = data.aws_iam_policy_document.make_rest.json
    roles   = data.aws_iam_policy_document.make_roles.json
  } : {}

  name   = "${local.full}-ci-apply-${each.key}"
  policy = each.value
}

resource "aws_iam_role_policy_attachment" "apply" {
  for_each   = aws_iam_policy.apply
  role       = aws_iam_role.this["apply"].name
  policy_arn = each.value.arn
}
