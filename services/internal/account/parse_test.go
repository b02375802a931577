package account

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestSampleIsRead(t *testing.T) {
	t.Parallel()
	const file = "../../../deploy/aws/accounts.sample.yaml"
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Parse(file, data, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Account{
		{ID: "111122223333", Name: "shop", Team: "shop", Regions: []string{"eu-west-1", "us-east-1"}, Role: "arn:aws:iam::111122223333:role/parley-collector",
			ActionRole: "arn:aws:iam::111122223333:role/parley-actions", ExternalID: "@/aws/shop.external-id", Budget: 5, Labels: defaultLabels,
			Queue: "https://sqs.eu-west-1.amazonaws.com/111122223333/parley-events"},
		{ID: "444455556666", Name: "data", Team: "infra", Regions: []string{"eu-west-1"}, Role: "arn:aws:iam::444455556666:role/parley-collector",
			ExternalID: "0b6f5b1e-3f7a-4f0e-9d0a-6a2f0d6f6c11", Services: []string{"ec2", "rds", "alb", "lambda"}, Tags: map[string]string{"env": "~prod|staging"},
			Labels: []string{"Name", "env", "owner", "cost-center"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestMistakesAreNamedWithTheirLine(t *testing.T) {
	t.Parallel()
	f := func(want, text string) {
		t.Helper()
		_, err := Parse("a.yaml", []byte(text), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s\ngot  %v\nwant %s", text, err, want)
		}
	}
	one := func(lines string) string {
		return "accounts:\n  - id: \"111122223333\"\n    regions: [eu-west-1]\n" + lines
	}
	f("a.yaml:1: accounts: is missing", "")
	f("a.yaml:1: accounts: want a list", "accounts: 3\n")
	f(`a.yaml:2: unknown key "acounts" (did you mean "accounts"?)`, "accounts: [{id: \"111122223333\", regions: eu-west-1}]\nacounts: []\n")
	f(`a.yaml:4: unknown key "region" (did you mean "regions"?)`, one("    region: x\n"))
	f(`a.yaml:4: an account: "id" is there twice`, one("    id: \"111122223333\"\n"))
	f("a.yaml:2: id: want twelve digits", "accounts:\n  - id: 12\n    regions: [eu-west-1]\n")
	f("a.yaml:2: id: is missing", "accounts:\n  - regions: [eu-west-1]\n")
	f("a.yaml:2: account 111122223333: regions: is missing", "accounts:\n  - id: \"111122223333\"\n")
	f("a.yaml:3: regions: want regions like eu-west-1", "accounts:\n  - id: \"111122223333\"\n    regions: [Ireland]\n")
	f("external_id: is missing", one("    role: parley-collector\n"))
	f("a.yaml:4: role: is a role of account 999988887777, not of 111122223333", one("    role: arn:aws:iam::999988887777:role/x\n    external_id: abc\n"))
	f("a.yaml:5: action_role: is the role that reads", one("    role: x\n    action_role: x\n    external_id: abc\n"))
	f("a.yaml:4: budget: want USD a month", one("    budget: much\n"))
	f("a.yaml:4: linked: want true or false", one("    linked: perhaps\n"))
	f("a.yaml:4: tags: env: want", one("    tags: {env: \"~(\"}\n"))
	f(`a.yaml:4: services: unknown service "lamda" (did you mean "lambda"?)`, one("    services: [ec2, lamda]\n"))
	f("a.yaml:4: queue: want the URL", one("    queue: parley-events\n"))
	f("account 111122223333 is there twice", "accounts:\n  - {id: \"111122223333\", regions: eu-west-1}\n  - {id: \"111122223333\", regions: eu-west-1}\n")
	f("a.yaml", "accounts: [\n")
}

func TestServicesAreTheCollectors(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../collector/catalog/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range files {
		names = append(names, strings.TrimSuffix(filepath.Base(f), ".yaml"))
	}
	if slices.Sort(names); !slices.Equal(names, serviceNames) {
		t.Errorf("the collector has %v\nthe accounts file knows %v", names, serviceNames)
	}
}

func TestRegionsAndPartitions(t *testing.T) {
	t.Parallel()
	got, err := Parse("a.yaml", []byte("accounts:\n  - {id: 111122223333, role: reader, external_id: abc}\n"), []string{"cn-north-1"})
	if err != nil {
		t.Fatal(err)
	}
	if a := got[0]; a.Role != "arn:aws-cn:iam::111122223333:role/reader" || a.Regions[0] != "cn-north-1" {
		t.Errorf("%+v", a)
	}
}

func TestExternalIDFromAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, secret := filepath.Join(dir, "a.yaml"), filepath.Join(dir, "id")
	text := "accounts:\n  - {id: 111122223333, regions: eu-west-1, role: reader, external_id: \"@" + secret + "\"}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (Config{File: file}).Load(nil); err == nil || !strings.Contains(err.Error(), "external_id") {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(secret, []byte("hush-hush\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Config{File: file}.Load(nil)
	if err != nil || s.Accounts()[0].ExternalID.Reveal() != "hush-hush" {
		t.Errorf("%v, %v", s, err)
	}
}

func FuzzParse(f *testing.F) {
	sample, err := os.ReadFile("../../../deploy/aws/accounts.sample.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{string(sample), "", "accounts: [&a {id: *a}]", "accounts:\n - tags: {a: [b]}\n   regions: {a: b}\n", "accounts: [~, 3, []]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		accounts, err := Parse("a.yaml", data, []string{"eu-west-1"})
		if err != nil {
			return
		}
		for _, a := range accounts {
			if !accountID.MatchString(a.ID) || a.Name == "" || len(a.Regions) == 0 || (a.Role != "" || a.ActionRole != "") && a.ExternalID == "" {
				t.Errorf("accepted %+v", a)
			}
		}
	})
}
