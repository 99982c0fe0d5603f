package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"latchkey/infra/local/host"
)

const (
	// recordEvery is the pause between two looks at the functions' processes. The kernel
	// keeps each one's peak and its time, so that only what a process does between the last
	// look and its end is missed.
	recordEvery = time.Second
	// tick is the unit of times in /proc: a hundredth of a second, on every Linux
	// (proc_pid_stat(5), USER_HZ).
	tick = 10 * time.Millisecond
)

// process is what a function's process has had so far.
type process struct {
	function string
	peak     int // KiB of memory
	cpu      time.Duration
}

// processes are those of a system's functions, by process id. What this machine doesn't
// tell stays 0.
type processes struct {
	mu  sync.Mutex
	all map[int]process
}

// watch looks at the functions' processes until the context ends.
func (p *processes) watch(ctx context.Context, h *host.Host) {
	tick := time.NewTicker(recordEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			p.record(h)
		}
	}
}

// record records what each process has had.
func (p *processes) record(h *host.Host) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for name, stats := range h.Stats() {
		for _, i := range stats.Instances {
			folder := fmt.Sprintf("/proc/%d/", i.PID)
			status, err := os.ReadFile(folder + "status")
			if err != nil {
				continue // it has ended
			}
			stat, err := os.ReadFile(folder + "stat")
			if err != nil {
				continue
			}
			p.all[i.PID] = process{name, highWater(string(status)), cpuTime(string(stat))}
		}
	}
}

// cpu returns the time of each function's processes, user and system.
func (p *processes) cpu(h *host.Host) map[string]time.Duration {
	p.record(h)
	p.mu.Lock()
	defer p.mu.Unlock()
	sums := map[string]time.Duration{}
	for _, one := range p.all {
		sums[one.function] += one.cpu
	}
	return sums
}

// peaks returns the most memory that one process of each function had, in MiB.
func (p *processes) peaks() map[string]float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	most := map[string]float64{}
	for _, one := range p.all {
		most[one.function] = max(most[one.function], float64(one.peak)/1024)
	}
	return most
}

// highWater returns the most memory that a process had, in KiB, from its status in /proc;
// 0 is not known.
func highWater(status string) int {
	for line := range strings.Lines(status) {
		value, ok := strings.CutPrefix(line, "VmHWM:")
		if !ok {
			continue
		}
		value = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB"))
		kib, _ := strconv.Atoi(value)
		return kib
	}

	return 0
}

// cpuTime returns the user and system time of a process from its stat in /proc; 0 is not
// known. The name of the program stands in brackets, and may hold anything.
func cpuTime(stat string) time.Duration {
	const user, system = 11, 12 // of the fields after the name

	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) <= system {
		return 0
	}
	u, _ := strconv.Atoi(fields[user])
	s, _ := strconv.Atoi(fields[system])
	return time.Duration(u+s) * tick
}
