package keyholder_test

import (
	"os/exec"
	"syscall"
)

// dieWithParent ends the process when the test process ends, however it ends.
func dieWithParent(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
