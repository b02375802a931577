package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// manyMetrics are ten of an instance, as we name them, which the local account
// has every minute.
var manyMetrics = []string{"status_check_failed", "status_check_failed.sum", "status_check_failed.average",
	"status_check_failed_instance", "status_check_failed_instance.sum", "status_check_failed_instance.average",
	"status_check_failed_system", "status_check_failed_system.sum",
	"status_check_failed_attached_ebs", "status_check_failed_attached_ebs.sum"}

// manyService knows them.
const manyService = `service: ec2
namespace: AWS/EC2
dimensions: [[InstanceId]]
tags: {type: "ec2:instance", resource: "instance/{InstanceId}"}
period: 1m
missing: unknown
metrics:
  - {aws: StatusCheckFailed, unit: count, statistic: Maximum, also: [Sum, Average]}
  - {aws: StatusCheckFailed_Instance, unit: count, statistic: Maximum, also: [Sum, Average]}
  - {aws: StatusCheckFailed_System, unit: count, statistic: Maximum, also: [Sum]}
  - {aws: StatusCheckFailed_AttachedEBS, unit: count, statistic: Maximum, also: [Sum]}
`

// dataCalls is how many GetMetricData calls the local account has answered.
func dataCalls(ctx context.Context, url string) (n int, err error) {
	body, err := get(ctx, url+"/sandbox/meter")
	if err != nil {
		return 0, err
	}
	var m struct {
		Operations []struct {
			Action   string `json:"action"`
			Requests int    `json:"requests"`
		} `json:"operations"`
	}
	if err := json.Unmarshal(body, &m); err != nil {
		return 0, err
	}
	for _, o := range m.Operations {
		if o.Action == "cloudwatch:GetMetricData" {
			n += o.Requests
		}
	}
	return n, nil
}

// counter is the sum of a metric over its labels, as a process serves it.
func counter(ctx context.Context, url, name string) (sum float64) {
	body, err := get(ctx, url)
	if err != nil {
		return math.NaN()
	}
	for lines := bufio.NewScanner(bytes.NewReader(body)); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), name); ok && (strings.HasPrefix(text, "{") || strings.HasPrefix(text, " ")) {
			if v, err := strconv.ParseFloat(text[strings.LastIndexByte(text, ' ')+1:], 64); err == nil {
				sum += v
			}
		}
	}
	return sum
}
