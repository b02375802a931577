package world

import "math"

// keep adds a resource that is only measured and tagged.
func (p *place) keep(kind, id, service, rest, extra string) *Thing {
	t := &Thing{Type: kind, ID: id, ARN: p.arn(service, rest), Tags: tags("", extra)}
	p.things = append(p.things, t)
	return t
}

// meter returns a function that adds metrics of one namespace and these dimensions.
func (p *place) meter(period int64, namespace string, dims ...string) func(unit, name string, gen generator) {
	return func(unit, name string, gen generator) { p.measure(nil, period, unit, gen, namespace, name, dims...) }
}

func none() generator { return exact(steady(0)) }

// queue adds an SQS queue that gets so many messages a minute at a peak; grows says
// that nobody takes them for two and a half of every four hours, unless it is drained.
func (p *place) queue(w *World, name string, peak float64, grows bool) {
	t := p.keep("sqs:queue", name, "sqs", name, "env=prod owner=operator service=orders")
	sent := shape(w.traffic).times(peak)
	waiting := func(at int64) float64 {
		since := floor(at-w.start%day, 4*hour) + w.start%day
		for _, e := range t.eased {
			if e <= at {
				since = max(since, e)
			}
		}
		behind := float64(at - since)
		if end := 2.5 * hour; behind > end {
			behind = max(0, end-(behind-end)*9)
		}
		if !grows {
			return 0
		}
		return 4 + behind/minute*0.6*sent(at)
	}
	sqs := p.meter(minute, "AWS/SQS", "QueueName", name)
	sqs("Count", "NumberOfMessagesSent", counter(0.1, sent))
	sqs("Count", "NumberOfMessagesReceived", counter(0.1, func(at int64) float64 { return max(0, sent(at)-waiting(at)+waiting(at-minute)) }))
	sqs("Count", "NumberOfMessagesDeleted", counter(0.1, func(at int64) float64 { return max(0, sent(at)-waiting(at)+waiting(at-minute)) }))
	sqs("Count", "NumberOfEmptyReceives", counter(0.3, steady(3)))
	sqs("Count", "ApproximateNumberOfMessagesVisible", counter(0.05, func(at int64) float64 {
		if name == "orders-dlq" && within(at, 6*hour, hour, 50*minute) {
			return 3
		}
		return waiting(at)
	}))
	sqs("Count", "ApproximateNumberOfMessagesNotVisible", counter(0.3, sent.times(0.05)))
	sqs("Count", "ApproximateNumberOfMessagesDelayed", none())
	sqs("Seconds", "ApproximateAgeOfOldestMessage", counter(0.02, func(at int64) float64 {
		if s := sent(at); s > 0 {
			return waiting(at) / (0.6 * s) * minute
		}
		return 0
	}))
	sqs("Bytes", "SentMessageSize", gauge(1, 0.2, 0, 256e3, steady(1800)))
}

func (p *place) table(w *World, name string, units float64) {
	p.keep("dynamodb:table", name, "dynamodb", "table/"+name, "env=prod owner=operator service="+name)
	db := p.meter(minute, "AWS/DynamoDB", "TableName", name)
	used := shape(w.traffic).times(units * minute)
	over := func(at int64) float64 { // above four fifths of what is provisioned, some are refused
		return max(0, used(at)/(units*minute*1.25)-0.8) * 2000
	}
	db("Count", "ConsumedReadCapacityUnits", counter(0.1, used))
	db("Count", "ConsumedWriteCapacityUnits", counter(0.1, used.times(0.3)))
	slow := p.meter(5*minute, "AWS/DynamoDB", "TableName", name)
	slow("Count", "ProvisionedReadCapacityUnits", exact(steady(units*1.25)))
	slow("Count", "ProvisionedWriteCapacityUnits", exact(steady(units*0.4)))
	db("Count", "ReadThrottleEvents", rare(over, steady(0.02)))
	db("Count", "WriteThrottleEvents", rare(over, steady(0.005)))
	p.meter(minute, "AWS/DynamoDB")("Count", "UserErrors", rare(used, steady(0.00001))) // of the whole account
	for _, operation := range []string{"GetItem", "PutItem", "Query"} {
		op := p.meter(minute, "AWS/DynamoDB", "TableName", name, "Operation", operation)
		op("Milliseconds", "SuccessfulRequestLatency", latency(used.times(0.3), shape(w.traffic).between(2.4, 4.8)))
		op("Count", "ThrottledRequests", rare(over, steady(0.005)))
		op("Count", "SystemErrors", rare(used, steady(0.000001)))
	}
}

