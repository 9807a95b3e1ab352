package redistest

import "syscall"

// dieWithParent kills the server also when the test process dies without its clean-up.
func dieWithParent() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
