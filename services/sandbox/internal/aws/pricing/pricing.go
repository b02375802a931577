package pricing

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

var service = wire.Service{Scope: "pricing", IAM: "pricing", Target: "AWSPriceListService"}

// Published is the day that the list is of.
const Published = "2026-11-01T00:00:00Z"

var locations = map[string]string{"eu-west-1": "EU (Ireland)", "us-east-1": "US East (N. Virginia)"}

// Register adds the operation to mux.
func Register(mux *wire.Mux, w *world.World) {
	mux.Handle(service, "GetProducts", func(_ context.Context, r *wire.Request) (wire.Answer, error) {
		if err := w.Authorize(r, "", nil); err != nil {
			return nil, err
		}
		return getProducts(r)
	})
}

type product struct {
	attributes map[string]string
	usd        float64 // an hour
}

// products are all of them, in an order that does not change.
func products() []product {
	var out []product
	for _, name := range slices.Sorted(maps.Keys(world.Shapes)) {
		s := world.Shapes[name]
		for _, region := range []string{"eu-west-1", "us-east-1"} {
			usd := s.Price
			if region == "us-east-1" {
				usd = s.PriceUS
			}
			out = append(out, product{usd: usd, attributes: map[string]string{
				"servicecode": "AmazonEC2", "instanceType": name, "regionCode": region, "location": locations[region], "locationType": "AWS Region",
				"operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used", "licenseModel": "No License required",
				"vcpu": strconv.Itoa(s.VCPU), "memory": fmt.Sprintf("%g GiB", s.MemGiB), "operation": "RunInstances",
			}})
		}
	}
	return out
}

func getProducts(r *wire.Request) (wire.Answer, error) {
	code, most, begin := r.Text("ServiceCode"), r.Int("MaxResults", 100), 0
	if code == "" || most < 1 || most > 100 {
		return nil, wire.Errorf("InvalidParameterException", "ServiceCode is required, and MaxResults must be between 1 and 100")
	}
	if token := r.Text("NextToken"); token != "" {
		n, err := strconv.Atoi(token)
		if err != nil || n < 0 {
			return nil, wire.Errorf("InvalidNextTokenException", "Invalid NextToken")
		}
		begin = n
	}
	filters := r.List("Filters")
	for _, f := range filters {
		if kind := f.Text("Type"); kind != "TERM_MATCH" {
			return nil, wire.Errorf("InvalidParameterException", "Input Parameters are invalid. Filter type %q is not known; use TERM_MATCH", kind)
		}
	}
	list, n, m := wire.List{}, 0, wire.Map{"FormatVersion": "aws_v1"}
	for _, p := range products() {
		if p.attributes["servicecode"] != code || !p.passes(filters) {
			continue
		}
		if n++; n <= begin {
			continue
		}
		if int64(len(list)) == most {
			m["NextToken"] = strconv.Itoa(n - 1)
			break
		}
		list = append(list, p.document())
	}
	m["PriceList"] = list
	return m, r.Err()
}

func (p product) passes(filters []wire.Node) bool {
	for _, f := range filters {
		if p.attributes[f.Text("Field")] != f.Text("Value") {
			return false
		}
	}
	return true
}

// document is the product as AWS prints it: JSON, within a string.
func (p product) document() string {
	sku := fmt.Sprintf("SANDBOX%s%s", p.attributes["instanceType"], p.attributes["regionCode"])
	offer, rate := sku+".JRTCKXETXF", sku+".JRTCKXETXF.6YS6EN2CT7"
	text, err := json.Marshal(map[string]any{
		"product":     map[string]any{"productFamily": "Compute Instance", "sku": sku, "attributes": p.attributes},
		"serviceCode": "AmazonEC2", "version": "20261101000000", "publicationDate": Published,
		"terms": map[string]any{"OnDemand": map[string]any{offer: map[string]any{
			"sku": sku, "effectiveDate": Published, "offerTermCode": "JRTCKXETXF", "termAttributes": map[string]any{},
			"priceDimensions": map[string]any{rate: map[string]any{
				"unit": "Hrs", "rateCode": rate, "beginRange": "0", "endRange": "Inf", "appliesTo": []string{},
				"pricePerUnit": map[string]string{"USD": strconv.FormatFloat(p.usd, 'f', 10, 64)},
				"description":  fmt.Sprintf("$%g per On Demand Linux %s Instance Hour", p.usd, p.attributes["instanceType"]),
			}},
		}}},
	})
	if err != nil {
		panic(err) // strings and numbers
	}
	return string(text)
}
