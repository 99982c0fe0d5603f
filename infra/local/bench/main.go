// Command bench measures the system beside what the engines under it do bare, in the same
// run on the same machine.
//
// It starts a local host, takes a generated file of BENCH_ROWS rows (10,000 unless given)
// through a job by the API, and checks that all counts add up. A ratio of system to bare
// says more than a rate: it stays where the machine is slower or busy. The command fails
// if a ratio falls under its limit, which is about half of what two cores gave, or if a
// count is off.
package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
	"text/tabwriter"
	"time"

	"latchkey/infra/local/client"
	"latchkey/infra/local/host"
)

const (
	defaultRows = 10_000
	maxRows     = 1_000_000
	// warmRows are taken through a job before anything is measured: a Java engine's first
	// seconds tell nothing of it.
	warmRows = 1000
	// timeout is how long a run may take, for each defaultRows begun.
	timeout = 3 * time.Minute
)

// Limits of the ratios.
const (
	validateLimit = 0.3
	processLimit  = 0.04
	sendLimit     = 0.12
	passwordLimit = 0.4
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	if err := run(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run starts a host, measures, and prints what it found.
func run(ctx context.Context, out io.Writer) error {
	given := os.Getenv("BENCH_ROWS")
	rows, err := strconv.Atoi(cmp.Or(given, strconv.Itoa(defaultRows)))
	if err != nil || rows < 1 || rows > maxRows {
		return fmt.Errorf("BENCH_ROWS is %q: it is a number from 1 to %d", given, maxRows)
	}

	began := time.Now()
	times := time.Duration((rows + defaultRows - 1) / defaultRows)
	ctx, cancel := context.WithTimeout(ctx, timeout*times)
	defer cancel()

	password := rand.Text()
	h, err := host.Start(ctx, host.Options{
		Environment:   map[string]string{"LATCHKEY_SES_RATE": "0"},
		AdminPassword: password,
		Output:        os.Stderr,
	})
	if err != nil {
		return err
	}

	defer h.Stop()

	api, err := client.Client{URL: h.URL}.SignIn(ctx, "admin", password)
	if err != nil {
		return err
	}

	s := &system{host: h, api: api}

	peaks := watch(ctx, s)
	fmt.Fprintf(out, "%d rows, %d processors\n\n", rows, runtime.GOMAXPROCS(0))
	measures, counted, err := measureAll(ctx, s, rows)
	if err != nil {
		return err
	}

	good := report(out, measures)
	fmt.Fprintln(out)
	reportPeaks(out, peaks())
	fmt.Fprintf(out, "\ncounts: %s\ntotal time: %.1f s\n", counted, time.Since(began).Seconds())
	if !good {
		return errors.New("a ratio is under its limit")
	}

	return nil
}

// measure is a rate of the system's beside that of an engine or a library alone.
type measure struct {
	what, beside string
	rate, bare   float64 // a second
	limit        float64 // of the ratio
}

func (m measure) ratio() float64 { return m.rate / m.bare }

// report prints the measures. It reports whether all ratios keep their limits.
func report(out io.Writer, measures []measure) (good bool) {
	good = true
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "a second\tLatchkey\tbare\t\tratio\tlimit\t")
	for _, m := range measures {
		verdict := ""
		if !(m.ratio() >= m.limit) { // nor if nothing was measured
			verdict = "UNDER ITS LIMIT"
			good = false
		}

		fmt.Fprintf(table, "%s\t%.0f\t%.0f\t%s\t%.3f\t%.3f\t%s\n",
			m.what, m.rate, m.bare, m.beside, m.ratio(), m.limit, verdict)
	}

	_ = table.Flush() // as with the lines around it, a failed write is of no interest
	return good
}
