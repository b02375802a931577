variable "collector_principal" {
  description = "ARN of the role or user that Parley's collector runs as."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[A-Za-z0-9_+=,.@/-]+$", var.collector_principal))
    error_message = "Want the ARN of a role or a user."
  }
}

variable "actioner_principal" {
  description = "ARN of the role or user that Parley's actioner runs as: another than the collector's, if you can. Needed with actions."
  type        = string
  default     = null

  validation {
    condition     = var.actioner_principal == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[A-Za-z0-9_+=,.@/-]+$", var.actioner_principal))
    error_message = "Want the ARN of a role or a user."
  }
}

variable "external_id" {
  description = "A random text that only you and Parley know, such as uuidgen prints. The accounts file has the same."
  type        = string
  sensitive   = true

  validation {
    condition     = can(regex("^[A-Za-z0-9_+=,.@:/-]{16,1000}$", var.external_id))
    error_message = "Want 16 characters or more of letters, digits and _+=,.@:/-."
  }
}

variable "collector_role_name" {
  description = "Name of the role that reads, which the accounts file names."
  type        = string
  default     = "parley-collector"
}

variable "action_role_name" {
  description = "Name of the role that acts, which the accounts file names."
  type        = string
  default     = "parley-actions"
}

variable "actions" {
  description = "Whether Parley may act in this account."
  type        = bool
  default     = false
}

variable "events" {
  description = "Whether changes of state come through a queue, in the provider's region."
  type        = bool
  default     = false
}
