package all

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
)

// One folder, one line.
func TestEveryFolderIsInTheList(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	var folders, listed []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != "all" && e.Name() != "actiontest" && e.Name() != "awskit" {
			folders = append(folders, e.Name())
		}
	}
	for name := range maps.Keys(Kinds()) {
		listed = append(listed, strings.ReplaceAll(name, "-", ""))
	}
	slices.Sort(listed)
	if !slices.Equal(folders, listed) {
		t.Errorf("folders %v, list %v", folders, listed)
	}
}
