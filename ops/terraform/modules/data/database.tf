# PostgreSQL, in private subnets, open to the shop's processes alone.

locals {
  full = "mercer-${var.name}"
}

resource "aws_db_subnet_group" "this" {
  name       = local.full
  subnet_ids = var.subnet_ids
}

resource "aws_security_group" "database" {
  name        = "${local.full}-database"
  description = "The database, for the processes of the shop"
  vpc_id      = var.vpc_id
  tags        = { Name = "${local.full}-database" }
}

resource "aws_vpc_security_group_ingress_rule" "database" {
  security_group_id            = aws_security_group.database.id
  description                  = "From the processes of the shop"
  referenced_security_group_id = var.client_security_group_id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
}

resource "aws_db_parameter_group" "this" {
  name        = "${local.full}-17"
  family      = "postgres17"
  description = "TLS only; what takes longer than a second is logged"

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }
  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }
  # Values that were bound to a slow statement are not told.
  parameter {
    name  = "log_parameter_max_length"
    value = "0"
  }
  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "this" {
  # checkov:skip=CKV_AWS_118:Enhanced monitoring costs log storage; Performance Insights says what is slow.
  # checkov:skip=CKV_AWS_161:The shop logs in by a password; IAM tokens end every 15 minutes, which its pool does not renew.
  # checkov:skip=CKV_AWS_354:AWS's own key costs nothing; a key of one's own is a dollar a month and protects from nobody else here.
  # checkov:skip=CKV_AWS_157:Decided by the variable multi_az, which the environments turn on.
  # checkov:skip=CKV_AWS_293:Decided by the variable is_protected, which is on unless a shop is made to be thrown away.
  identifier     = local.full
  engine         = "postgres"
  engine_version = "17"
  instance_class = var.database_class

  allocated_storage     = var.database_gb
  max_allocated_storage = var.database_gb * 5
  storage_type          = "gp3"
  storage_encrypted     = true

  db_name  = "mercer"
  username = "mercer"
  # Write-only: the password goes to RDS and is kept nowhere else by Terraform.
  password_wo         = var.database_password
  password_wo_version = var.secrets_version

  multi_az               = var.multi_az
  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [aws_security_group.database.id]
  publicly_accessible    = false
  ca_cert_identifier     = "rds-ca-rsa2048-g1"
  parameter_group_name   = aws_db_parameter_group.this.name

  backup_retention_period    = var.backup_days
  backup_window              = "02:00-03:00"
  maintenance_window         = "sun:03:30-sun:04:30"
  auto_minor_version_upgrade = true
  copy_tags_to_snapshot      = true
  delete_automated_backups   = !var.is_protected
  deletion_protection        = var.is_protected
  skip_final_snapshot        = !var.is_protected
  final_snapshot_identifier  = "${local.full}-last"

  # Seven days are free.
  performance_insights_enabled          = true
  performance_insights_retention_period = 7
  enabled_cloudwatch_logs_exports       = ["postgresql", "upgrade"]
}
