package main

import "syscall"

// childOfThis makes a process end with this program, however that ends.
func childOfThis() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
