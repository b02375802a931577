// Package importer writes policies that were made of other systems' rules, and
// names the rules of which none can be made.
//
//	r := prometheus.Import([]prometheus.File{{Name: "rules.yml", Data: data}})
//	text, err := importer.Write(r.Policies)
//
// Each system is a package beside this one. Everything here is pure. What is
// written was read again by package policy: it has no fault.
package importer
