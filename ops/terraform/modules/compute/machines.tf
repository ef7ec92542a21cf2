# Machines: of the EC2 way, where each runs the binary under systemd, and of ECS with launch type EC2, where they wait
# for tasks.

locals {
  image = {
    ec2 = { x86_64 = "ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64", arm64 = "ami-amazon-linux-latest/al2023-ami-kernel-default-arm64" }
    ecs = { x86_64 = "ecs/optimized-ami/amazon-linux-2023/recommended/image_id", arm64 = "ecs/optimized-ami/amazon-linux-2023/arm64/recommended/image_id" }
  }[var.compute][var.architecture]

  # A machine of the EC2 way joins its group once its program serves (boot/mercer-arrived). Until then nobody is sent to it,
  # and for so long it is neither asked nor replaced: it may wait for the first release, or migrate a large table. Shorter
  # than deploy scripts wait (20 min), since to cancel an exchange takes as long.
  joining = { name = "serving", transition = "autoscaling:EC2_INSTANCE_LAUNCHING", timeout_s = 1080, otherwise = "ABANDON" }

  # As releases name it.
  binary = "mercer-linux-${ { x86_64 = "x86_64", arm64 = "aarch64" }[var.architecture]}"

  boot = {
    ec2 = templatefile("${path.module}/boot/ec2.sh.tftpl", {
      name      = var.name
      region    = var.region
      bucket    = var.releases_bucket
      binary    = local.binary
      log_group = var.log_group.name
      copy_url  = local.deploy.copy_url
      fetch     = file("${path.module}/boot/mercer-fetch")
      arrived   = file("${path.module}/boot/mercer-arrived")
      unit      = file("${path.module}/boot/mercer.service")
    })
    ecs = templatefile("${path.module}/boot/ecs.sh.tftpl", { cluster = local.full })
  }[var.compute]
}

resource "aws_launch_template" "this" {
  count = local.has_machines ? 1 : 0
  name  = local.full
  # The newest image there is when a machine starts.
  image_id      = "resolve:ssm:/aws/service/${local.image}"
  instance_type = var.instance_type
  ebs_optimized = true
  user_data     = base64encode(local.boot)

  iam_instance_profile {
    arn = aws_iam_instance_profile.machine[0].arn
  }
  # One hop: containers on the machine can't reach the machine's own role.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
  network_interfaces {
    # checkov:skip=CKV_AWS_88:Without a NAT a machine needs an address of its own to call out; nobody can call in, by its security group.
    associate_public_ip_address = var.is_public
    security_groups             = [aws_security_group.processes.id]
  }
  block_device_mappings {
    device_name = "/dev/xvda"
    ebs {
      # The image for ECS is made for 30 GB, the other for 8.
      volume_size = local.is_ecs ? 30 : 8
      volume_type = "gp3"
      encrypted   = true
    }
  }
  # What a group starts does not get the provider's default tags; the budget counts by this one.
  dynamic "tag_specifications" {
    for_each = ["instance", "volume", "network-interface"]
    content {
      resource_type = tag_specifications.value
      tags          = { Name = local.full, Shop = var.name }
    }
  }
  lifecycle {
    precondition {
      condition     = length(local.boot) < 16000
      error_message = "User data holds 16 kB; the boot script has grown beyond it."
    }
  }
}

resource "aws_autoscaling_group" "this" {
  # checkov:skip=CKV_AWS_153:Tags come from the launch template and from the two below.
  count               = local.has_machines ? 1 : 0
  name                = local.full
  min_size            = var.capacity.min
  max_size            = var.capacity.max
  vpc_zone_identifier = var.subnet_ids
  target_group_arns   = local.is_ec2 ? [aws_lb_target_group.this.arn] : []
  # Of ECS's machines only the tasks are asked whether they are well.
  health_check_type         = local.is_ec2 ? "ELB" : "EC2"
  health_check_grace_period = 60
  # Longer than the grace, within which a machine counts as well whatever it answers: none may be exchanged on that word.
  default_instance_warmup = 90
  # An apply must not wait for a shop that has no binary yet.
  wait_for_capacity_timeout = "0"

  launch_template {
    id      = aws_launch_template.this[0].id
    version = aws_launch_template.this[0].latest_version
  }
  # Of this group only: the resource below would come after its first machines.
  dynamic "initial_lifecycle_hook" {
    for_each = local.is_ec2 ? [local.joining] : []
    content {
      name                 = initial_lifecycle_hook.value.name
      lifecycle_transition = initial_lifecycle_hook.value.transition
      heartbeat_timeout    = initial_lifecycle_hook.value.timeout_s
      default_result       = initial_lifecycle_hook.value.otherwise
    }
  }
  # Newcomers first, also when a sick machine is replaced or zones are balanced.
  instance_maintenance_policy {
    min_healthy_percentage = 100
    max_healthy_percentage = 200
  }
  # A new launch template reaches all machines, one after the other, and stops at the first that does not become ready.
  # It can't go back by itself, since the template names its image by a parameter.
  instance_refresh {
    strategy = "Rolling"
    preferences {
      min_healthy_percentage = 100
      max_healthy_percentage = 200
    }
  }
  tag {
    key                 = "Name"
    value               = local.full
    propagate_at_launch = true
  }
  # ECS marks the groups that it fills; said here, so that an apply does not take the mark away.
  dynamic "tag" {
    for_each = local.is_ecs ? [1] : []
    content {
      key                 = "AmazonECSManaged"
      value               = ""
      propagate_at_launch = true
    }
  }
  lifecycle {
    ignore_changes = [desired_capacity]
  }
  depends_on = [aws_lb_listener.https, aws_iam_role_policy.machine]
}

