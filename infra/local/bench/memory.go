package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// recordEvery is the pause between two looks at the functions' processes. The kernel
// keeps each one's peak, so that only what a process does between the last look and its
// end could be missed, and none ends within a run.
const recordEvery = time.Second

// peak is the most memory that a function's processes had.
type peak struct {
	function  string
	processes int
	largest   int // of one process, in KiB
}

// memory is the peak of each process in KiB, by function and process id.
type memory map[string]map[int]int

// watch looks at the functions' processes until the function that it returns is called.
// That looks once more, and returns the peaks.
func watch(ctx context.Context, s *system) (peaks func() []peak) {
	seen := memory{}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(recordEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				seen.record(ctx, s)
			}
		}
	}()

	return func() []peak {
		cancel()
		<-done
		seen.record(context.WithoutCancel(ctx), s)
		return seen.peaks()
	}
}

// record records the peak of each process that there is. What can't be read is left out:
// the process may have ended.
func (m memory) record(ctx context.Context, s *system) {
	functions, err := s.api.Functions(ctx)
	if err != nil {
		return
	}

	for _, f := range functions {
		for _, i := range f.Instances {
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", i.PID))
			if err != nil {
				continue
			}
			if m[f.Name] == nil {
				m[f.Name] = map[int]int{}
			}
			m[f.Name][i.PID] = highWater(string(status))
		}
	}
}

// peaks returns the peak of each function, by name.
func (m memory) peaks() []peak {
	var all []peak
	for function, processes := range m {
		p := peak{function: function, processes: len(processes)}
		for _, kib := range processes {
			p.largest = max(p.largest, kib)
		}
		all = append(all, p)
	}

	slices.SortFunc(all, func(a, b peak) int { return strings.Compare(a.function, b.function) })
	return all
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

// reportPeaks prints the peaks.
func reportPeaks(out io.Writer, peaks []peak) {
	if len(peaks) == 0 {
		fmt.Fprintln(out, "peak memory: this system doesn't tell it")
		return
	}

	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "peak memory\tprocesses\tthe largest")
	for _, p := range peaks {
		fmt.Fprintf(table, "%s\t%d\t%d MiB\n", p.function, p.processes, (p.largest+1023)/1024)
	}

	_ = table.Flush() // as with the lines around it, a failed write is of no interest
}
