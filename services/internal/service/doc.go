// Package service is the life of a process that runs one service or several.
//
//	func main() { service.Main(bus.Dial(), evaluator.Service()) }
//
// [Main] alone reads flags, environment and signals and alone exits. It
// decodes every service's config before it starts any, connects each with its
// own NATS user, serves /healthz, /readyz and /metrics, runs them all, and
// ends when one fails or a signal comes: then every run's context is done,
// each finishes what it holds, and the process exits 0, or 1 if one failed.
//
// A service is a name, its default config and a function that works until its
// context is done. It does not know what it shares a process with.
//
// Run as `<program> health`, a process asks the one that is running whether it
// is well, for container health checks without a shell.
package service
