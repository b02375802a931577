package price

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// HoursPerMonth is what AWS counts a month as: 365 days / 12 × 24.
const HoursPerMonth = 730

//go:embed table.json.gz
var packed []byte

// table is the embedded file. A row's prices are in the order of Regions, 0 is
// unknown.
type table struct {
	AsOf    string               `json:"as_of"`
	Source  string               `json:"source"`
	Regions []string             `json:"regions"`
	EC2     map[string][]float64 `json:"ec2"` // vCPUs, GiB, USD an hour…
	RDS     map[string][]float64 `json:"rds"` // "class/engine": USD an hour…
}

type prices struct {
	table
	asOf   time.Time
	types  []string
	region map[string]int
	rds    map[database][]float64
}

type database struct{ class, engine string }

var list = sync.OnceValue(func() *prices {
	p, err := read(packed)
	if err != nil {
		panic("the embedded price table: " + err.Error()) // the build is broken; a test reads it
	}
	return p
})

func read(packed []byte) (*prices, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	p := &prices{region: map[string]int{}, rds: map[database][]float64{}}
	if err := json.NewDecoder(z).Decode(&p.table); err != nil {
		return nil, err
	}
	if p.asOf, err = time.Parse(time.DateOnly, p.AsOf); err != nil {
		return nil, err
	}
	for i, r := range p.Regions {
		p.region[r] = i
	}
	for name, row := range p.EC2 {
		if len(row) != len(p.Regions)+2 {
			return nil, fmt.Errorf("%s has %d values", name, len(row))
		}
	}
	for name, row := range p.table.RDS {
		class, engine, _ := bytes.Cut([]byte(name), []byte("/"))
		if len(row) != len(p.Regions) {
			return nil, fmt.Errorf("%s has %d values", name, len(row))
		}
		p.rds[database{string(class), string(engine)}] = row
	}
	p.types = slices.Sorted(maps.Keys(p.EC2))
	return p, nil
}

// AsOf returns the date of the oldest of the prices.
func AsOf() time.Time { return list().asOf }

// Source says in words where the prices are from, with dates.
func Source() string {
	return list().Source + "; storage and networking from AWS' pages, " + ratesAsOf
}

// Types returns the names of all EC2 instance types that are known, sorted.
func Types() []string { return slices.Clone(list().types) }

// EC2 returns what a Linux instance of shared tenancy costs, in USD an hour.
func EC2(region, instanceType string) (usdPerHour float64, ok bool) {
	p := list()
	at, known := p.region[region]
	row := p.EC2[instanceType]
	if !known || row == nil {
		return 0, false
	}
	return row[2+at], row[2+at] > 0
}

// EC2Shape returns an instance type's vCPUs and memory in GiB.
func EC2Shape(instanceType string) (vcpu, memGiB float64, ok bool) {
	row := list().EC2[instanceType]
	if row == nil {
		return 0, 0, false
	}
	return row[0], row[1], true
}

// engines are RDS' names of engines whose price a class alone decides.
var engines = map[string]string{"mysql": "mysql", "mariadb": "mariadb", "postgres": "postgres",
	"aurora": "aurora", "aurora-mysql": "aurora", "aurora-postgresql": "aurora"}

// RDS returns what a database instance costs, without its storage, in USD an
// hour; engine is RDS' name of it. A standby in another zone (multiAZ) costs
// the same again; Aurora's instances are each their own, and priced as Aurora
// Standard. Oracle, SQL Server and Db2 are unknown: edition and licence decide.
func RDS(region, class, engine string, multiAZ bool) (usdPerHour float64, ok bool) {
	p := list()
	at, known := p.region[region]
	name := engines[engine]
	row := p.rds[database{class, name}]
	if !known || row == nil || row[at] == 0 {
		return 0, false
	}
	if multiAZ && name != "aurora" {
		return 2 * row[at], true
	}
	return row[at], true
}
