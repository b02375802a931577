package rds

import (
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/awstest"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

func TestStopAndStart(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := rds.NewFromConfig(awstest.Assume(t, w, cfg, world.Home, "parley-actions"))
	state := func() string {
		t.Helper()
		out, err := c.DescribeDBInstances(t.Context(), &rds.DescribeDBInstancesInput{DBInstanceIdentifier: sdk.String("reports-old")})
		if err != nil || len(out.DBInstances[0].TagList) != 3 {
			t.Fatal(out, err)
		}
		return *out.DBInstances[0].DBInstanceStatus
	}
	stop := func(id string) error {
		_, err := c.StopDBInstance(t.Context(), &rds.StopDBInstanceInput{DBInstanceIdentifier: sdk.String(id)})
		return err
	}
	start := func(id string) error {
		_, err := c.StartDBInstance(t.Context(), &rds.StartDBInstanceInput{DBInstanceIdentifier: sdk.String(id)})
		return err
	}
	awstest.Want(t, start("reports-old"), "InvalidDBInstanceState")
	if err := stop("reports-old"); err != nil || state() != "stopping" {
		t.Fatal(err, state())
	}
	awstest.Want(t, stop("reports-old"), "InvalidDBInstanceState")
	awstest.Advance(t, w, world.DatabaseStopTakes)
	if s := state(); s != "stopped" {
		t.Error(s)
	}
	stopped := w.Now()
	awstest.Advance(t, w, time.Hour)
	cpu := world.NewMetric("AWS/RDS", "CPUUtilization", world.Dimension{Name: "DBInstanceIdentifier", Value: "reports-old"})
	if points := w.Points(awstest.Home, cpu, stopped, w.Now(), time.Minute); len(points) != 0 {
		t.Errorf("a stopped database has %d points", len(points))
	}
	if err := start("reports-old"); err != nil || state() != "starting" {
		t.Fatal(err, state())
	}
	awstest.Advance(t, w, world.DatabaseStartTakes)
	if s := state(); s != "available" {
		t.Error(s)
	}
	if err := stop("reports-old"); err != nil {
		t.Fatal(err)
	}
	awstest.Advance(t, w, 8*24*time.Hour)
	if s := state(); s != "available" {
		t.Errorf("after eight days it is %s: AWS starts it by itself", s)
	}
	awstest.Want(t, stop("catalog-1"), "AccessDenied") // not tagged for it
	admin := rds.NewFromConfig(cfg)
	_, err := admin.StopDBInstance(t.Context(), &rds.StopDBInstanceInput{DBInstanceIdentifier: sdk.String("catalog-1")})
	awstest.Want(t, err, "InvalidDBInstanceState")
	_, err = admin.StopDBInstance(t.Context(), &rds.StopDBInstanceInput{DBInstanceIdentifier: sdk.String("absent")})
	awstest.Want(t, err, "DBInstanceNotFound")
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	_, cfg := awstest.New(t, Register)
	c := rds.NewFromConfig(cfg)
	all, err := c.DescribeDBInstances(t.Context(), &rds.DescribeDBInstancesInput{})
	if err != nil || len(all.DBInstances) != 3 || *all.DBInstances[0].DBInstanceClass != "db.m5.xlarge" || !*all.DBInstances[0].MultiAZ {
		t.Errorf("%+v, %v", all, err)
	}
	_, err = c.DescribeDBInstances(t.Context(), &rds.DescribeDBInstancesInput{DBInstanceIdentifier: sdk.String("absent")})
	awstest.Want(t, err, "DBInstanceNotFound")
	_, err = c.DescribeDBInstances(t.Context(), &rds.DescribeDBInstancesInput{MaxRecords: sdk.Int32(5)})
	awstest.Want(t, err, "InvalidParameterValue")
	clusters, err := c.DescribeDBClusters(t.Context(), &rds.DescribeDBClustersInput{})
	if err != nil || len(clusters.DBClusters) != 1 || *clusters.DBClusters[0].DBClusterMembers[0].DBInstanceIdentifier != "catalog-1" {
		t.Errorf("%+v, %v", clusters, err)
	}
	tags, err := c.ListTagsForResource(t.Context(), &rds.ListTagsForResourceInput{ResourceName: all.DBInstances[0].DBInstanceArn})
	if err != nil || len(tags.TagList) != 4 {
		t.Errorf("%+v, %v", tags, err)
	}
}
