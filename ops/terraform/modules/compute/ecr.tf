# Images. One repository serves all shops of an account, since they all run the same program.

locals {
  repository = {
    arn = "arn:aws:ecr:${var.region}:${var.account_id}:repository/mercer"
    url = "${var.account_id}.dkr.ecr.${var.region}.amazonaws.com/mercer"
  }
}

resource "aws_ecr_repository" "this" {
  # checkov:skip=CKV_AWS_136:Images hold no secrets; a key of one's own is a dollar a month.
  count                = local.is_ecs && !var.repository_exists ? 1 : 0
  name                 = "mercer"
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }
  encryption_configuration {
    encryption_type = "AES256"
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  count      = length(aws_ecr_repository.this)
  repository = aws_ecr_repository.this[0].name
  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "What runs may be old, and shops share the repository"
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 100 }
      action       = { type = "expire" }
    }]
  })
}
