// Package catalog is the actions that are offered: those of the YAML folder,
// read again when a file has changed and come to rest, shown to the other services in the rules
// bucket.
//
// A faulty action keeps its last good form for as long as the process lives;
// a faulty file takes no other file's actions away. While anything is faulty,
// nothing is removed from the bucket. Only differences are written.
//
// [Catalog.Get] may be called from any goroutine.
package catalog
