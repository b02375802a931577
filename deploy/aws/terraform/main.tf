# The roles that Parley reads and acts by, with the policies of ../iam, and the
# queue of events: the same as ../cloudformation. See variables.tf and
# ../README.md.

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

data "aws_partition" "current" {}

locals {
  # The policies are written for the partition aws; China's and GovCloud's differ.
  policy = {
    for name in ["collector", "actions", "events"] :
    name => replace(file("${path.module}/../iam/${name}.json"), "arn:aws:", "arn:${data.aws_partition.current.partition}:")
  }
}

data "aws_iam_policy_document" "trust" {
  for_each = merge({ collector = var.collector_principal }, var.actions ? { actions = var.actioner_principal } : {})

  statement {
    effect  = "Allow"
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [each.value]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.external_id]
    }
  }
}

# Reads, and can change nothing.
resource "aws_iam_role" "collector" {
  name                 = var.collector_role_name
  description          = "Parley reads metrics and inventory."
  assume_role_policy   = data.aws_iam_policy_document.trust["collector"].json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "collector" {
  name   = "parley-collector"
  role   = aws_iam_role.collector.id
  policy = local.policy["collector"]
}

# Acts on what carries the tag parley:actions=allowed, never on what carries
# parley:protected=true.
resource "aws_iam_role" "actions" {
  count = var.actions ? 1 : 0

  name                 = var.action_role_name
  description          = "Parley acts on tagged resources."
  assume_role_policy   = data.aws_iam_policy_document.trust["actions"].json
  max_session_duration = 3600
}

resource "aws_iam_role_policy" "actions" {
  count = var.actions ? 1 : 0

  name   = "parley-actions"
  role   = aws_iam_role.actions[0].id
  policy = local.policy["actions"]
}
