//go:build unix && !linux

package process

import "syscall"

// attributes has the kernel make the child the leader of a group.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
