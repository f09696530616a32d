# Sends changes of secrets and parameters to Keytender: an EventBridge rule, an encrypted queue with a dead-letter queue, and the policy for the role
# that reads the queue. The same as cloudformation.yaml.

terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "name" {
  type        = string
  default     = "keytender-events"
  description = "Name of the queue and the rule."
}

variable "role_name" {
  type        = string
  default     = null
  description = "Name of the role of Keytender that gets the policy. Null: attach the policy yourself."
}

variable "alarm_topic_arn" {
  type        = string
  default     = null
  description = "ARN of the SNS topic that is told when there are dead letters. Null: there is no alarm."
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = "${var.name}-dead-letters"
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue" "events" {
  name = var.name
  # Long enough for a weekend without an operator.
  message_retention_seconds  = 345600
  receive_wait_time_seconds  = 20
  visibility_timeout_seconds = 60
  sqs_managed_sse_enabled    = true
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    # A message that the operator returns when it stops counts as received, and so does one after a crash. Only a message that cannot be handled returns so often.
    maxReceiveCount = 50
  })
}

resource "aws_cloudwatch_metric_alarm" "dead_letters" {
  count               = var.alarm_topic_arn == null ? 0 : 1
  alarm_name          = "${var.name}-dead-letters"
  alarm_description   = "Change events that EventBridge could not deliver to Keytender, or that Keytender could not handle"
  namespace           = "AWS/SQS"
  metric_name         = "ApproximateNumberOfMessagesVisible"
  dimensions          = { QueueName = aws_sqs_queue.dead_letters.name }
  statistic           = "Maximum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 0
  comparison_operator = "GreaterThanThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alarm_topic_arn]
}

resource "aws_cloudwatch_event_rule" "changes" {
  name        = var.name
  description = "Changes of secrets and parameters for Keytender"
  # No filter by name: otherwise a secret that does not match would change without an event.
  event_pattern = jsonencode({
    source        = ["aws.secretsmanager", "aws.ssm"]
    "detail-type" = ["Secret Label Updated", "Parameter Store Change"]
  })
}

resource "aws_cloudwatch_event_target" "queue" {
  rule      = aws_cloudwatch_event_rule.changes.name
  target_id = "queue"
  arn       = aws_sqs_queue.events.arn

  dead_letter_config {
    arn = aws_sqs_queue.dead_letters.arn
  }
}

data "aws_iam_policy_document" "queue" {
  for_each = {
    events       = aws_sqs_queue.events.arn
    dead_letters = aws_sqs_queue.dead_letters.arn
  }

  statement {
    sid       = "EventsOfTheRuleOnly"
    actions   = ["sqs:SendMessage"]
    resources = [each.value]
    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com"]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.changes.arn]
    }
  }

  statement {
    sid       = "EncryptedConnectionsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]
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
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.id
  policy    = data.aws_iam_policy_document.queue["events"].json
}

resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.id
  policy    = data.aws_iam_policy_document.queue["dead_letters"].json
}

data "aws_iam_policy_document" "read" {
  statement {
    sid       = "ReadChangeEvents"
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
    resources = [aws_sqs_queue.events.arn]
  }
}

resource "aws_iam_policy" "read" {
  name_prefix = "${var.name}-"
  description = "Reads the queue of change events"
  policy      = data.aws_iam_policy_document.read.json
}

resource "aws_iam_role_policy_attachment" "read" {
  count      = var.role_name == null ? 0 : 1
  role       = var.role_name
  policy_arn = aws_iam_policy.read.arn
}

output "queue_url" {
  description = "For events.queueUrl of the chart, --events-queue-url, or spec.events.sqs.queueUrl of a ClusterSecretStore"
  value       = aws_sqs_queue.events.id
}

output "read_policy_arn" {
  description = "For the role that reads the queue (of the operator, or of the ClusterSecretStore that names it)"
  value       = aws_iam_policy.read.arn
}
