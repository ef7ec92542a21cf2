# The environment of the shop's processes, a parameter per variable: pipelines, tasks and machines all read it here.

locals {
  # Each process has two pools and two connections besides, and a rolling deployment may have twice capacity.max of them.
  pool = max(2, floor((var.database_connections / (2 * var.capacity.max) - 2) / 2))

  own = {
    MERCER_TRUSTED_PROXIES = var.vpc_cidr
    MERCER_DATABASE_POOL   = tostring(local.pool)
    # ECS takes a task out before it is told to stop; a machine that goes down by itself is noticed within 10 s.
    MERCER_DRAIN_DELAY_S = local.is_ecs ? "5" : "11"
    # Pipelines run the migration as a task of its own; the first new machine does it before it serves.
    MERCER_MIGRATE    = local.is_ecs ? "off" : "on"
    MERCER_LISTEN     = "0.0.0.0:${local.port}"
    MERCER_LOG_FORMAT = "json"
    # Not every process can ask its machine.
    AWS_REGION = var.region
  }

  deploy = merge({
    subnets         = join(",", var.subnet_ids)
    security_groups = aws_security_group.processes.id
    assets_bucket   = var.assets_bucket
    media_bucket    = var.media_bucket
    copy_bucket     = var.copy_bucket
    copy_url        = "s3://${var.copy_bucket}/${var.copy_prefix}"
    releases_bucket = var.releases_bucket
    binary          = local.binary
    }, {
    for definition in aws_ecs_task_definition.this : "place" => definition.arn
  })
}

resource "aws_ssm_parameter" "own" {
  # checkov:skip=CKV2_AWS_34:No secrets: pipelines read these, and are not allowed to decrypt.
  # checkov:skip=CKV_AWS_337:No secrets: pipelines read these, and are not allowed to decrypt.
  for_each = local.own
  name     = "${local.path}/${each.key}"
  type     = "String"
  value    = each.value
}

resource "aws_ssm_parameter" "deploy" {
  # checkov:skip=CKV2_AWS_34:No secrets: pipelines read these, and are not allowed to decrypt.
  # checkov:skip=CKV_AWS_337:No secrets: pipelines read these, and are not allowed to decrypt.
  for_each = local.deploy
  name     = "${local.path}/deploy/${each.key}"
  type     = "String"
  value    = each.value
}

locals {
  environment = merge(
    { for name, parameter in aws_ssm_parameter.own : name => parameter.arn },
    { for name in var.secret_parameters : name => "${local.arn.parameters}/${name}" },
    var.parameters,
  )
}