func (p *place) bucket(w *World, name string, bytes, objects float64) {
	t := p.keep("s3", name, "s3", name, "env=prod owner=operator")
	t.ARN = "arn:aws:s3:::" + name
	grown := func(at int64) float64 { return 1 + 0.004*float64(at-w.start)/day }
	size := func(at int64) float64 { return max(bytes*grown(at), 0) }
	p.meter(day, "AWS/S3", "BucketName", name, "StorageType", "StandardStorage")("Bytes", "BucketSizeBytes", exact(size))
	p.meter(day, "AWS/S3", "BucketName", name, "StorageType", "AllStorageTypes")("Count", "NumberOfObjects", exact(func(at int64) float64 {
		return math.Round(max(objects*grown(at), 0))
	}))
	s3 := p.meter(minute, "AWS/S3", "BucketName", name, "FilterId", "EntireBucket")
	calls := shape(w.traffic).times(900)
	s3("Count", "AllRequests", events(0.1, calls))
	s3("Count", "GetRequests", events(0.1, calls.times(0.9)))
	s3("Count", "4xxErrors", rare(calls, steady(0.004)))
	s3("Count", "5xxErrors", rare(calls, steady(0.0001)))
	s3("Milliseconds", "FirstByteLatency", latency(calls, steady(28)))
}

func (p *place) api(w *World, name string, peak float64) {
	p.keep("apigateway:restapis", name, "apigateway", "/restapis/"+name, "env=prod owner=operator service=api")
	calls := shape(w.traffic).times(peak)
	for _, dims := range [][]string{{"ApiName", name}, {"ApiName", name, "Stage", "prod"}} {
		api := p.meter(minute, "AWS/ApiGateway", dims...)
		api("Count", "Count", events(0.08, calls))
		api("Count", "4XXError", rare(calls, steady(0.02)))
		api("Count", "5XXError", rare(calls, steady(0.001)))
		api("Milliseconds", "Latency", latency(calls, shape(w.traffic).between(60, 120)))
		api("Milliseconds", "IntegrationLatency", latency(calls, shape(w.traffic).between(48, 100)))
	}
}

func (p *place) fileSystem(w *World, name string) {
	id := p.id("fs", name)
	p.keep("elasticfilesystem:file-system", id, "elasticfilesystem", "file-system/"+id, "Name="+name+" env=prod owner=operator")
	efs := p.meter(minute, "AWS/EFS", "FileSystemId", id)
	efs("Percent", "PercentIOLimit", gauge(1, 0.1, 0, 100, shape(w.traffic).between(3, 48)))
	efs("Bytes", "BurstCreditBalance", gauge(1, 0.01, 0, 1e15, shape(w.traffic).between(2.3e12, 1.4e12)))
	efs("Count", "ClientConnections", counter(0, steady(7)))
	efs("Bytes", "MeteredIOBytes", counter(0.2, shape(w.traffic).times(7e8)))
	efs("Bytes/Second", "PermittedThroughput", exact(steady(105e6)))
	efs("Bytes", "TotalIOBytes", counter(0.2, shape(w.traffic).times(9e8)))
}

func (p *place) stateMachine(w *World, name string) {
	arn := p.arn("states", "stateMachine:"+name)
	p.keep("states:stateMachine", name, "states", "stateMachine:"+name, "env=prod owner=operator service=orders")
	runs := shape(w.traffic).times(20)
	states := p.meter(minute, "AWS/States", "StateMachineArn", arn)
	states("Count", "ExecutionsStarted", events(0.2, runs))
	states("Count", "ExecutionsSucceeded", events(0.2, runs.times(0.99)))
	states("Count", "ExecutionsFailed", rare(runs, func(at int64) float64 {
		if within(at, 5*hour, 70*minute, 9*minute) {
			return 0.2
		}
		return 0.0003
	}))
	states("Count", "ExecutionsTimedOut", rare(runs, steady(0)))
	states("Count", "ExecutionThrottled", rare(runs, steady(0)))
	states("Milliseconds", "ExecutionTime", latency(runs, steady(4200)))
}

