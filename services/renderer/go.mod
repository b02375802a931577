module github.com/parley-ops/parley/services/renderer

go 1.26.0

require (
	github.com/golang/freetype v0.0.0-20170609003504-e2365dfdc4a0
	github.com/wcharczuk/go-chart/v2 v2.1.2
	golang.org/x/image v0.47.0
)

require github.com/klauspost/compress v1.20.3
