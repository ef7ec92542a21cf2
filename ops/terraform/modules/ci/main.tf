# Whom pipelines act as. They bring a token of their host that says which repository and branch they run for, and get
# credentials for an hour; no key of AWS is stored anywhere. Four roles, each for one kind of job:
#
#   plan     reads the state, for merge requests (plan -refresh=false -lock=false): it can see nothing else and change nothing
#   apply    makes the infrastructure, after somebody approved
#   deploy   brings a new program: image or binary, migration, exchange of processes, purge
#   static   brings styles and scripts, and the static copy

locals {
  full = "mercer-${var.name}"
  jobs = toset(["plan", "apply", "deploy", "static"])

  # The word "sub" of the token: for merge requests any branch, for the rest the protected one.
  github_subjects = var.github == null ? {} : {
    plan   = ["repo:${var.github.repository}:pull_request", "repo:${var.github.repository}:ref:refs/heads/main"]
    apply  = ["repo:${var.github.repository}:environment:${coalesce(var.github.environment, var.name)}"]
    deploy = ["repo:${var.github.repository}:environment:${coalesce(var.github.environment, var.name)}"]
    static = ["repo:${var.github.repository}:environment:${coalesce(var.github.environment, var.name)}"]
  }
  gitlab_subjects = var.gitlab == null ? {} : {
    plan   = ["project_path:${var.gitlab.project}:ref_type:branch:ref:*"]
    apply  = ["project_path:${var.gitlab.project}:ref_type:branch:ref:${var.gitlab.branch}"]
    deploy = ["project_path:${var.gitlab.project}:ref_type:branch:ref:${var.gitlab.branch}"]
    static = ["project_path:${var.gitlab.project}:ref_type:branch:ref:${var.gitlab.branch}"]
  }

  hosts = merge(
    var.github == null ? {} : {
      github = { url = "token.actions.githubusercontent.com", audience = "sts.amazonaws.com", subjects = local.github_subjects, exists = var.github.provider_exists }
    },
    var.gitlab == null ? {} : {
      gitlab = { url = var.gitlab.host, audience = "https://${var.gitlab.host}", subjects = local.gitlab_subjects, exists = var.gitlab.provider_exists }
    },
  )
  is_used = length(local.hosts) > 0
}

# One per host and account; the second shop of an account finds it there.
resource "aws_iam_openid_connect_provider" "this" {
  for_each       = { for name, host in local.hosts : name => host if !host.exists }
  url            = "https://${each.value.url}"
  client_id_list = [each.value.audience]
}

data "aws_iam_policy_document" "trust" {
  for_each = local.is_used ? local.jobs : []

  dynamic "statement" {
    for_each = local.hosts
    content {
      actions = ["sts:AssumeRoleWithWebIdentity"]
      principals {
        type        = "Federated"
        identifiers = ["arn:aws:iam::${var.account_id}:oidc-provider/${statement.value.url}"]
      }
      condition {
        test     = "StringEquals"
        variable = "${statement.value.url}:aud"
        values   = [statement.value.audience]
      }
      condition {
        test     = "StringLike"
        variable = "${statement.value.url}:sub"
        values   = statement.value.subjects[each.key]
      }
    }
  }
}

resource "aws_iam_role" "this" {
  for_each             = local.is_used ? local.jobs : []
  name                 = "${local.full}-ci-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration = 3600
  depends_on           = [aws_iam_openid_connect_provider.this]
}
