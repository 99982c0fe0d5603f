package process

import "syscall"

// attributes has the kernel make the child the leader of a group, and kill it when its
// parent dies.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
