module github.com/parley-ops/parley/services/standalone

go 1.26.0

require (
	github.com/klauspost/compress v1.20.3
	github.com/nats-io/nats.go v1.55.0
	github.com/parley-ops/parley/proto v0.0.0
	github.com/parley-ops/parley/services/internal v0.0.0
	google.golang.org/protobuf v1.36.12
)

replace (
	github.com/parley-ops/parley/proto => ../../proto
	github.com/parley-ops/parley/services/internal => ../internal
)
