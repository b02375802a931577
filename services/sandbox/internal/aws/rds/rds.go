package rds

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

var service = wire.Service{Scope: "rds", IAM: "rds", Version: "2014-10-31", XMLNS: "http://rds.amazonaws.com/doc/2014-10-31/"}

// api is RDS on a world.
type api struct{ world *world.World }

// Register adds RDS's operations to mux.
func Register(mux *wire.Mux, w *world.World) {
	a := api{w}
	for name, op := range map[string]func(*wire.Request, world.Key) (wire.Answer, error){
		"DescribeDBInstances": a.instances, "DescribeDBClusters": a.clusters, "ListTagsForResource": a.tags,
		"StopDBInstance":  func(r *wire.Request, k world.Key) (wire.Answer, error) { return a.turn(r, k, w.StopDatabase) },
		"StartDBInstance": func(r *wire.Request, k world.Key) (wire.Answer, error) { return a.turn(r, k, w.StartDatabase) },
	} {
		mux.Handle(service, name, func(_ context.Context, r *wire.Request) (wire.Answer, error) {
			return op(r, world.Key{Account: r.Caller.Account, Region: r.Region})
		})
	}
}

// page cuts a list as MaxRecords and Marker say.
func page[T any](r *wire.Request, list []T) ([]T, any, error) {
	most, begin := int(r.Int("MaxRecords", 100)), 0
	if most < 20 || most > 100 {
		return nil, nil, wire.Errorf("InvalidParameterValue", "Invalid value %d for MaxRecords. Must be between 20 and 100", most)
	}
	if marker := r.Text("Marker"); marker != "" {
		n, err := strconv.Atoi(marker)
		if err != nil || n < 0 || n > len(list) {
			return nil, nil, wire.Errorf("InvalidParameterValue", "The parameter Marker is not valid.")
		}
		begin = n
	}
	if list = list[begin:]; len(list) > most {
		return list[:most], strconv.Itoa(begin + most), r.Err()
	}
	return list, nil, r.Err()
}

func tagList(tags map[string]string) any {
	list := wire.List{}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, wire.Map{"Key": name, "Value": tags[name]})
	}
	return wire.Named("Tag", list)
}

func (a api) instances(r *wire.Request, k world.Key) (wire.Answer, error) {
	if err := a.world.Authorize(r, "", nil); err != nil {
		return nil, err
	}
	all, id := a.world.Databases(k), short(r.Text("DBInstanceIdentifier"))
	if id != "" {
		all = slices.DeleteFunc(all, func(d world.Database) bool { return !strings.EqualFold(d.ID, id) })
		if len(all) == 0 {
			return nil, &wire.Error{Code: "DBInstanceNotFound", Status: 404, Message: "DBInstance " + id + " not found."}
		}
	}
	all, marker, err := page(r, all)
	if err != nil {
		return nil, err
	}
	list := wire.List{}
	for _, d := range all {
		list = append(list, item(k, d))
	}
	return wire.Map{"DBInstances": wire.Named("DBInstance", list), "Marker": marker}, nil
}

// short is an identifier that may have come as an ARN.
func short(id string) string {
	if strings.HasPrefix(id, "arn:") {
		return world.Short(id)
	}
	return id
}

func item(k world.Key, d world.Database) wire.Map {
	m := wire.Map{
		"DBInstanceIdentifier": d.ID, "DBInstanceArn": d.ARN(k), "DBInstanceClass": d.Class, "Engine": d.Engine, "EngineVersion": d.Version,
		"DBInstanceStatus": d.State, "AllocatedStorage": d.GiB, "InstanceCreateTime": d.Created, "MultiAZ": d.MultiAZ, "StorageType": "gp3",
		"AvailabilityZone": k.Region + "a", "StorageEncrypted": true, "DeletionProtection": false, "PubliclyAccessible": false,
		"DbiResourceId": "db-" + strings.ToUpper(d.ID), "TagList": tagList(d.Tags), "BackupRetentionPeriod": 7, "MasterUsername": "shop",
		"Endpoint": wire.Map{"Address": d.ID + ".c0000000000." + k.Region + ".rds.amazonaws.com", "Port": 5432},
	}
	if d.Cluster != "" {
		m["DBClusterIdentifier"] = d.Cluster
	}
	return m
}

func (a api) clusters(r *wire.Request, k world.Key) (wire.Answer, error) {
	if err := a.world.Authorize(r, "", nil); err != nil {
		return nil, err
	}
	all, id := a.world.DatabaseClusters(k), short(r.Text("DBClusterIdentifier"))
	if id != "" {
		all = slices.DeleteFunc(all, func(d world.DatabaseCluster) bool { return !strings.EqualFold(d.ID, id) })
		if len(all) == 0 {
			return nil, &wire.Error{Code: "DBClusterNotFoundFault", Status: 404, Message: "DBCluster " + id + " not found."}
		}
	}
	all, marker, err := page(r, all)
	if err != nil {
		return nil, err
	}
	list := wire.List{}
	for _, d := range all {
		members := wire.List{}
		for n, id := range d.Members {
			members = append(members, wire.Map{"DBInstanceIdentifier": id, "IsClusterWriter": n == 0, "DBClusterParameterGroupStatus": "in-sync", "PromotionTier": 1})
		}
		list = append(list, wire.Map{
			"DBClusterIdentifier": d.ID, "DBClusterArn": d.ARN(k), "Engine": d.Engine, "EngineVersion": d.Version, "Status": "available",
			"ClusterCreateTime": d.Created, "DBClusterMembers": wire.Named("DBClusterMember", members), "TagList": tagList(d.Tags),
			"EngineMode": "provisioned", "MultiAZ": false,
		})
	}
	return wire.Map{"DBClusters": wire.Named("DBCluster", list), "Marker": marker}, nil
}

func (a api) turn(r *wire.Request, k world.Key, do func(world.Key, string) (world.Database, error)) (wire.Answer, error) {
	id := short(r.Text("DBInstanceIdentifier"))
	if id == "" {
		return nil, wire.Errorf("MissingParameter", "The request must contain the parameter DBInstanceIdentifier.")
	}
	d := world.Database{ID: id}
	for _, have := range a.world.Databases(k) {
		if have.ID == id {
			d = have
		}
	}
	keys := map[string][]string{}
	for name, v := range d.Tags {
		keys["aws:ResourceTag/"+name], keys["rds:db-tag/"+name] = []string{v}, []string{v}
	}
	if err := a.world.Authorize(r, d.ARN(k), keys); err != nil {
		return nil, err
	}
	r.Touch(id)
	d, err := do(k, id)
	if err != nil {
		return nil, err
	}
	return wire.Map{"DBInstance": item(k, d)}, nil
}

func (a api) tags(r *wire.Request, k world.Key) (wire.Answer, error) {
	arn := r.Text("ResourceName")
	if err := a.world.Authorize(r, arn, nil); err != nil {
		return nil, err
	}
	for _, res := range a.world.Resources(k) {
		if res.ARN == arn && strings.HasPrefix(res.Type, "rds:") {
			return wire.Map{"TagList": tagList(res.Tags)}, nil
		}
	}
	return nil, &wire.Error{Code: "DBInstanceNotFound", Status: 404, Message: arn + " not found."}
}
