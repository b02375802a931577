package actiontest

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// EC2's timed states.
const (
	stopTakes  = 10 * time.Second
	startTakes = 8 * time.Second
)

func (c *Cloud) ec2(form url.Values) *http.Response {
	operation := form.Get("Action")
	switch operation {
	case "DescribeInstances":
		return c.describeInstances(form)
	case "DescribeSpotInstanceRequests":
		return Answer(200, `<DescribeSpotInstanceRequestsResponse><spotInstanceRequestSet><item><spotInstanceRequestId>`+form.Get("SpotInstanceRequestId.1")+
			`</spotInstanceRequestId><type>`+strings.TrimPrefix(form.Get("SpotInstanceRequestId.1"), "sir-")+`</type></item></spotInstanceRequestSet></DescribeSpotInstanceRequestsResponse>`)
	}
	if c.Deny == operation {
		return ec2Fault(403, "UnauthorizedOperation", "You are not authorized to perform this operation.")
	}
	if form.Get("DryRun") == "true" {
		return ec2Fault(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
	}
	id := form.Get("InstanceId.1") + form.Get("ResourceId.1")
	m := c.Instances[id]
	if m == nil {
		return ec2Fault(400, "InvalidInstanceID.NotFound", "The instance ID '"+id+"' does not exist")
	}
	c.did("%s %s", operation, id)
	switch operation {
	case "StopInstances":
		if moved(&m.State, &m.Then, m.At) == "running" {
			m.State, m.Then, m.At = "stopping", "stopped", time.Now().Add(stopTakes)
		}
	case "StartInstances":
		if moved(&m.State, &m.Then, m.At) == "stopped" {
			m.State, m.Then, m.At = "pending", "running", time.Now().Add(startTakes)
		}
	case "CreateTags":
		for n := 1; form.Get(fmt.Sprintf("Tag.%d.Key", n)) != ""; n++ {
			m.Tags[form.Get(fmt.Sprintf("Tag.%d.Key", n))] = form.Get(fmt.Sprintf("Tag.%d.Value", n))
		}
	}
	return Answer(200, "<"+operation+"Response><return>true</return></"+operation+"Response>")
}

func (c *Cloud) describeInstances(form url.Values) *http.Response {
	var b strings.Builder
	b.WriteString("<DescribeInstancesResponse><reservationSet><item><instancesSet>")
	for _, id := range slices.Sorted(maps.Keys(c.Instances)) {
		m := c.Instances[id]
		if want := form.Get("InstanceId.1"); want != "" && want != id {
			continue
		}
		if tag, ok := strings.CutPrefix(form.Get("Filter.1.Name"), "tag:"); ok && m.Tags[tag] != form.Get("Filter.1.Value.1") {
			continue
		}
		if key := form.Get("Filter.1.Value.1"); form.Get("Filter.1.Name") == "tag-key" {
			if _, has := m.Tags[key]; !has {
				continue
			}
		}
		fmt.Fprintf(&b, "<item><instanceId>%s</instanceId><instanceState><code>0</code><name>%s</name></instanceState><instanceType>%s</instanceType>", id, moved(&m.State, &m.Then, m.At), m.Type)
		fmt.Fprintf(&b, "<rootDeviceType>%s</rootDeviceType>", map[bool]string{true: "ebs", false: m.Root}[m.Root == ""])
		if m.Life != "" {
			fmt.Fprintf(&b, "<instanceLifecycle>%s</instanceLifecycle><spotInstanceRequestId>%s</spotInstanceRequestId>", m.Life, m.Request)
		}
		if owner, ip, ok := strings.Cut(m.Address, " "); ok {
			fmt.Fprintf(&b, "<networkInterfaceSet><item><association><ipOwnerId>%s</ipOwnerId><publicIp>%s</publicIp></association></item></networkInterfaceSet>", owner, ip)
		}
		b.WriteString("<tagSet>")
		for _, k := range slices.Sorted(maps.Keys(m.Tags)) {
			fmt.Fprintf(&b, "<item><key>%s</key><value>%s</value></item>", k, m.Tags[k])
		}
		b.WriteString("</tagSet></item>")
	}
	b.WriteString("</instancesSet></item></reservationSet></DescribeInstancesResponse>")
	if strings.Contains(b.String(), "<instanceId>") || form.Get("InstanceId.1") == "" {
		return Answer(200, b.String())
	}
	return ec2Fault(400, "InvalidInstanceID.NotFound", "The instance ID does not exist")
}

func (c *Cloud) autoscaling(form url.Values) *http.Response {
	g, operation := c.Group, form.Get("Action")
	if c.Deny == operation {
		return xmlFault(403, "AccessDenied", "User is not authorized to perform: autoscaling:"+operation)
	}
	if operation == "SetDesiredCapacity" {
		c.did("SetDesiredCapacity %s", form.Get("DesiredCapacity"))
		if _, err := fmt.Sscan(form.Get("DesiredCapacity"), &g.Want); err != nil {
			return xmlFault(400, "ValidationError", err.Error())
		}
		g.At = time.Now().Add(20 * time.Second)
		return Answer(200, "<SetDesiredCapacityResponse/>")
	}
	var b strings.Builder
	b.WriteString("<DescribeAutoScalingGroupsResponse><DescribeAutoScalingGroupsResult><AutoScalingGroups>")
	if g != nil && form.Get("AutoScalingGroupNames.member.1") == g.Name {
		if !time.Now().Before(g.At) {
			g.Now = g.Want
		}
		fmt.Fprintf(&b, "<member><AutoScalingGroupName>%s</AutoScalingGroupName><MinSize>%d</MinSize><MaxSize>%d</MaxSize><DesiredCapacity>%d</DesiredCapacity>", g.Name, g.Min, g.Max, g.Want)
		b.WriteString(xmlTags(g.Tags, "Tags", "member") + "<Instances>")
		for i := range g.Now {
			fmt.Fprintf(&b, "<member><InstanceId>i-%08d</InstanceId><InstanceType>m5.large</InstanceType><LifecycleState>InService</LifecycleState></member>", i)
		}
		b.WriteString("</Instances></member>")
	}
	b.WriteString("</AutoScalingGroups></DescribeAutoScalingGroupsResult></DescribeAutoScalingGroupsResponse>")
	return Answer(200, b.String())
}

func xmlTags(tags map[string]string, list, item string) string {
	var b strings.Builder
	b.WriteString("<" + list + ">")
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		fmt.Fprintf(&b, "<%s><Key>%s</Key><Value>%s</Value></%s>", item, k, tags[k], item)
	}
	return b.String() + "</" + list + ">"
}
