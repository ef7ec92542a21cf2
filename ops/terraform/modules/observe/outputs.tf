output "log_group" {
  value = { name = aws_cloudwatch_log_group.shop.name, arn = aws_cloudwatch_log_group.shop.arn }
}
