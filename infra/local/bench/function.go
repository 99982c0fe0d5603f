package main

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/lambda"
	"latchkey/shared/topology"
)

// Bars of a function.
const (
	initBar    = 1.5 // of the init of a function that does nothing
	packageBar = 6   // MB, zipped
	memoryBar  = 256 // MiB
	cpuBar     = 2   // ms a user of all functions, from file to events
)

// initTimes is how often an init is measured.
const initTimes = 7

// Function is what a function is and takes, whatever it does.
type Function struct {
	Name string `json:"function"`
	// Inits are the times from the start of a process until it asks for its first
	// invocation, in milliseconds. Hello are those of a function that does nothing.
	Inits   []float64 `json:"inits_ms"`
	Hello   []float64 `json:"hello_ms"`
	Package float64   `json:"package_mb"` // zipped
	PeakMiB float64   `json:"peak_mib"`   // of one process; 0 is not known, or it never ran
}

// init returns the median of the inits, and its ratio to that of a function that does
// nothing.
func (f *Function) init() (ms, ratio float64) {
	ms = median(f.Inits)
	if hello := median(f.Hello); hello > 0 {
		ratio = ms / hello
	}
	return ms, ratio
}

// verdict returns what the table says of a function.
func (f *Function) verdict() string {
	if _, ratio := f.init(); ratio > initBar || f.Package > packageBar || f.PeakMiB > memoryBar {
		return underBar
	}
	return ""
}

// function returns a function of the report, which it adds if there is none.
func (r *Report) function(name string) *Function {
	for _, f := range r.Functions {
		if f.Name == name {
			return f
		}
	}
	f := &Function{Name: name}
	r.Functions = append(r.Functions, f)
	return f
}

// measureInits measures the init of each function, and of one that does nothing right
// before it, and the size of each package.
func (r *Report) measureInits(ctx context.Context, s *system) error {
	hello, stop, err := s.startHello(ctx)
	if err != nil {
		return err
	}
	defer stop()

	root, err := engine.Root()
	if err != nil {
		return err
	}
	for _, of := range topology.Latchkey.Functions {
		f := r.function(of.Name)
		for range initTimes {
			bare, err := hello.Init(ctx)
			if err != nil {
				return err
			}
			took, err := s.host.Init(ctx, of.Name)
			if err != nil {
				return err
			}
			f.Hello = append(f.Hello, milliseconds(bare))
			f.Inits = append(f.Inits, milliseconds(took))
		}

		f.Package, err = zipped(filepath.Join(root, "build", "functions", of.Name, "bootstrap"))
		if err != nil {
			return err
		}
	}
	return nil
}

// startHello builds a function that has clients and does nothing, as the others are built.
func (s *system) startHello(ctx context.Context) (f *lambda.Function, stop func(), err error) {
	binary := filepath.Join(s.logs, "hello")
	build := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-tags", "lambda.norpc",
		"-trimpath", "-ldflags=-s -w", "-o", binary, "latchkey/infra/local/bench/hello")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, nil, fmt.Errorf("build the function that does nothing: %w", err)
	}

	runtime, err := lambda.NewRuntime()
	if err != nil {
		return nil, nil, err
	}
	var environment []string
	for name, value := range s.host.Environment() {
		environment = append(environment, name+"="+value)
	}
	f = lambda.New(runtime, lambda.Settings{
		Name:        "hello",
		Binary:      binary,
		Environment: environment,
		Memory:      topology.Latchkey.Functions[0].Memory,
		Timeout:     time.Minute,
		Most:        1,
		Log:         os.Stderr,
		Crashes:     os.Stderr,
	})
	return f, func() { f.Close(); runtime.Close() }, nil
}

// counter counts the bytes that are written.
type counter int64

func (c *counter) Write(b []byte) (int, error) {
	*c += counter(len(b))
	return len(b), nil
}

// zipped returns the size of a function's package, in MB.
func zipped(binary string) (float64, error) {
	file, err := os.Open(binary)
	if err != nil {
		return 0, fmt.Errorf("look at a package: %w", err)
	}
	defer file.Close()

	var size counter
	archive := zip.NewWriter(&size)
	part, err := archive.Create("bootstrap")
	if err == nil {
		_, err = io.Copy(part, file)
	}
	if err == nil {
		err = archive.Close()
	}
	return float64(size) / 1e6, err
}
