package apitest

import (
	"bytes"
	"os"
	"testing"

	"go.yaml.in/yaml/v4"
)

// Sample reads a backend's sample.yaml into its defaults, strictly.
func Sample[C any](t *testing.T, c C) C {
	t.Helper()
	data, err := os.ReadFile("sample.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(data))
	d.KnownFields(true)
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	return c
}
