output "collector_role_arn" {
  description = "role in the accounts file."
  value       = aws_iam_role.collector.arn
}

output "action_role_arn" {
  description = "action_role in the accounts file."
  value       = one(aws_iam_role.actions[*].arn)
}

output "queue_url" {
  description = "queue in the accounts file."
  value       = one(aws_sqs_queue.events[*].url)
}
