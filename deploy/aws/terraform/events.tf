# Changes of instances' and alarms' states, as they happen: EventBridge puts them
# into a queue, which the collector reads.

resource "aws_sqs_queue" "events" {
  count = var.events ? 1 : 0

  name                       = "parley-events"
  message_retention_seconds  = 86400
  visibility_timeout_seconds = 60
  receive_wait_time_seconds  = 20
  sqs_managed_sse_enabled    = true
}

resource "aws_cloudwatch_event_rule" "events" {
  count = var.events ? 1 : 0

  name        = "parley-events"
  description = "Changes of instances' and alarms' states, for Parley."
  event_pattern = jsonencode({
    source      = ["aws.ec2", "aws.cloudwatch"]
    detail-type = ["EC2 Instance State-change Notification", "CloudWatch Alarm State Change"]
  })
}

resource "aws_cloudwatch_event_target" "events" {
  count = var.events ? 1 : 0

  rule = aws_cloudwatch_event_rule.events[0].name
  arn  = aws_sqs_queue.events[0].arn
}

data "aws_iam_policy_document" "queue" {
  count = var.events ? 1 : 0

  statement {
    sid       = "EventBridgePuts"
    effect    = "Allow"
    actions   = ["sqs:SendMessage"]
    resources = [aws_sqs_queue.events[0].arn]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.events[0].arn]
    }
  }
}

resource "aws_sqs_queue_policy" "events" {
  count = var.events ? 1 : 0

  queue_url = aws_sqs_queue.events[0].id
  policy    = data.aws_iam_policy_document.queue[0].json
}

resource "aws_iam_role_policy" "events" {
  count = var.events ? 1 : 0

  name   = "parley-events"
  role   = aws_iam_role.collector.id
  policy = local.policy["events"]
}
