package ec2

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/parley-ops/parley/services/sandbox/internal/aws/wire"
	"github.com/parley-ops/parley/services/sandbox/internal/aws/world"
)

// FuzzRequest sends any form: every answer is one of AWS's, and reading changes nothing.
func FuzzRequest(f *testing.F) {
	w, err := world.New(world.Options{Seed: 1})
	if err != nil {
		f.Fatal(err)
	}
	mux := wire.New(wire.Hooks{Identify: w.Identify})
	Register(mux, w)
	for _, body := range []string{
		"Action=DescribeInstances&Version=2016-11-15&Filter.1.Name=tag:Name&Filter.1.Value.1=web-*&MaxResults=5",
		"Action=DescribeInstances&Filter.1.Name=instance-state-name&Filter.1.Value.1=run?ing&Filter.2.Name=tag-key&Filter.2.Value.7=a&NextToken=page-3",
		"Action=DescribeVolumes&Filter.1.Name=status&Filter.1.Value=available&VolumeId.1=vol-0",
		"Action=DescribeTags&Filter.1.Name=value&Filter.1.Value.1=*&MaxResults=-1",
		"Action=DescribeInstanceStatus&InstanceId.1=i-0ba7c4e9d1f2a3b40&IncludeAllInstances=yes",
		"Action=DescribeInstanceTypes&Filter=x&DryRun=true",
	} {
		f.Add(body)
	}
	f.Fuzz(func(t *testing.T, body string) {
		if !strings.HasPrefix(body, "Action=Describe") {
			body = "Action=DescribeInstances&" + body
		}
		at := time.Now().UTC()
		r := httptest.NewRequest("POST", "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Amz-Date", at.Format("20060102T150405Z"))
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/"+at.Format("20060102")+"/eu-west-1/ec2/aws4_request, SignedHeaders=host, Signature="+strings.Repeat("0", 64))
		rw := httptest.NewRecorder()
		mux.ServeHTTP(rw, r)
		if rw.Code != http.StatusOK && rw.Code != http.StatusBadRequest && rw.Code != http.StatusPreconditionFailed {
			t.Errorf("%d: %s", rw.Code, rw.Body)
		}
		if rw.Code == http.StatusOK && !strings.Contains(rw.Body.String(), "Response xmlns=") {
			t.Errorf("no answer: %s", rw.Body)
		}
	})
}
