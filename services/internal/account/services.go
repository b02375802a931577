package account

// serviceNames are the collector's data files of services, one each; a test
// compares them.
var serviceNames = []string{
	"alb", "apigateway", "asg", "billing", "cloudfront", "cwagent", "dynamodb", "ebs", "ec2", "ecs", "efs",
	"elasticache", "elb", "emr", "events", "kinesis", "lambda", "mq", "nat", "nlb", "opensearch", "rds",
	"redshift", "route53", "s3", "sns", "sqs", "states",
}
