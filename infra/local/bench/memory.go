package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// lookAtMemory is the pause between two looks at the functions' processes. The kernel keeps each one's peak, so that only what a
// process does between the last look and its end could be missed, and none ends within a run.
const lookAtMemory = time.Second

// peak is the memory of a function's processes.
type peak struct {
	function  string
	processes int
	largest   int // of one process, in KiB
}

// watch looks at the functions' processes until the function that it gives is called, which looks once more and tells the peaks.
func watch(ctx context.Context, s *system) (peaks func() []peak) {
	byFunction := map[string]map[int]int{} // KiB by process
	ctx, cancel := context.WithCancel(ctx)

	done := make(chan struct{})
	go func() {
		defer close(done)

		tick := time.NewTicker(lookAtMemory)
		defer tick.Stop()

		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				look(ctx, s, byFunction)
			}
		}
	}()

	return func() []peak {
		cancel()
		<-done
		look(context.WithoutCancel(ctx), s, byFunction)

		var all []peak
		for function, processes := range byFunction {
			p := peak{function: function, processes: len(processes)}
			for _, kib := range processes {
				p.largest = max(p.largest, kib)
			}

			all = append(all, p)
		}

		slices.SortFunc(all, func(a, b peak) int { return strings.Compare(a.function, b.function) })

		return all
	}
}

// look keeps the peak of each process that there is. What can't be read is left out: the process may have ended.
func look(ctx context.Context, s *system, byFunction map[string]map[int]int) {
	var list struct {
		Items []struct {
			Name      string
			Instances []struct{ PID int }
		}
	}
	if s.call(ctx, http.MethodGet, "/_local/functions", nil, &list) != nil {
		return
	}

	for _, f := range list.Items {
		for _, i := range f.Instances {
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", i.PID))
			if err != nil {
				continue
			}

			if byFunction[f.Name] == nil {
				byFunction[f.Name] = map[int]int{}
			}

			byFunction[f.Name][i.PID] = highWater(string(status))
		}
	}
}

// highWater reads the most memory that a process had, in KiB, from its status in /proc; 0 is not known.
func highWater(status string) int {
	for line := range strings.Lines(status) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.Atoi(
				strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")),
			)
			return kib
		}
	}

	return 0
}

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

	table.Flush()
}