func (p *place) searchDomain(w *World, name string) {
	p.keep("es:domain", name, "es", "domain/"+name, "env=prod owner=operator service=logs")
	es := p.meter(minute, "AWS/ES", "DomainName", name, "ClientId", p.Account)
	es("Count", "ClusterStatus.green", exact(steady(1)))
	es("Count", "ClusterStatus.yellow", exact(steady(0)))
	es("Count", "ClusterStatus.red", exact(steady(0)))
	es("Megabytes", "FreeStorageSpace", gauge(1, 0.001, 0, 1e9, func(at int64) float64 { return 90e3 - 60e3*saw(at, 7*day, 0) }))
	es("Percent", "JVMMemoryPressure", gauge(1, 0.05, 0, 100, func(at int64) float64 { return 42 + 34*saw(at, 40*minute, 0) }))
	es("Percent", "CPUUtilization", gauge(1, 0.1, 0, 100, shape(w.traffic).between(8, 52)))
	es("Count", "ClusterIndexWritesBlocked", none())
	es("Count", "AutomatedSnapshotFailure", none())
}

func (p *place) topic(name string) {
	p.keep("sns:topic", name, "sns", name, "owner=operator")
	sns := p.meter(5*minute, "AWS/SNS", "TopicName", name)
	sns("Count", "NumberOfMessagesPublished", counter(0.5, steady(2)))
	sns("Count", "NumberOfNotificationsDelivered", counter(0.5, steady(2)))
	sns("Count", "NumberOfNotificationsFailed", none())
	sns("Count", "NumberOfNotificationsFailedToRedriveToDlq", none())
}

func (p *place) rule(name string) {
	p.keep("events:rule", name, "events", "rule/"+name, "owner=operator")
	ev := p.meter(minute, "AWS/Events", "RuleName", name)
	ev("Count", "Invocations", counter(0, steady(1)))
	ev("Count", "FailedInvocations", none())
	ev("Count", "InvocationsFailedToBeSentToDlq", none())
	ev("Count", "TriggeredRules", counter(0, steady(1)))
}

func (p *place) stream(w *World, name string, bytes float64) {
	p.keep("kinesis:stream", name, "kinesis", "stream/"+name, "env=prod owner=operator service="+name)
	k := p.meter(minute, "AWS/Kinesis", "StreamName", name)
	records := shape(w.traffic).times(bytes / 20)
	k("Count", "IncomingRecords", counter(0.1, records))
	k("Bytes", "IncomingBytes", counter(0.1, records.times(400)))
	k("Milliseconds", "GetRecords.IteratorAgeMilliseconds", gauge(1, 0.3, 0, 1e9, func(at int64) float64 {
		if within(at, 8*hour, 3*hour, 25*minute) { // the reader is restarted
			return 1000 * float64(floorMod(at-3*hour, 8*hour))
		}
		return 120
	}))
	k("Count", "PutRecords.TotalRecords", counter(0.1, records))
	k("Count", "PutRecords.FailedRecords", counter(0.5, records.times(0.0002)))
	k("Count", "ReadProvisionedThroughputExceeded", none())
	k("Count", "WriteProvisionedThroughputExceeded", none())
}

func (p *place) addCache(w *World, c *Cache) {
	p.caches = append(p.caches, c)
	for _, dims := range [][]string{{"CacheClusterId", c.ID}, {"CacheClusterId", c.ID, "CacheNodeId", "0001"}} {
		ec := p.meter(minute, "AWS/ElastiCache", dims...)
		ec("Percent", "CPUUtilization", gauge(1, 0.1, 0, 100, shape(w.traffic).between(2, 24)))
		ec("Percent", "EngineCPUUtilization", gauge(1, 0.1, 0, 100, shape(w.traffic).between(3, 41)))
		ec("Bytes", "FreeableMemory", gauge(1, 0.02, 0, 1e15, shape(w.traffic).between(9e9, 6e9)))
		ec("Percent", "DatabaseMemoryUsagePercentage", gauge(1, 0.02, 0, 100, shape(w.traffic).between(38, 66)))
		ec("Bytes", "SwapUsage", none())
		ec("Count", "Evictions", none())
		ec("Count", "CurrConnections", counter(0.05, shape(w.traffic).between(40, 220)))
		ec("Percent", "CacheHitRate", gauge(1, 0.02, 0, 100, steady(94)))
		ec("Count", "CacheHits", counter(0.1, shape(w.traffic).times(90e3)))
		ec("Count", "CacheMisses", counter(0.1, shape(w.traffic).times(5e3)))
		ec("Seconds", "ReplicationLag", gauge(1, 0.4, 0, 1e6, steady(0.2)))
	}
}
