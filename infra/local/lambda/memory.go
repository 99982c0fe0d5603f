package lambda

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// peak returns the most memory that a process has had resident so far, in bytes, or 0
// where the system doesn't tell: Linux does
// (https://man7.org/linux/man-pages/man5/proc_pid_status.5.html, VmHWM).
func peak(pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}

	_, after, _ := strings.Cut(string(status), "\nVmHWM:")
	line, _, _ := strings.Cut(after, " kB")
	kilobytes, err := strconv.Atoi(strings.TrimSpace(line))
	if err != nil {
		return 0
	}
	return kilobytes << 10
}
