// Package yamlfile reads and writes what people have in YAML, for code that walks nodes
// and name the place of each mistake.
//
// Everything is pure: any goroutine may call it. What [Top] returns has no aliases and
// no more nodes and depth than it says, so that a small file cannot grow into a
// large one.
package yamlfile
