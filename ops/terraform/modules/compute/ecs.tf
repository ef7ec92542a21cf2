# Containers: on Fargate, or on machines of one's own (machines.tf).

resource "aws_ecs_cluster" "this" {
  # checkov:skip=CKV_AWS_65:Container Insights costs more than the tasks that it looks at; the service's own metrics are free.
  count = local.is_ecs ? 1 : 0
  name  = local.full

  setting {
    name  = "containerInsights"
    value = "disabled"
  }
}

locals {
  container = {
    name         = "mercer"
    image        = "${local.repository.url}:first"
    essential    = true
    command      = ["serve"]
    portMappings = [{ name = "http", containerPort = local.port, hostPort = local.is_bridged ? 0 : local.port, protocol = "tcp" }]
    environment  = [{ name = "MERCER_DATA_DIR", value = "/data" }]
    secrets      = [for name in sort(keys(local.environment)) : { name = name, valueFrom = local.environment[name] }]

    readonlyRootFilesystem = true
    privileged             = false
    linuxParameters        = { initProcessEnabled = true, capabilities = { drop = ["ALL"] } }
    mountPoints            = [{ sourceVolume = "data", containerPath = "/data", readOnly = false }]
    ulimits                = [{ name = "nofile", softLimit = 65536, hardLimit = 65536 }]
    healthCheck            = { command = ["CMD", "/mercer", "healthcheck"], interval = 10, timeout = 5, retries = 3, startPeriod = 60 }
    # The drain delay, and 25 s for what is under way.
    stopTimeout = 45

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = var.log_group.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "mercer"
        # A log that is slow to take lines must not make the shop slow.
        mode            = "non-blocking"
        max-buffer-size = "4m"
      }
    }
  }
}

# Where tasks run, as whom, and with how much: each deployment makes its own definition of this one, in a family of its own.
# In one family with those, a change here would be its newest revision, which has no program to run.
resource "aws_ecs_task_definition" "this" {
  # checkov:skip=CKV_AWS_97:The one volume is the task's own folder, gone with it.
  count                    = local.is_ecs ? 1 : 0
  family                   = "${local.full}-place"
  requires_compatibilities = [var.launch_type]
  network_mode             = local.is_fargate ? "awsvpc" : "bridge"
  cpu                      = var.cpu
  memory                   = var.memory
  execution_role_arn       = aws_iam_role.execution[0].arn
  task_role_arn            = aws_iam_role.task[0].arn
  container_definitions    = jsonencode([local.container])

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = upper(var.architecture)
  }
  volume {
    name = "data"
  }
}

resource "aws_ecs_service" "this" {
  # checkov:skip=CKV_AWS_333:Without a NAT tasks need an address of their own to call out; nobody can call in, by their security group.
  count           = local.is_ecs ? 1 : 0
  name            = local.full
  cluster         = aws_ecs_cluster.this[0].id
  task_definition = aws_ecs_task_definition.this[0].arn
  desired_count   = var.capacity.min

  # Newcomers first: never is one process less there than should be.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  availability_zone_rebalancing      = "ENABLED"
  health_check_grace_period_seconds  = 60
  propagate_tags                     = "SERVICE"
  enable_execute_command             = false

  # A deployment whose tasks don't become ready goes back to the one before it.
  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }
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
  load_balancer {
    target_group_arn = aws_lb_target_group.this.arn
    container_name   = local.container.name
    container_port   = local.port
  }
  # Autoscaling says how many, and the pipeline says which revision.
  lifecycle {
    ignore_changes = [desired_count, task_definition]
  }
  depends_on = [
    aws_lb_listener.https, aws_ecs_cluster_capacity_providers.this, aws_iam_role_policy.execution, aws_iam_role_policy.task,
  ]
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  count              = local.is_ecs ? 1 : 0
  cluster_name       = aws_ecs_cluster.this[0].name
  capacity_providers = local.is_fargate ? ["FARGATE"] : [aws_ecs_capacity_provider.machines[0].name]
}

resource "aws_ecs_capacity_provider" "machines" {
  count = local.is_bridged ? 1 : 0
  name  = local.full

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.this[0].arn
    managed_termination_protection = "DISABLED"
    managed_draining               = "ENABLED"

    managed_scaling {
      status          = "ENABLED"
      target_capacity = 100
    }
  }
}

# Roles: `execution` is ECS's own, to start a task; `task` is the shop.

resource "aws_iam_role" "execution" {
  count                = local.is_ecs ? 1 : 0
  name                 = "${local.full}-execution"
  assume_role_policy   = data.aws_iam_policy_document.assumed["ecs-tasks"].json
  permissions_boundary = var.boundary_arn
}

data "aws_iam_policy_document" "execution" {
  source_policy_documents = [data.aws_iam_policy_document.environment.json, data.aws_iam_policy_document.logs.json]

  # checkov:skip=CKV_AWS_356:A login to ECR is for all repositories of the account; AWS knows no narrower one.
  statement {
    sid       = "Login"
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    sid       = "Image"
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"]
    resources = [local.repository.arn]
  }
}

resource "aws_iam_role_policy" "execution" {
  count  = local.is_ecs ? 1 : 0
  name   = "start"
  role   = aws_iam_role.execution[0].id
  policy = data.aws_iam_policy_document.execution.json
}

resource "aws_iam_role" "task" {
  count                = local.is_ecs ? 1 : 0
  name                 = "${local.full}-task"
  assume_role_policy   = data.aws_iam_policy_document.assumed["ecs-tasks"].json
  permissions_boundary = var.boundary_arn
}

resource "aws_iam_role_policy" "task" {
  count  = local.is_ecs ? 1 : 0
  name   = "shop"
  role   = aws_iam_role.task[0].id
  policy = data.aws_iam_policy_document.shop.json
}
