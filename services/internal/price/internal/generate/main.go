// Command generate writes ../../table.json.gz, the list prices of package
// price, from two modules of the Go module proxy that carry them as data:
//
//	go run ./services/internal/price/internal/generate
//
// The modules are downloaded into a scratch folder and read there; nothing of
// Parley requires them. ec2instances.info's data are MIT, Karpenter's Apache-2.0.
// Newer versions: raise them below, run it, and look at what the tests say.
package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

const (
	infoModule, infoVersion           = "github.com/cristim/ec2-instances-info", "v0.0.0-20250528091325-32acf84f42eb"
	infoDate                          = "2025-05-28"
	karpenterModule, karpenterVersion = "github.com/aws/karpenter-provider-aws", "v1.15.1"
)

// table is the file's content: package price reads it. A row's prices are in
// the order of Regions, 0 is unknown.
type table struct {
	AsOf    string               `json:"as_of"`
	Source  string               `json:"source"`
	Regions []string             `json:"regions"`
	EC2     map[string][]float64 `json:"ec2"` // vCPUs, GiB, USD an hour…
	RDS     map[string][]float64 `json:"rds"` // "class/engine": USD an hour…
}

func main() {
	log.SetFlags(0)
	out := flag.String("o", "services/internal/price/table.json.gz", "the file to write")
	flag.Parse()
	info := files(infoModule, infoVersion, "data/instances.json", "data/rds-instances.json")
	karpenter := files(karpenterModule, karpenterVersion, "pkg/providers/pricing/zz_generated.pricing_aws.go", "pkg/providers/pricing/zz_generated.pricing_aws_us_gov.go")
	t := table{AsOf: infoDate, EC2: map[string][]float64{}, RDS: map[string][]float64{}}
	t.instances(info[0])
	t.databases(info[1])
	var newer []string
	for _, f := range karpenter {
		newer = append(newer, t.overlay(string(f)))
	}
	t.Source = fmt.Sprintf("AWS list prices, on demand: ec2instances.info of %s, Karpenter's table for %s", infoDate, strings.Join(newer, ", "))

	var buf bytes.Buffer
	z, err := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	check(err)
	check(json.NewEncoder(z).Encode(t))
	check(z.Close())
	check(os.WriteFile(*out, buf.Bytes(), 0o644))
	log.Printf("%s: %d bytes, %d instance types, %d database rows, %d regions; %s", *out, buf.Len(), len(t.EC2), len(t.RDS), len(t.Regions), t.Source)
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// files returns files of a module's archive.
func files(module, version string, paths ...string) [][]byte {
	scratch, err := os.MkdirTemp("", "prices")
	check(err)
	defer func() { check(os.RemoveAll(scratch)) }()
	check(os.WriteFile(filepath.Join(scratch, "go.mod"), []byte("module scratch\n"), 0o600))
	c := exec.Command("go", "mod", "download", "-json", module+"@"+version)
	c.Dir, c.Env = scratch, append(os.Environ(), "GOWORK=off")
	said, downloadErr := c.Output()
	var got struct{ Zip, Error string }
	// A module that wants a newer Go is an error, and downloaded all the same.
	if err := json.Unmarshal(said, &got); err != nil || got.Zip == "" {
		log.Fatalf("download %s: %v %s", module, downloadErr, got.Error)
	}
	z, err := zip.OpenReader(got.Zip)
	check(err)
	defer func() { check(z.Close()) }()
	var out [][]byte
	for _, p := range paths {
		f, err := z.Open(module + "@" + version + "/" + p)
		check(err)
		data, err := io.ReadAll(f)
		check(err)
		out = append(out, data)
	}
	return out
}

// A region has two hyphens, or three in GovCloud; more is a local zone, whose
// instances' region is another. China's prices are in yuan, and left out.
var regionName = regexp.MustCompile(`^(us-gov-[a-z]+|[a-z]{2}-[a-z]+)-[0-9]+$`)

// offers are by region and by operating system or engine; some are mere
// numbers, of what is of no concern here.
type offers map[string]map[string]json.RawMessage

func (o offers) usd(region, what string) float64 {
	var offer struct {
		OnDemand json.RawMessage `json:"ondemand"`
	}
	if json.Unmarshal(o[region][what], &offer) != nil {
		return 0
	}
	v, err := strconv.ParseFloat(strings.Trim(string(offer.OnDemand), `"`), 64)
	if err != nil || v < 0 || math.IsInf(v, 0) {
		return 0
	}
	return round(v)
}

func round(v float64) float64 { return math.Round(v*1e6) / 1e6 }

func (t *table) instances(data []byte) {
	var list []struct {
		Type    string  `json:"instance_type"`
		VCPU    float64 `json:"vCPU"`
		Memory  float64 `json:"memory"`
		Pricing offers  `json:"pricing"`
	}
	check(json.Unmarshal(data, &list))
	for _, i := range list {
		for r := range i.Pricing {
			if regionName.MatchString(r) && !strings.HasPrefix(r, "cn-") && !slices.Contains(t.Regions, r) {
				t.Regions = append(t.Regions, r)
			}
		}
	}
	slices.Sort(t.Regions)
	for _, i := range list {
		row := []float64{i.VCPU, round(i.Memory)}
		for _, r := range t.Regions {
			row = append(row, i.Pricing.usd(r, "linux"))
		}
		t.EC2[i.Type] = row
	}
}

// databases takes the engines whose price a class alone decides: Oracle's, SQL
// Server's and Db2's depend on edition and licence.
func (t *table) databases(data []byte) {
	var list []struct {
		Class   string `json:"instance_type"`
		Pricing offers `json:"pricing"`
	}
	check(json.Unmarshal(data, &list))
	for _, i := range list {
		rows := map[string][]float64{}
		for _, r := range t.Regions {
			rows["mysql"] = append(rows["mysql"], i.Pricing.usd(r, "MySQL"))
			rows["mariadb"] = append(rows["mariadb"], i.Pricing.usd(r, "MariaDB"))
			rows["postgres"] = append(rows["postgres"], i.Pricing.usd(r, "PostgreSQL"))
			rows["aurora"] = append(rows["aurora"], aurora(i.Pricing, r))
		}
		for engine, row := range rows {
			if slices.Max(row) > 0 {
				t.RDS[i.Class+"/"+engine] = row
			}
		}
	}
}

// aurora returns the price of Aurora Standard, which both of its engines share.
// The data mix it with that of I/O-Optimized, the dearer one: 16 and 21 are the
// engines' own codes, 211 is I/O-Optimized.
func aurora(o offers, region string) float64 {
	least := 0.0
	for _, what := range []string{"16", "21", "Aurora MySQL", "Aurora PostgreSQL"} {
		if v := o.usd(region, what); v > 0 && (least == 0 || v < least) {
			least = v
		}
	}
	if o.usd(region, "211") == least {
		return 0 // only the dearer one is there
	}
	return least
}

var (
	generated = regexp.MustCompile(`// generated at (\S+)T`)
	block     = regexp.MustCompile(`(?s)\n\t"([a-z0-9-]+)": \{(.*?)\n\t\}`)
	entry     = regexp.MustCompile(`"([a-z0-9.-]+)": ([0-9.]+)`)
)

// overlay puts in the newer prices of one of Karpenter's tables, and returns
// what they are.
func (t *table) overlay(text string) string {
	var regions []string
	for _, b := range block.FindAllStringSubmatch(text, -1) {
		at := slices.Index(t.Regions, b[1])
		if at < 0 {
			log.Fatalf("region %s is in one source only", b[1])
		}
		regions = append(regions, b[1])
		for _, e := range entry.FindAllStringSubmatch(b[2], -1) {
			row := t.EC2[e[1]]
			if row == nil {
				continue // a type whose shape is not known yet
			}
			v, err := strconv.ParseFloat(e[2], 64)
			check(err)
			row[2+at] = round(v)
		}
	}
	if len(regions) == 0 {
		log.Fatal("Karpenter's table has another form than it had")
	}
	return strings.Join(regions, " and ") + " of " + generated.FindStringSubmatch(text)[1]
}
