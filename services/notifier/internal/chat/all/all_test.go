package all_test

import (
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/parley-ops/parley/services/notifier/internal/chat/all"
)

func TestEveryFolderIsListed(t *testing.T) {
	t.Parallel()
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	var folders []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != "all" && e.Name() != "chattest" {
			folders = append(folders, e.Name())
		}
	}
	if listed := slices.Sorted(maps.Keys(all.Kinds())); !slices.Equal(listed, folders) {
		t.Errorf("listed %v, folders %v", listed, folders)
	}
}
