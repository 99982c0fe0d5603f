package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"latchkey/infra/local/lambda"
	"latchkey/infra/local/meter"
	"latchkey/shared/topology"
)

// Steps of a user's way, by name.
const (
	fileStep     = "file"         // upload, validation, processing
	notifyStep   = "notify"       // with its events
	passwordStep = "set password" // the page, the password, its notice and the events of that
	forgotStep   = "forgot password"
)

// Step is what something took that was done for a number of users, until all that it led
// to was done as well.
type Step struct {
	Name      string  `json:"step"`
	Users     int     `json:"users"`
	Functions []Work  `json:"functions"`
	Calls     []Calls `json:"calls,omitempty"` // of a run that counts
	Units     []Units `json:"units,omitempty"`
	// MailEvents is how many events SES told of, and Mails how many messages it sent: of a
	// run that counts.
	MailEvents int `json:"mail_events"`
	Mails      int `json:"mails"`
	// Stored are the bytes that the tables held at the end of notifying.
	Stored int64 `json:"stored,omitempty"`
	// Downloaded are the bytes that clients were answered.
	Downloaded int64 `json:"downloaded"`
}

// Work is what a function did in a step.
type Work struct {
	Function    string  `json:"function"`
	Invocations int     `json:"invocations"`
	BilledMS    float64 `json:"billed_ms"`
	CPUMS       float64 `json:"cpu_ms"` // user and system
	LogBytes    int64   `json:"log_bytes"`
}

// Calls are a function's calls of one operation of a service.
type Calls struct {
	Function   string `json:"function"`
	Service    string `json:"service"`
	Operation  string `json:"operation"`
	Calls      int    `json:"calls"`
	BytesAsked int64  `json:"bytes_asked"`
	BytesTold  int64  `json:"bytes_told"`
}

// Units are a function's units of a table, or of one of its indexes.
type Units struct {
	Function string  `json:"function"`
	Table    string  `json:"table"`
	Index    string  `json:"index,omitempty"`
	Read     float64 `json:"read"`
	Write    float64 `json:"write"`
}

// reading is what a system has done since it was started.
type reading struct {
	stats  map[string]lambda.Stats
	cpu    map[string]time.Duration
	logs   map[string]int64
	events int
	mails  int
}

// read reads what the system has done.
func (s *system) read(ctx context.Context) (reading, error) {
	r := reading{
		stats:  s.host.Stats(),
		cpu:    s.processes.cpu(s.host),
		logs:   map[string]int64{},
		events: s.host.MailEvents(),
	}
	for _, f := range topology.Latchkey.Functions {
		info, err := os.Stat(filepath.Join(s.logs, f.Name+".log"))
		if err != nil {
			return r, fmt.Errorf("look at a log: %w", err)
		}
		r.logs[f.Name] = info.Size()
	}

	if s.meter == nil {
		return r, nil
	}

	r.mails = s.mails
	for _, err := range s.api.MessagesAfter(ctx, s.mails) {
		if err != nil {
			return r, err
		}
		r.mails++
	}
	s.mails = r.mails
	return r, nil
}

// step does something for a number of users, waits until all that it led to is done, and
// returns what that took.
func (s *system) step(
	ctx context.Context, name string, users int, do func() error,
) (*Step, error) {
	before, err := s.read(ctx)
	if err != nil {
		return nil, err
	}
	if s.meter != nil {
		s.meter.Take()
	}

	downloaded := s.downloaded.Load()
	if err := do(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := s.quiet(ctx); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}

	after, err := s.read(ctx)
	if err != nil {
		return nil, err
	}

	made := &Step{
		Name:       name,
		Users:      users,
		Functions:  after.since(before),
		MailEvents: after.events - before.events,
		Mails:      after.mails - before.mails,
		Downloaded: s.downloaded.Load() - downloaded,
	}
	if s.meter != nil {
		made.add(s.meter.Take())
	}
	return made, nil
}

// since returns what each function did since another reading, by the order of the
// topology. Those that did nothing are left out.
func (r reading) since(before reading) []Work {
	var all []Work
	for _, f := range topology.Latchkey.Functions {
		now := r.stats[f.Name]
		then := before.stats[f.Name]
		w := Work{
			Function:    f.Name,
			Invocations: now.Invocations - then.Invocations,
			BilledMS:    milliseconds(now.Billed - then.Billed),
			CPUMS:       milliseconds(r.cpu[f.Name] - before.cpu[f.Name]),
			LogBytes:    r.logs[f.Name] - before.logs[f.Name],
		}
		if w.Invocations > 0 {
			all = append(all, w)
		}
	}
	return all
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// add adds what a meter counted.
func (s *Step) add(counts meter.Counts) {
	for c, v := range counts.Calls {
		s.Calls = append(s.Calls, Calls{
			Function:   c.Function,
			Service:    c.Service,
			Operation:  c.Operation,
			Calls:      v.Calls,
			BytesAsked: v.Requested,
			BytesTold:  v.Responded,
		})
	}
	for p, u := range counts.Units {
		s.Units = append(s.Units, Units{p.Function, p.Table, p.Index, u.Read, u.Write})
	}

	slices.SortFunc(s.Calls, func(a, b Calls) int {
		return cmp.Or(cmp.Compare(a.Service, b.Service), cmp.Compare(a.Function, b.Function),
			cmp.Compare(a.Operation, b.Operation))
	})
	slices.SortFunc(s.Units, func(a, b Units) int {
		return cmp.Or(cmp.Compare(a.Table, b.Table), cmp.Compare(a.Index, b.Index),
			cmp.Compare(a.Function, b.Function))
	})
}

// perUser returns a sum over a step's users for one of them.
func (s *Step) perUser(sum float64) float64 { return sum / float64(max(s.Users, 1)) }

// written returns the write units of a user, indexes counted, and read the read units.
func (s *Step) written() float64 {
	sum := 0.0
	for _, u := range s.Units {
		sum += u.Write
	}
	return s.perUser(sum)
}

func (s *Step) read() float64 {
	sum := 0.0
	for _, u := range s.Units {
		sum += u.Read
	}
	return s.perUser(sum)
}
