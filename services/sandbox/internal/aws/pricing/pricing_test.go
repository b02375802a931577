package pricing

import (
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/aws/aws-sdk-go-v2/service/pricing/types"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/awstest"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

func TestGetProducts(t *testing.T) {
	t.Parallel()
	w, cfg := awstest.New(t, Register)
	c := pricing.NewFromConfig(awstest.Assume(t, w, cfg, world.Home, "parley-collector"))
	match := func(pairs ...string) (f []types.Filter) {
		for n := 0; n < len(pairs); n += 2 {
			f = append(f, types.Filter{Type: "TERM_MATCH", Field: sdk.String(pairs[n]), Value: sdk.String(pairs[n+1])})
		}
		return f
	}
	out, err := c.GetProducts(t.Context(), &pricing.GetProductsInput{
		ServiceCode: sdk.String("AmazonEC2"), Filters: match("instanceType", "m5.2xlarge", "regionCode", "eu-west-1", "operatingSystem", "Linux", "tenancy", "Shared"),
	})
	if err != nil || len(out.PriceList) != 1 || !strings.Contains(out.PriceList[0], `"USD":"0.4280000000"`) {
		t.Errorf("%+v, %v", out, err)
	}
	n := 0
	pages := pricing.NewGetProductsPaginator(c, &pricing.GetProductsInput{ServiceCode: sdk.String("AmazonEC2"), MaxResults: sdk.Int32(7)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		n += len(page.PriceList)
	}
	if n != 2*len(world.Shapes) {
		t.Errorf("%d products", n)
	}
	_, err = c.GetProducts(t.Context(), &pricing.GetProductsInput{ServiceCode: sdk.String("AmazonEC2"), NextToken: sdk.String("x")})
	awstest.Want(t, err, "InvalidNextTokenException")
}
