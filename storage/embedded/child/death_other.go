//go:build !linux

package child

import (
	"os/exec"
	"syscall"
)

// Only Linux has a parent-death signal; elsewhere the owner must call Stop.
func setDeathSignal(*exec.Cmd, syscall.Signal) {}
