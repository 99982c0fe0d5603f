// Package host runs the whole topology on this machine: the local engines, each function's real binary on a local Lambda Runtime API, its
// event sources, and an HTTP front. What runs here is what deploys; only what is around the functions is a stand-in.
package host

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/front"
	"latchkey/infra/local/function"
	"latchkey/infra/local/outbox"
	"latchkey/infra/local/source"
	"latchkey/shared/topology"
)

// idle is how long an instance without work is kept.
const idle = 5 * time.Minute

// Drops is where a file becomes a job of its own when it is put there.
const Drops = "uploads/"

// Options say how a host is started. The zero value takes any port, every default, and no administrator.
type Options struct {
	// Port is where the front listens on 127.0.0.1; 0 takes a free one.
	Port int
	// Environment overrides settings by their environment names: the topology's parameters, LATCHKEY_SES_RATE, LATCHKEY_SES_QUOTA, LATCHKEY_SES_SANDBOX
	// and LATCHKEY_INSTANCES.
	Environment map[string]string
	// AdminPassword is the password of the user admin, who is made at the start unless it is empty.
	AdminPassword string
	// Binaries is the folder that holds <function>/bootstrap, and Logs that of the functions' logs; build/functions and build/log unless given.
	Binaries, Logs string
	// Dropped is told of each object put under uploads/, and must not block. Nil is nobody.
	Dropped func(key string)
	// Output gets what is told of crashes and dropped events; it is written to concurrently. Nil is nowhere.
	Output io.Writer
}

// Host is a system that runs.
type Host struct {
	// URL is where the front is: "http://localhost:<port>".
	URL string
	// Engines are the addresses of the engines.
	Engines Engines
	// Bucket is the name of the upload bucket, Tables and Queues the names and URLs of the tables and queues by the topology's names.
	Bucket         string
	Tables, Queues map[string]string

	options   Options
	settings  settings
	log       *outbox.Log
	sesClock  *outbox.Clock
	functions map[string]*function.Function
	events    *source.Asynchronous
	ready     chan struct{} // closed when the functions are there

	stopOnce sync.Once
	stops    []func() // in the order of the starts
}

// Engines are endpoints: "http://127.0.0.1:<port>".
type Engines struct {
	DynamoDB, SQS, S3, SES, SNS, Secrets string
}

// Start starts the system, and comes back when all of it can be used. Ending the context before that ends what was begun.
func Start(ctx context.Context, options Options) (*Host, error) {
	if options.Output == nil {
		options.Output = io.Discard
	}

	h := &Host{
		options:   options,
		functions: map[string]*function.Function{},
		ready:     make(chan struct{}),
		sesClock:  &outbox.Clock{},
		Bucket:    name(topology.Latchkey.Bucket.Name),
		Tables:    map[string]string{},
	}
	if err := h.start(ctx); err != nil {
		h.Stop()
		return nil, err
	}

	return h, nil
}

// name is what a table, queue or bucket of the topology is called.
func name(of string) string { return "latchkey-" + of }

func (h *Host) start(ctx context.Context) (err error) {
	if h.settings, err = readSettings(h.options.Environment); err != nil {
		return err
	}

	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(h.options.Port)))
	if err != nil {
		return fmt.Errorf("listen for the front: %w", err)
	}

	h.onStop(func() { listener.Close() })

	h.URL = "http://localhost:" + strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	if h.log, err = outbox.NewLog(); err != nil {
		return err
	}

	h.onStop(func() { h.log.Close() })

	ses, err := h.startEngines(ctx)
	if err != nil {
		return err
	}
	if err := h.create(ctx); err != nil {
		return err
	}
	if err := h.startCarriers(ses); err != nil {
		return err
	}

	api := front.New()
	if err := h.startFunctions(api); err != nil {
		return err
	}
	if err := h.startSources(); err != nil {
		return err
	}

	if h.options.AdminPassword != "" {
		if err := h.seedAdmin(ctx); err != nil {
			return err
		}
	}

	server := &http.Server{Handler: h.handler(api)}
	h.onStop(func() { server.Close() })

	go func() { _ = server.Serve(listener) }() // until Stop
	return nil
}

