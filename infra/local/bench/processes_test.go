package main

import (
	"testing"
	"time"
)

func TestHighWater(t *testing.T) {
	for _, test := range []struct {
		name, status string
		want         int
	}{
		{
			name:   "the peak, not the present",
			status: "Name:\tbootstrap\nVmHWM:\t   36420 kB\nVmRSS:\t   12000 kB\n",
			want:   36420,
		},
		{"not known of a process that has no memory", "Name:\tkworker\nThreads:\t1\n", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := highWater(test.status); got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}
}

func TestCPUTime(t *testing.T) {
	for _, test := range []struct {
		name, stat string
		want       time.Duration
	}{
		{
			name: "user and system together",
			stat: "4123 (bootstrap) S 1 4123 4123 0 -1 4194560 900 0 0 0 37 5 0 0 20 0 9 0 1",
			want: 420 * time.Millisecond,
		},
		{
			name: "of a program with blanks and brackets in its name",
			stat: "4123 (a (b) c) S 1 4123 4123 0 -1 4194560 900 0 0 0 1 2 0 0 20 0 9 0 1",
			want: 30 * time.Millisecond,
		},
		{"not known of what isn't a stat", "4123 (bootstrap) S 1", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := cpuTime(test.stat); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}
