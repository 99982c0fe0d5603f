package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"latchkey/infra/local/engine"
)

// Report is all that a run measured. It is written to build/bench.json.
type Report struct {
	Environment Environment `json:"environment"`
	Figures     []*Figure   `json:"figures"`
	Functions   []*Function `json:"functions"`
	// Timed are the steps of the run against the clock, and Counted those of the run whose
	// calls and units were counted.
	Timed   []*Step `json:"timed"`
	Counted []*Step `json:"counted"`
	Sizes   []Size  `json:"sizes,omitempty"`
	Bill    *Bill   `json:"bill,omitempty"`
}

// Environment is what a run was measured on.
type Environment struct {
	Date  string  `json:"date"`
	Cores int     `json:"cores"`
	Go    string  `json:"go"`
	Rows  int     `json:"rows"`
	IAM   string  `json:"iam"`
	Took  float64 `json:"seconds"`
}

func newReport(rows int) *Report {
	return &Report{Environment: Environment{
		Date:  time.Now().Format(time.DateOnly),
		Cores: runtime.GOMAXPROCS(0),
		Go:    runtime.Version(),
		Rows:  rows,
		IAM:   rights(),
	}}
}

// rights returns the run's LATCHKEY_IAM. It is off unless it is asked for: the bare limits
// pass no such check, and on AWS it isn't the account's processor that does it.
func rights() string { return cmp.Or(os.Getenv("LATCHKEY_IAM"), "off") }

// figure adds a figure to the report. A run of few rows is held to no limit: what a file
// costs, however small it is, is most of it then.
func (r *Report) figure(f Figure) *Figure {
	if r.Environment.Rows < defaultRows {
		f.Limit = 0
	}
	r.Figures = append(r.Figures, &f)
	return &f
}

// step returns a step of a list by its name, or nil.
func step(of []*Step, name string) *Step {
	for _, s := range of {
		if s.Name == name {
			return s
		}
	}
	return nil
}

// reportFile returns where the report is: build/bench.json.
func reportFile() (string, error) {
	root, err := engine.Root()
	return filepath.Join(root, "build", "bench.json"), err
}

// keep writes the report. Sizes alone are added to what the last run measured.
func (r *Report) keep() error {
	if len(r.Sizes) > 0 {
		if last, err := readReport(); err == nil {
			last.Sizes = r.Sizes
			return last.write()
		}
	}
	return r.write()
}

// write writes the report to its file.
func (r *Report) write() error {
	name, err := reportFile()
	if err != nil {
		return err
	}
	content, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return os.WriteFile(name, append(content, '\n'), 0o644)
}

// readReport returns the report of the last run.
func readReport() (*Report, error) {
	name, err := reportFile()
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errors.New("nothing is measured yet: run `make bench` first")
	}
	if err != nil {
		return nil, err
	}

	var r Report
	if err := json.Unmarshal(content, &r); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return &r, nil
}