// Stop ends everything, in the reverse order of the starts, and waits for it. It may be called more than once.
func (h *Host) Stop() {
	h.stopOnce.Do(func() {
		for n := len(h.stops) - 1; n >= 0; n-- {
			h.stops[n]()
		}
	})
}

func (h *Host) onStop(stop func()) { h.stops = append(h.stops, stop) }

// startEngines starts all engines at once, and gives the endpoint of SES's, which is behind a carrier.
func (h *Host) startEngines(ctx context.Context) (sesEngine string, err error) {
	var (
		dynamoDB, sqs, ses, s3 *engine.Engine
		group                  errgroup.Group
	)
	group.Go(func() (err error) { dynamoDB, err = engine.DynamoDB(ctx); return err })
	group.Go(func() (err error) { sqs, err = engine.SQS(ctx); return err })
	group.Go(func() (err error) { ses, err = engine.SES(ctx); return err })
	group.Go(func() (err error) { s3, err = engine.S3(h.created); return err })
	err = group.Wait()
	h.onStop(func() {
		var wait sync.WaitGroup
		for _, e := range []*engine.Engine{dynamoDB, sqs, ses, s3} {
			if e != nil {
				wait.Go(e.Stop)
			}
		}

		wait.Wait()
	})

	if err != nil {
		return "", err
	}

	h.Engines = Engines{DynamoDB: dynamoDB.Endpoint, SQS: sqs.Endpoint, S3: s3.Endpoint}
	return ses.Endpoint, nil
}

// startCarriers starts what stands for SES, with its events, and for SNS.
func (h *Host) startCarriers(sesEngine string) (err error) {
	ses := outbox.NewSES(sesEngine, h.log, h.settings.sesRate)

	ses.Quota, ses.Sandbox, ses.Clock = h.settings.sesQuota, h.settings.sesSandbox, h.sesClock
	for _, q := range topology.Latchkey.Queues {
		if q.MailEvents {
			if ses.Events, err = outbox.NewEvents(
				engine.SQSClient(h.Engines.SQS),
				h.Queues[q.Name],
			); err != nil {
				return err
			}

			h.onStop(func() { ses.Events.Close() })
		}
	}

	if h.Engines.SES, err = h.serve(ses); err != nil {
		return err
	}
	if h.Engines.SNS, err = h.serve(outbox.NewSNS(h.log)); err != nil {
		return err
	}

	h.Engines.Secrets, err = h.serve(newSecrets())
	return err
}

// serve starts an HTTP server on a free port, and gives its endpoint.
func (h *Host) serve(handler http.Handler) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("listen: %w", err)
	}

	server := &http.Server{Handler: handler}
	h.onStop(func() { server.Close() })

	go func() { _ = server.Serve(listener) }() // until Stop
	return "http://" + listener.Addr().String(), nil
}

// create makes the tables, the queues and the bucket.
func (h *Host) create(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)

	for _, table := range topology.Latchkey.Tables {
		h.Tables[table.Name] = name(table.Name)
	}

	group.Go(func() error {
		return engine.CreateTables(
			ctx,
			engine.DynamoDBClient(h.Engines.DynamoDB),
			topology.Latchkey.Tables,
			name,
		)
	})
	group.Go(func() (err error) {
		h.Queues, err = engine.CreateQueues(
			ctx,
			engine.SQSClient(h.Engines.SQS),
			topology.Latchkey,
			name,
		)
		return err
	})
	group.Go(
		func() error { return engine.CreateBucket(ctx, engine.S3Client(h.Engines.S3), h.Bucket) },
	)

	return group.Wait()
}

