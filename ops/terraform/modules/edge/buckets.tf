# Four buckets: the shop's styles and scripts, its pictures, its static copy, and the binaries of the EC2 way.
# Nobody reads them but CloudFront and the shop.

locals {
  full = "mercer-${var.name}"
  # Names of buckets are the world's, so the account's number makes ours our own.
  buckets = {
    assets = { versioned = false }
    media  = { versioned = true }
    copy   = { versioned = false }
    # Nothing here may go by age: a machine that starts fetches the version that runs, however old that is.
    releases = { versioned = true }
  }
}

resource "aws_s3_bucket" "this" {
  # checkov:skip=CKV_AWS_144:Originals of pictures are versioned; everything else can be made again from the database and a release.
  # checkov:skip=CKV_AWS_145:S3's own key (SSE-S3) costs nothing; a key of one's own is a dollar a month and a call per object.
  # checkov:skip=CKV_AWS_18:Nobody reaches the buckets but CloudFront and the shop; whom to blame, CloudTrail knows.
  # checkov:skip=CKV_AWS_21:Versions are kept of what can't be made again: pictures and releases.
  # checkov:skip=CKV2_AWS_6:The block is below, for each of them; checkov loses sight of all but the first, the policies of the plan don't.
  # checkov:skip=CKV2_AWS_62:Nothing waits for events of these buckets.
  for_each      = local.buckets
  bucket        = "${local.full}-${each.key}-${var.account_id}"
  force_destroy = !var.is_protected
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each                = aws_s3_bucket.this
  bucket                  = each.value.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = aws_s3_bucket.this
  bucket   = each.value.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = aws_s3_bucket.this
  bucket   = each.value.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = { for name, settings in local.buckets : name => settings if settings.versioned }
  bucket   = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets
  bucket   = aws_s3_bucket.this[each.key].id

  rule {
    id     = "remains"
    status = "Enabled"
    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 3
    }
    noncurrent_version_expiration {
      noncurrent_days = 30
    }
  }
  depends_on = [aws_s3_bucket_versioning.this]
}

# Who may read: the distribution, of the two buckets that it serves from. Everybody: only by TLS.
data "aws_iam_policy_document" "bucket" {
  for_each = aws_s3_bucket.this

  statement {
    sid       = "OnlyTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [each.value.arn, "${each.value.arn}/*"]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
  dynamic "statement" {
    for_each = contains(["assets", "copy"], each.key) ? [1] : []
    content {
      sid     = "Edge"
      actions = ["s3:GetObject", "s3:ListBucket"]
      # To list is to be told 404 for what is not there, instead of 403.
      resources = [each.value.arn, "${each.value.arn}/*"]
      principals {
        type        = "Service"
        identifiers = ["cloudfront.amazonaws.com"]
      }
      condition {
        test     = "StringEquals"
        variable = "aws:SourceArn"
        values   = [aws_cloudfront_distribution.this.arn]
      }
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each   = aws_s3_bucket.this
  bucket     = each.value.id
  policy     = data.aws_iam_policy_document.bucket[each.key].json
  depends_on = [aws_s3_bucket_public_access_block.this]
}
