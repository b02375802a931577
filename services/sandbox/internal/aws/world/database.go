package world

import (
	"math"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
)

// How long a database takes to change its state, in the world's time, and after how
// long AWS starts a stopped one by itself.
const (
	DatabaseStopTakes  = 30 * time.Second
	DatabaseStartTakes = 45 * time.Second
	databaseReturns    = 7 * 24 * time.Hour
)

// Database is an RDS instance. State is AWS's: available, stopping, stopped, starting.
type Database struct {
	ID, Class, Engine, Version, State string
	Cluster                           string
	MultiAZ                           bool
	GiB                               int
	Created                           time.Time
	Tags                              map[string]string

	life *life
}

// DatabaseCluster is an Aurora cluster.
type DatabaseCluster struct {
	ID, Engine, Version string
	Members             []string
	Created             time.Time
	Tags                map[string]string
}

// ARN is the database's in its place.
func (d *Database) ARN(k Key) string {
	return "arn:aws:rds:" + k.Region + ":" + k.Account + ":db:" + d.ID
}

// ARN is the cluster's in its place.
func (d *DatabaseCluster) ARN(k Key) string {
	return "arn:aws:rds:" + k.Region + ":" + k.Account + ":cluster:" + d.ID
}

// Databases returns the RDS instances.
func (w *World) Databases(k Key) []Database {
	now := w.Now().UnixMilli()
	w.mu.RLock()
	defer w.mu.RUnlock()
	p := w.places[k]
	if p == nil {
		return nil
	}
	out := copies(p.databases)
	for i := range out {
		out[i].State = out[i].life.at(now).State
	}
	return out
}

// DatabaseClusters returns the Aurora clusters.
func (w *World) DatabaseClusters(k Key) []DatabaseCluster {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if p := w.places[k]; p != nil {
		return copies(p.clusters)
	}
	return nil
}

// StopDatabase stops an RDS instance. Errors: DBInstanceNotFound, InvalidDBInstanceState.
func (w *World) StopDatabase(k Key, id string) (Database, error) { return w.turn(k, "stop-db", id) }

// StartDatabase starts an RDS instance. Errors: DBInstanceNotFound, InvalidDBInstanceState.
func (w *World) StartDatabase(k Key, id string) (Database, error) { return w.turn(k, "start-db", id) }

func (w *World) turn(k Key, op, id string) (Database, error) {
	d, err := do[*Database](w, Act{Key: k, Op: op, IDs: []string{id}})
	if err != nil {
		return Database{}, err
	}
	w.mu.RLock()
	defer w.mu.RUnlock()
	v := *d
	v.State = d.life.at(w.Now().UnixMilli()).State
	return v, nil
}

func (p *place) database(id string) (*Database, error) {
	for _, d := range p.databases {
		if d.ID == id {
			return d, nil
		}
	}
	return nil, &wire.Error{Code: "DBInstanceNotFound", Status: 404, Message: "DBInstance " + id + " not found."}
}

func stopDatabase(_ *World, p *place, a Act) (any, error) {
	d, err := p.database(a.IDs[0])
	if err != nil {
		return nil, err
	}
	switch state := d.life.at(a.At).State; {
	case d.Cluster != "":
		return nil, wire.Errorf("InvalidDBInstanceState", "aurora instances are not eligible for stopping or starting.")
	case state != "available":
		return nil, wire.Errorf("InvalidDBInstanceState", "Instance %s is not in available state.", d.ID)
	}
	back := after(a.At, databaseReturns)
	d.life.enter(Moment{a.At, "stopping", false}, Moment{after(a.At, DatabaseStopTakes), "stopped", false},
		Moment{back, "starting", false}, Moment{after(back, DatabaseStartTakes), "available", true})
	return d, nil
}

func startDatabase(_ *World, p *place, a Act) (any, error) {
	d, err := p.database(a.IDs[0])
	if err != nil {
		return nil, err
	}
	if state := d.life.at(a.At).State; state != "stopped" {
		return nil, wire.Errorf("InvalidDBInstanceState", "Instance %s is not in stopped state.", d.ID)
	}
	d.life.enter(Moment{a.At, "starting", false}, Moment{after(a.At, DatabaseStartTakes), "available", true})
	return d, nil
}

