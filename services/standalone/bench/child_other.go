//go:build !linux

package main

import "syscall"

func childOfThis() *syscall.SysProcAttr { return nil }