// startFunctions makes the functions, and their routes at the front. Their instances come with the work.
func (h *Host) startFunctions(api *front.Front) error {
	root, err := engine.Root()
	if err != nil {
		return err
	}

	binaries := cmp.Or(h.options.Binaries, filepath.Join(root, "build", "functions"))

	logs := cmp.Or(h.options.Logs, filepath.Join(root, "build", "log"))
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return fmt.Errorf("make the folder of logs: %w", err)
	}

	runtime, err := function.NewRuntime()
	if err != nil {
		return err
	}

	h.onStop(runtime.Close)

	for _, f := range topology.Latchkey.Functions {
		binary := filepath.Join(binaries, f.Name, "bootstrap")
		if _, err := os.Stat(binary); err != nil {
			return fmt.Errorf("find function %s: run `make build` first", f.Name)
		}

		log, err := os.OpenFile(
			filepath.Join(logs, f.Name+".log"),
			os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY,
			0o644,
		)
		if err != nil {
			return fmt.Errorf("open the log of %s: %w", f.Name, err)
		}

		h.onStop(func() { log.Close() })
		made := function.New(runtime, function.Settings{
			Name:        f.Name,
			Binary:      binary,
			Environment: h.environment(f),
			Memory:      f.Memory,
			Timeout:     f.Timeout,
			// On AWS the sources of a function and its routes don't wait for each other either.
			Most:    h.settings.instances * (1 + len(f.Sources)),
			Idle:    idle,
			Log:     log,
			Crashes: h.options.Output,
		})

		h.functions[f.Name] = made
		for _, route := range f.Routes {
			if err := api.Route(route.Key, made); err != nil {
				return err
			}
		}
	}

	return nil
}

// startSources starts what invokes functions beside the front.
func (h *Host) startSources() error {
	ctx, cancel := context.WithCancel(context.Background())

	var wait sync.WaitGroup

	h.events = source.NewAsynchronous(ctx, h.options.Output)
	h.onStop(func() {
		cancel()

		var closing sync.WaitGroup
		for _, f := range h.functions { // an invocation in hand may take minutes: it isn't waited for
			closing.Go(f.Close)
		}

		closing.Wait()
		wait.Wait()
		h.events.Wait()
	})

	client := engine.SQSClient(h.Engines.SQS)
	for _, f := range topology.Latchkey.Functions {
		for _, s := range f.Sources {
			queue := &source.Queue{
				Client:     client,
				URL:        h.Queues[s.Queue],
				Name:       name(s.Queue),
				Function:   h.functions[f.Name],
				BatchSize:  s.BatchSize,
				Visibility: topology.Latchkey.Visibility(s.Queue),
			}
			wait.Go(func() { queue.Run(ctx, min(s.Concurrency, h.settings.instances)) })
		}
	}

	for _, rule := range topology.Latchkey.Rules {
		every, err := source.Every(rule.Schedule)
		if err != nil {
			return err
		}

		wait.Go(func() {
			tick := time.NewTicker(every)
			defer tick.Stop()

			for {
				select {
				case <-ctx.Done():
					return
				case now := <-tick.C:
					h.events.Go(
						rule.Function,
						h.functions[rule.Function],
						source.Scheduled(rule.Name, now),
					)
				}
			}
		})
	}

	close(h.ready)

	return nil
}

// created starts the functions that want to know of an object.
func (h *Host) created(c engine.Created) {
	<-h.ready

	if h.options.Dropped != nil && strings.HasPrefix(c.Key, Drops) {
		h.options.Dropped(c.Key)
	}

	for _, f := range topology.Latchkey.Functions {
		for _, prefix := range f.Uploads {
			if strings.HasPrefix(c.Key, prefix) {
				h.events.Go(f.Name, h.functions[f.Name], source.Object(c))
			}
		}
	}
}

// schedule runs the rules as the clock would at that time, and waits for their functions. For SES it is that time then as well.
func (h *Host) schedule(now time.Time) error {
	h.sesClock.Forward(now)

	var failed error
	for _, rule := range topology.Latchkey.Rules {
		failed = errors.Join(
			failed,
			h.events.Run(
				rule.Function,
				h.functions[rule.Function],
				source.Scheduled(rule.Name, now),
			),
		)
	}

	return failed
}

// Invoke runs a function of the topology once with an event, and gives its answer.
func (h *Host) Invoke(ctx context.Context, name string, event []byte) ([]byte, error) {
	f, ok := h.functions[name]
	if !ok {
		return nil, fmt.Errorf(
			"no function is called %q; there are %s",
			name,
			strings.Join(slices.Sorted(maps.Keys(h.functions)), ", "),
		)
	}

	return f.Invoke(ctx, function.NewRequestID(), event)
}