// addDatabase adds an RDS instance with so many connections at a time; sinks says
// that its free storage does, by four per cent a day until it is made larger at 3 %.
func (p *place) addDatabase(w *World, d *Database, used shape, peak float64, sinks bool) {
	d.life = born(d.Created.Unix(), "available", true)
	p.databases = append(p.databases, d)
	rds := func(unit, name string, gen generator) {
		p.measure(d.life, minute, unit, gen, "AWS/RDS", name, "DBInstanceIdentifier", d.ID)
	}
	const gib = 1 << 30
	rds("Percent", "CPUUtilization", gauge(1, 0.08, 0, 100, used.between(3, 55)))
	rds("Count", "DatabaseConnections", counter(0.1, used.times(peak)))
	rds("Bytes", "FreeableMemory", gauge(1, 0.02, 0, 1e15, used.between(9*gib, 4*gib)))
	if d.Cluster == "" { // Aurora has no volume of its own
		rds("Bytes", "FreeStorageSpace", gauge(1, 0.0005, 0, 1e15, func(at int64) float64 {
			share := 0.72
			if sinks {
				share = 0.98 - 0.95*saw(at, 24*day, w.start+2*day)
			}
			return share * float64(d.GiB) * gib
		}))
	}
	iops := used.between(4, 900)
	rds("Count/Second", "ReadIOPS", gauge(1, 0.15, 0, 1e9, iops.times(0.55)))
	rds("Count/Second", "WriteIOPS", gauge(1, 0.15, 0, 1e9, iops.times(0.45)))
	rds("Seconds", "ReadLatency", gauge(1, 0.15, 0, 10, used.between(0.0006, 0.0021)))
	rds("Seconds", "WriteLatency", gauge(1, 0.15, 0, 10, used.between(0.0009, 0.0032)))
	rds("Bytes/Second", "ReadThroughput", gauge(1, 0.15, 0, 1e12, iops.times(0.55*16e3)))
	rds("Bytes/Second", "WriteThroughput", gauge(1, 0.15, 0, 1e12, iops.times(0.45*16e3)))
	rds("Count", "DiskQueueDepth", gauge(1, 0.3, 0, 1e6, used.between(0.01, 1.4)))
	p.measure(d.life, 5*minute, "Percent", exact(steady(100)), "AWS/RDS", "BurstBalance", "DBInstanceIdentifier", d.ID)
	rds("Percent", "EBSIOBalance%", exact(steady(99)))
	rds("Percent", "EBSByteBalance%", exact(steady(99)))
	if d.Engine == "postgres" {
		rds("Count", "MaximumUsedTransactionIDs", gauge(1, 0.0001, 0, 2e9, func(at int64) float64 { return 2e7 + 18e7*saw(at, 14*day, 0) }))
		rds("Bytes", "OldestReplicationSlotLag", gauge(1, 0.2, 0, 1e15, used.between(1e6, 3e7)))
		rds("Bytes", "TransactionLogsDiskUsage", gauge(1, 0.05, 0, 1e15, used.between(2e9, 4e9)))
	}
	rds("Count", "DBLoad", gauge(1, 0.2, 0, 1e6, used.between(0.05, 3)))
	rds("Bytes", "SwapUsage", exact(steady(0)))
	rds("Bytes/Second", "NetworkReceiveThroughput", gauge(1, 0.15, 0, 1e12, used.between(800, 2e6)))
	rds("Bytes/Second", "NetworkTransmitThroughput", gauge(1, 0.15, 0, 1e12, used.between(900, 5e6)))
	if d.Cluster == "" {
		return
	}
	rds("Milliseconds", "AuroraReplicaLag", gauge(1, 0.2, 0, 1e6, used.between(8, 30)))
	rds("Seconds", "ReplicaLag", gauge(1, 0.2, 0, 1e6, func(at int64) float64 {
		if within(at, 6*hour, 2*hour, 12*minute) { // a large transaction is behind
			return 95
		}
		return math.Abs(0.02 + 0.03*used(at))
	}))
}
