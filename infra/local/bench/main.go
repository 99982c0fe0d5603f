// Command bench measures the system beside what the engines under it do bare, in the same
// run on the same machine, and works out what AWS would ask for it.
//
//	bench        measures, prints tables, and writes build/bench.json
//	bench bill   prints the bill of a million users from build/bench.json
//
// BENCH_ROWS is how many rows a run takes (5,000 unless given), in five files. Of several
// numbers ("1000,10000,100000") each is one file, and what a row takes stands beside each
// other.
//
// The command fails if a ratio falls under its limit, which is about half of what two cores
// gave, or if a count is off. A run of fewer rows than 5,000 has no limits. What a ratio
// should be, its bar, is only shown.
package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	defaultRows = 10_000
	minRows     = 1000
	maxRows     = 1_000_000
	// timeout is how long a run may take, for each defaultRows begun.
	timeout = 20 * time.Minute
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()

	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run does what the arguments ask for.
func run(ctx context.Context, arguments []string, out io.Writer) error {
	switch strings.Join(arguments, " ") {
	case "bill":
		return printBill(out)
	case "":
	default:
		return errors.New("usage: bench [bill]")
	}

	sizes, err := readSizes(os.Getenv("BENCH_ROWS"))
	if err != nil {
		return err
	}

	sum := 0
	for _, rows := range sizes {
		sum += rows
	}
	times := time.Duration((sum + defaultRows - 1) / defaultRows)
	ctx, cancel := context.WithTimeout(ctx, timeout*times)
	defer cancel()

	r := newReport(sum)
	on := r.Environment
	fmt.Fprintf(out, "%d rows, %d processors, iam: %s\n\n", sum, on.Cores, on.IAM)
	began := time.Now()
	if len(sizes) > 1 {
		err = r.measureSizes(ctx, sizes)
	} else {
		err = r.measure(ctx)
	}

	r.Environment.Took = time.Since(began).Seconds()
	for _, f := range r.Figures {
		f.settle()
	}
	r.print(out)
	if err != nil {
		return err
	}

	fmt.Fprintf(out, "all counts add up; total time: %.0f s\n", r.Environment.Took)
	if err := r.keep(); err != nil {
		return err
	}
	return r.judge()
}

// readSizes reads BENCH_ROWS.
func readSizes(given string) ([]int, error) {
	var sizes []int
	for text := range strings.SplitSeq(cmp.Or(given, strconv.Itoa(defaultRows)), ",") {
		rows, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || rows < minRows || rows > maxRows {
			return nil, fmt.Errorf("BENCH_ROWS is %q: it is a number from %d to %d, or several of "+
				"them with commas", given, minRows, maxRows)
		}
		sizes = append(sizes, rows)
	}
	return sizes, nil
}

// measure measures everything, one after the other.
func (r *Report) measure(ctx context.Context) error {
	if err := measureTimed(ctx, r); err != nil {
		return err
	}
	if err := told(ctx, "send rates", r.measureRates); err != nil {
		return err
	}
	if err := told(ctx, "calls and units", r.measureUnits); err != nil {
		return err
	}

	var err error
	r.Bill, err = r.bill()
	return err
}

// told tells on standard error that a part of the run begins, and how long it took: a run
// takes minutes.
func told(ctx context.Context, part string, measure func(context.Context) error) error {
	fmt.Fprintf(os.Stderr, "%s ... ", part)
	began := time.Now()
	err := measure(ctx)
	fmt.Fprintf(os.Stderr, "%.0f s\n", time.Since(began).Seconds())
	return err
}

// measureSizes measures one job of each size.
func (r *Report) measureSizes(ctx context.Context, sizes []int) error {
	for _, rows := range sizes {
		size, err := measureSize(ctx, rows)
		if err != nil {
			return fmt.Errorf("%d rows: %w", rows, err)
		}
		r.Sizes = append(r.Sizes, size)
	}
	return nil
}

// judge returns an error if a ratio is under its limit.
func (r *Report) judge() error {
	for _, f := range r.Figures {
		if !f.keeps(f.Limit) {
			return errors.New("a ratio is under its limit")
		}
	}
	return nil
}

// printBill prints the bill of what the last run measured.
func printBill(out io.Writer) error {
	r, err := readReport()
	if err != nil {
		return err
	}
	b, err := r.bill()
	if err != nil {
		return err
	}
	b.print(out)
	return nil
}
