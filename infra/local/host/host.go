// Package host runs the whole topology on this machine: the local engines, each
// function's real binary on a local Lambda Runtime API, its event sources, and the API.
// What runs here is what deploys; only what is around the functions is a stand-in.
package host

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/gateway"
	"latchkey/infra/local/iam"
	"latchkey/infra/local/inbox"
	"latchkey/infra/local/lambda"
	"latchkey/infra/local/ses"
	"latchkey/shared/topology"
)

// Drops is where a file becomes a job of its own when it is put there: a prefix of keys.
const Drops = "uploads/"

// Options are how a host is started. The zero value takes any port, every default, and no
// administrator.
type Options struct {
	// Topology is what is run; nil is Latchkey's.
	Topology *topology.Topology
	// Port is where the API listens on 127.0.0.1; 0 takes a free one.
	Port int
	// Environment overrides settings by their environment names: the topology's
	// parameters, and the host's own, LATCHKEY_….
	Environment map[string]string
	// AdminPassword is the password of the user admin, who is made at the start in
	// Latchkey's tables. If it is empty, there is no such user.
	AdminPassword string
	// Binaries is the folder that holds <function>/bootstrap, and Logs that of the
	// functions' logs. They are build/functions and build/log unless given.
	Binaries, Logs string
	// Dropped is called with the key of each object put under uploads/, and must not
	// block. Nil is nobody.
	Dropped func(key string)
	// Before returns what a function calls in a service's place, for each function and each
	// of "dynamodb", "s3", "sqs", "ses", "sns" and "secretsmanager". It may count, change
	// or refuse what it is asked, and hands on to the engine what it lets pass. If it is
	// nil, functions call the engines themselves.
	Before func(f topology.Function, service string, engine http.Handler) http.Handler
	// MostHidden is the longest that a received message stays hidden, for a test that kills
	// its receiver. 0 is as long as in the deployment: six timeouts of the function.
	MostHidden time.Duration
	// Output receives reports of crashes and dropped events. It is written to
	// concurrently. Nil is nowhere.
	Output io.Writer
}

// Host is a system that runs. Its fields are set at the start and don't change.
type Host struct {
	// URL is where the API is: "http://localhost:<port>".
	URL string
	// Engines are what the functions call in the place of AWS, "http://127.0.0.1:<port>".
	// Each is the address of a gate, which enforces what AWS would, or that of the engine
	// itself where nothing is enforced.
	Engines topology.Endpoints
	// Bucket is the name of the upload bucket.
	Bucket string
	// Tables and Queues are the names of the tables and the URLs of the queues, by the
	// topology's names.
	Tables, Queues map[string]string

	options   Options
	topology  topology.Topology
	settings  settings
	keys      *iam.Keys          // of the functions, and of the account
	iam       *iam.IAM           // nil if it is off
	own       topology.Endpoints // the engines themselves, for the host's own calls
	log       *inbox.Log
	sesClock  *ses.Clock
	mail      *ses.Events             // nil if nobody is told
	guarded   map[string]http.Handler // what functions call, by service
	functions map[string]*lambda.Function
	events    *lambda.Asynchronous
	ready     chan struct{} // closed when the functions are there

	stopOnce sync.Once
	stops    []func() // in the order of the starts
}

// Start starts the system, and returns when all of it can be used. If it fails, or the
// context ends before that, what was begun is ended.
func Start(ctx context.Context, options Options) (*Host, error) {
	if options.Output == nil {
		options.Output = io.Discard
	}
	if options.Topology == nil {
		options.Topology = &topology.Latchkey
	}

	h := &Host{
		options:   options,
		topology:  *options.Topology,
		functions: map[string]*lambda.Function{},
		guarded:   map[string]http.Handler{},
		ready:     make(chan struct{}),
		sesClock:  &ses.Clock{},
		Bucket:    name(options.Topology.Bucket.Name),
		Tables:    map[string]string{},
	}
	h.keys = iam.NewKeys(h.topology.Functions)
	if err := h.start(ctx); err != nil {
		h.Stop()
		return nil, err
	}

	return h, nil
}

// name returns what a table, queue or bucket of the topology is called.
func name(of string) string { return "latchkey-" + of }

// start starts one part after the other. Each needs those before it: the gates need their
// engines, the functions the addresses of both, and the sources the functions. The API
// is served last, when all routes lead somewhere.
func (h *Host) start(ctx context.Context) error {
	settings, err := readSettings(h.options.Environment, h.topology.Parameters)
	if err != nil {
		return err
	}

	h.settings = settings

	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(h.options.Port))
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return fmt.Errorf("listen for the API: %w", err)
	}

	h.onStop(func() { listener.Close() })
	h.URL = "http://localhost:" + strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)

	log, err := inbox.NewLog()
	if err != nil {
		return err
	}

	h.onStop(func() { _ = log.Close() })
	h.log = log

	mail, err := h.startEngines(ctx)
	if err != nil {
		return err
	}
	if err := h.createTables(ctx); err != nil {
		return err
	}
	if err := h.startTablesGate(ctx); err != nil {
		return err
	}
	if err := h.guardEngines(); err != nil {
		return err
	}
	if err := h.create(ctx); err != nil {
		return err
	}
	if err := h.startGates(mail); err != nil {
		return err
	}

	if err := h.checkRoles(ctx); err != nil {
		return err
	}

	api := gateway.New()
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

	h.serveOn(listener, h.handler(api))
	return nil
}

// Stop ends everything, in the reverse order of the starts, and waits for it. It may be
// called more than once.
func (h *Host) Stop() {
	h.stopOnce.Do(func() {
		for _, stop := range slices.Backward(h.stops) {
			stop()
		}
	})
}

func (h *Host) onStop(stop func()) { h.stops = append(h.stops, stop) }

// serve serves a gate on a free port until the host stops, and returns its endpoint.
func (h *Host) serve(gate http.Handler) (endpoint string, err error) {
	e, err := engine.Serve(gate)
	if err != nil {
		return "", err
	}
	h.onStop(e.Stop)
	return e.Endpoint, nil
}

// serveOn starts an HTTP server, which ends when the host stops.
func (h *Host) serveOn(listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler}
	h.onStop(func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }() // until Stop
}

// Stats returns what each function did, by its name.
func (h *Host) Stats() map[string]lambda.Stats {
	all := make(map[string]lambda.Stats, len(h.functions))
	for name, f := range h.functions {
		all[name] = f.Stats()
	}
	return all
}

// Init starts one more instance of a function, and ends it. It returns how long its init
// took.
func (h *Host) Init(ctx context.Context, name string) (time.Duration, error) {
	return h.functions[name].Init(ctx)
}

// MailEvents returns how many messages there were of what became of emails.
func (h *Host) MailEvents() int {
	if h.mail == nil {
		return 0
	}
	return h.mail.Told()
}

// Invoke runs a function of the topology once with an event, and returns its answer.
func (h *Host) Invoke(ctx context.Context, name string, event []byte) ([]byte, error) {
	f, ok := h.functions[name]
	if !ok {
		names := strings.Join(slices.Sorted(maps.Keys(h.functions)), ", ")
		return nil, fmt.Errorf("no function is called %q; there are %s", name, names)
	}
	return f.Invoke(ctx, engine.NewID(), event)
}
