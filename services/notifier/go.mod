module github.com/parley-ops/parley/services/notifier

go 1.26.0

require (
	github.com/parley-ops/parley/proto v0.0.0
	github.com/parley-ops/parley/services/internal v0.0.0
)

replace (
	github.com/parley-ops/parley/proto => ../../proto
	github.com/parley-ops/parley/services/internal => ../internal
)
