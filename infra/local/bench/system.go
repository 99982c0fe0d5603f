package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/infra/local/client"
	"latchkey/infra/local/dynamodb"
	"latchkey/infra/local/host"
	"latchkey/infra/local/meter"
	"latchkey/shared/store"
	"latchkey/shared/topology"
)

const (
	// pollEvery is the pause between two looks at how far something is: a read of one item.
	pollEvery = 10 * time.Millisecond
	// lookEvery is the pause between two looks whether anything is still under way.
	lookEvery = 100 * time.Millisecond
	// visitors are clients with addresses of their own. Public routes limit how often one
	// address may ask.
	visitors = 32
)

// system is a host that runs, its administrator, and visitors of its pages.
type system struct {
	host       *host.Host
	api        client.Client
	visitors   []client.Client
	meter      *meter.Meter // nil if nothing is counted
	processes  *processes
	logs       string // the folder of the functions' logs
	downloaded atomic.Int64
	stop       func()

	mails int // of the inbox that were read
}

// setting is how a system is set up.
type setting struct {
	perSecond int  // messages that SES takes; 0 is any number
	instances int  // of a function for each of its triggers; 0 is the host's own number
	counts    bool // a meter stands before the engines
}

// environment returns what the host is told of it.
func (s setting) environment() map[string]string {
	all := map[string]string{
		"LATCHKEY_SES_RATE": fmt.Sprint(s.perSecond),
		"LATCHKEY_IAM":      rights(),
	}
	if s.instances > 0 {
		all["LATCHKEY_INSTANCES"] = fmt.Sprint(s.instances)
	}
	return all
}

// start starts a system.
func start(ctx context.Context, as setting) (*system, error) {
	logs, err := os.MkdirTemp("", "bench")
	if err != nil {
		return nil, fmt.Errorf("make a folder for logs: %w", err)
	}

	s := &system{logs: logs, processes: &processes{all: map[int]process{}}}
	password := rand.Text()
	options := host.Options{
		Environment:   as.environment(),
		AdminPassword: password,
		Logs:          logs,
		Output:        os.Stderr,
	}
	if as.counts {
		s.meter = meter.New(topology.Latchkey.Tables)
		options.Before = s.meter.Before
	}

	s.host, err = host.Start(ctx, options)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(logs))
	}

	watching, cancel := context.WithCancel(ctx)
	s.stop = func() {
		cancel()
		s.host.Stop()
		_ = os.RemoveAll(logs) // a folder that stays is the system's to clear
	}
	go s.processes.watch(watching, s.host)

	for n := range visitors {
		s.visitors = append(s.visitors, client.Client{URL: s.host.URL, HTTP: s.visitor(n)})
	}
	administrator := client.Client{URL: s.host.URL, HTTP: s.visitor(visitors)}
	s.api, err = administrator.SignIn(ctx, "admin", password)
	if err != nil {
		s.stop()
		return nil, err
	}

	return s, nil
}

// visitor returns the HTTP client of a visitor: one with a loopback address of its own, as
// Linux has them.
func (s *system) visitor(n int) *http.Client {
	dialer := &net.Dialer{}
	if runtime.GOOS == "linux" {
		dialer.LocalAddr = &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(n+1))}
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = visitors
	transport.DialContext = func(ctx context.Context, _, address string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(address)
		if err != nil {
			return nil, err
		}
		return dialer.DialContext(ctx, "tcp4", net.JoinHostPort("127.0.0.1", port))
	}
	return &http.Client{Transport: transport}
}

// table returns a table of the system's by the topology's name.
func (s *system) table(name string) store.Table {
	return store.Table{
		DB:   dynamodb.Client(s.host.Engines.DynamoDB),
		Name: s.host.Tables[name],
	}
}

// quiet waits until no queue holds anything and no function works, in two looks.
func (s *system) quiet(ctx context.Context) error {
	quiet := 0
	return client.Until(ctx, lookEvery, func(ctx context.Context) (bool, error) {
		functions, err := s.api.Functions(ctx)
		if err != nil {
			return false, err
		}

		quiet++
		for _, f := range functions {
			if f.QueueDepth > 0 {
				quiet = 0
			}
			for _, i := range f.Instances {
				if i.State != "idle" {
					quiet = 0
				}
			}
		}
		return quiet == 2, nil
	})
}

// timed begins something, and returns how long it took until it had ended.
func timed(
	ctx context.Context, ended func(context.Context) (bool, error), begin func() error,
) (time.Duration, error) {
	began := time.Now()
	if err := begin(); err != nil {
		return 0, err
	}
	err := client.Until(ctx, pollEvery, ended)
	return time.Since(began), err
}

// together does n things by so many clients at once, and returns how long each took, in
// milliseconds, and how many that was a second.
func together(
	ctx context.Context, clients, n int, do func(ctx context.Context, c, i int) error,
) (each []float64, perSecond float64, err error) {
	each = make([]float64, n)
	var next atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	began := time.Now()
	for c := range clients {
		group.Go(func() error {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				at := time.Now()
				if err := do(ctx, c, i); err != nil {
					return err
				}
				each[i] = milliseconds(time.Since(at))
			}
			return nil
		})
	}

	err = group.Wait()
	return each, float64(n) / time.Since(began).Seconds(), err
}