# What the initial hook says, also when it changes later.
resource "aws_autoscaling_lifecycle_hook" "joining" {
  count                  = local.is_ec2 ? 1 : 0
  autoscaling_group_name = aws_autoscaling_group.this[0].name
  name                   = local.joining.name
  lifecycle_transition   = local.joining.transition
  heartbeat_timeout      = local.joining.timeout_s
  default_result         = local.joining.otherwise
}

resource "aws_iam_role" "machine" {
  count                = local.has_machines ? 1 : 0
  name                 = "${local.full}-machine"
  assume_role_policy   = data.aws_iam_policy_document.assumed["ec2"].json
  permissions_boundary = var.boundary_arn
}

resource "aws_iam_instance_profile" "machine" {
  count = local.has_machines ? 1 : 0
  name  = "${local.full}-machine"
  role  = aws_iam_role.machine[0].name
}

resource "aws_iam_role_policy" "machine" {
  count  = local.has_machines ? 1 : 0
  name   = "machine"
  role   = aws_iam_role.machine[0].id
  policy = local.is_ec2 ? data.aws_iam_policy_document.machine.json : data.aws_iam_policy_document.agent.json
}

# A shell on a machine by Session Manager: no port is open and no key is kept.
data "aws_iam_policy_document" "session" {
  # checkov:skip=CKV_AWS_356:Session Manager's agent speaks of its own machine; AWS knows no narrower resource for these.
  # checkov:skip=CKV_AWS_111:Session Manager's agent speaks of its own machine; AWS knows no narrower resource for these.
  statement {
    sid = "Session"
    actions = [
      "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel",
      "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
    ]
    resources = ["*"]
  }
}

# The EC2 way: the machine is the shop.
data "aws_iam_policy_document" "machine" {
  source_policy_documents = [
    data.aws_iam_policy_document.shop.json, data.aws_iam_policy_document.copy.json, data.aws_iam_policy_document.logs.json,
    data.aws_iam_policy_document.environment.json, data.aws_iam_policy_document.session.json,
  ]
  statement {
    sid       = "Releases"
    actions   = ["s3:GetObject"]
    resources = ["${local.arn.releases}/mercer/*"]
  }
  statement {
    sid       = "Arrived"
    actions   = ["autoscaling:CompleteLifecycleAction"]
    resources = ["arn:aws:autoscaling:${var.region}:${var.account_id}:autoScalingGroup:*:autoScalingGroupName/${local.full}"]
  }
}

# Machines of ECS: what its agent needs, for this cluster.
data "aws_iam_policy_document" "agent" {
  source_policy_documents = [data.aws_iam_policy_document.session.json]

  # checkov:skip=CKV_AWS_356:The first statement's actions have no narrower resource.
  # checkov:skip=CKV_AWS_111:The first statement's actions have no narrower resource.
  statement {
    sid       = "Discover"
    actions   = ["ecs:DiscoverPollEndpoint", "ecr:GetAuthorizationToken"]
    resources = ["*"]
  }
  statement {
    sid       = "Register"
    actions   = ["ecs:RegisterContainerInstance", "ecs:DeregisterContainerInstance"]
    resources = ["arn:aws:ecs:${var.region}:${var.account_id}:cluster/${local.full}"]
  }
  statement {
    sid = "Work"
    actions = [
      "ecs:Poll", "ecs:StartTelemetrySession", "ecs:SubmitContainerStateChange", "ecs:SubmitTaskStateChange",
      "ecs:SubmitAttachmentStateChanges", "ecs:UpdateContainerInstancesState", "ecs:PutSystemLogEvents",
    ]
    resources = [
      "arn:aws:ecs:${var.region}:${var.account_id}:cluster/${local.full}",
      "arn:aws:ecs:${var.region}:${var.account_id}:container-instance/${local.full}/*",
    ]
  }
}
