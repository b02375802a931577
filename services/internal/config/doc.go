// Package config fills settings from the command line, the environment and a
// file, in that order of weight, over the defaults that are in the structs
// already.
//
// Every setting is a field with a flag's name and help:
//
//	type Config struct {
//		Listen string        `name:"collector-listen" help:"Where HTTP ingest listens." placeholder:"HOST:PORT"`
//		Token  config.Secret `name:"collector-token" help:"…" env:"SOME_TOKEN"`
//	}
//
// The environment's name is PARLEY_ and the flag's in capitals unless a tag
// says otherwise, and the file's key is the flag's name. What no flag knows is
// an error with its line; an empty variable is as good as none.
//
// Settings that several services need are one struct, which each has as a field
// tagged `kong:"-" shared:""`: in one process there is one flag for all, and
// all get the same values, from the first's defaults.
package config
