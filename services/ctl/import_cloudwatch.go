package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/parley-ops/parley/services/collector/catalog"
	"github.com/parley-ops/parley/services/ctl/internal/importer"
	"github.com/parley-ops/parley/services/ctl/internal/importer/cloudwatch"
	"github.com/parley-ops/parley/services/ctl/internal/screen"
	"github.com/parley-ops/parley/services/internal/account"
)

type importCloudWatchCmd struct {
	AWS      account.Config `embed:""`
	Account  []string       `arg:"" optional:"" help:"Accounts whose alarms are read, by id or name; all without." placeholder:"ACCOUNT"`
	Files    []string       `name:"file" sep:"none" help:"What aws cloudwatch describe-alarms printed, or - for standard input, instead of asking AWS." placeholder:"FILE"`
	Services string         `name:"services" help:"Folder with service files of your own, as the collector has them (--collector-cloudwatch-services)." placeholder:"DIR"`
	importOut
}

// Help explains the command.
func (importCloudWatchCmd) Help() string {
	return `Writes policies that parley policy lint takes, of the alarms of the accounts and
regions (cloudwatch:DescribeAlarms; nothing is changed), or of a file. A policy is
on the alarm's own resource: M of N periods, missing data and bands as there.
Actions are never taken over: comments say what the alarm does, and which action
of Parley's does the same. What a policy cannot say (metric maths, composite
alarms, what is not read) is listed on standard error with what to do about it,
and exits 1; the rest is written.

Severity: critical where the alarm's name has critical, page, sev1, p1 or the like,
info where it has info, sev4 or p4, else warning.

Examples:
  parley policy import cloudwatch > policies/alarms.yaml
  parley policy import cloudwatch shop --aws-accounts accounts.yaml --out policies/alarms
  aws cloudwatch describe-alarms --alarm-types MetricAlarm CompositeAlarm | parley policy import cloudwatch --file -`
}

// Run imports.
func (c *importCloudWatchCmd) Run(ctx context.Context, all *commands, s *screen.Screen) error {
	known := catalog.Default()
	if c.Services != "" {
		var err error
		if known, err = catalog.Load(os.DirFS(c.Services)); err != nil {
			return fmt.Errorf("--services: %w", err)
		}
	}
	if len(c.Files) > 0 {
		if len(c.Account) > 0 {
			return usageError{errors.New("either --file or accounts")}
		}
		alarms, err := c.fromFiles(s.In)
		if err != nil {
			return err
		}
		return c.deliver(s, cloudwatch.Import(known, alarms), "alarm")
	}
	ctx, cancel := context.WithTimeout(ctx, max(all.Timeout, wholeCheck))
	defer cancel()
	alarms, unread, err := c.fromAWS(ctx)
	if err != nil {
		return err
	}
	got := cloudwatch.Import(known, alarms)
	got.Refused = append(got.Refused, unread...)
	return c.deliver(s, got, "alarm")
}

func (c *importCloudWatchCmd) fromFiles(stdin io.Reader) (alarms []cloudwatch.Alarm, err error) {
	for _, name := range c.Files {
		var data []byte
		if name == "-" {
			data, err = io.ReadAll(stdin)
		} else {
			data, err = os.ReadFile(name)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("there is no file %s", name)
		}
		if err != nil {
			return nil, err
		}
		found, err := cloudwatch.Read(name, data)
		if err != nil {
			return nil, err
		}
		alarms = append(alarms, found...)
	}
	return alarms, nil
}

// fromAWS reads the alarms of the accounts' regions, all at once; unread are
// the regions that could not be read, with the reason.
func (c *importCloudWatchCmd) fromAWS(ctx context.Context) (alarms []cloudwatch.Alarm, unread []importer.Refused, err error) {
	set, list, err := awsAccounts(ctx, c.AWS)
	if err != nil {
		return nil, nil, err
	}
	if list, err = chosen(set, list, c.Account); err != nil {
		return nil, nil, err
	}
	type region struct {
		alarms []cloudwatch.Alarm
		err    error
		place  string
	}
	var regions []*region
	var wg sync.WaitGroup
	for _, a := range list {
		for _, name := range a.Regions {
			r := &region{place: cmp.Or(a.Name, a.ID) + " " + name}
			regions = append(regions, r)
			wg.Go(func() { r.alarms, r.err = alarmsOf(ctx, set, a, name, r.place) })
		}
	}
	wg.Wait()
	for _, r := range regions {
		alarms = append(alarms, r.alarms...)
		if r.err != nil {
			unread = append(unread, importer.Refused{File: r.place, Rule: "its alarms", Reason: r.err.Error()})
		}
	}
	return alarms, unread, nil
}

// alarmsOf returns the alarms of a region, or those up to an error.
func alarmsOf(ctx context.Context, set *account.Set, a account.Account, region, place string) (alarms []cloudwatch.Alarm, err error) {
	conf, err := set.AWS(ctx, a, region, account.Read, "")
	if err != nil {
		return nil, err
	}
	pages := sdk.NewDescribeAlarmsPaginator(sdk.NewFromConfig(conf), &sdk.DescribeAlarmsInput{
		AlarmTypes: []types.AlarmType{types.AlarmTypeMetricAlarm, types.AlarmTypeCompositeAlarm}, MaxRecords: aws.Int32(100)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return alarms, account.Explain(err, a, region, "cloudwatch:DescribeAlarms")
		}
		for i := range page.MetricAlarms {
			alarms = append(alarms, cloudwatch.Metric(place, page.MetricAlarms[i]))
		}
		for i := range page.CompositeAlarms {
			alarms = append(alarms, cloudwatch.Named(place, cloudwatch.OfAlarms, page.CompositeAlarms[i].AlarmName))
		}
	}
	return alarms, nil
}
