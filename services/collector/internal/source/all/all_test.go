package all

import (
	"os"
	"testing"
)

// TestFolders compares the list with the folders, so that the line cannot be
// forgotten.
func TestFolders(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	kinds := Kinds()
	for _, e := range entries {
		if !e.IsDir() || e.Name() == "all" || e.Name() == "sourcetest" {
			continue
		}
		if _, ok := kinds[e.Name()]; !ok {
			t.Errorf("the folder %s is not in Kinds", e.Name())
		}
		delete(kinds, e.Name())
	}
	for k := range kinds {
		t.Errorf("the kind %s has no folder", k)
	}
}
