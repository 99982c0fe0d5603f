// Package iam stands in for IAM. Each function signs with a key of its own. A gate before
// each engine finds the function by it, and refuses what the statements of the function's
// role don't allow. They are those that the stack deploys (package policy).
//
// iam-simulate (Node.js) evaluates them. A decision is kept, since a function asks for the
// same few things again and again.
package iam

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"latchkey/infra/local/engine"
	"latchkey/infra/policy"
)

// maxDecisions is how many decisions are kept. The names of objects have no end: with so
// many, all are forgotten.
const maxDecisions = 20_000

// supplied are the condition keys whose values a gate reads from a call.
var supplied = []string{
	"dynamodb:Attributes",
	"dynamodb:FullTableScan",
	"dynamodb:ReturnValues",
	"dynamodb:Select",
}

// Request is what a function asks to do.
type Request struct {
	Function, Action string
	// Resource is an ARN, "*" where the action knows no resource, or the name of one that
	// has no ARN.
	Resource string
	// Context has the values of condition keys.
	Context map[string][]string
}

// Right is an action on a resource that a statement allows.
type Right struct{ Function, Action, Resource string }

// IAM decides. Its methods may be called concurrently.
type IAM struct {
	keys     *Keys
	policies map[string][]policy.Statement // by function
	bucket   string
	key      func(table, index string) string
	open     func(r *http.Request) bool
	output   io.Writer
	engine   *engine.Engine
	client   *http.Client

	mu        sync.Mutex
	decisions map[string]bool
	used      map[Right]bool
	denied    []string
}

// Options are what IAM decides by.
type Options struct {
	Keys *Keys
	// Policies are the statements of each function's role.
	Policies map[string][]policy.Statement
	// Bucket is the name of the bucket: a request to S3 may have it in its host.
	Bucket string
	// PartitionKey returns the attribute that is the partition key of an index, or of the
	// table itself, "" where there is none. The table has the name that calls know.
	PartitionKey func(table, index string) string
	// Open reports whether S3 takes a request that nobody has signed.
	Open func(r *http.Request) bool
	// Output is told of each denied call.
	Output io.Writer
}

// Start starts what evaluates statements. It refuses a condition whose key no gate knows
// the value of.
func Start(ctx context.Context, o Options) (*IAM, error) {
	for name, statements := range o.Policies {
		for _, key := range conditionKeys(statements) {
			if !slices.Contains(supplied, key) {
				return nil, fmt.Errorf("start IAM: %s has a condition on %s", name, key)
			}
		}
	}

	node, err := engine.Node()
	if err != nil {
		return nil, err
	}
	folder, err := engine.Tool("@cloud-copilot", "iam-simulate")
	if err != nil {
		return nil, err
	}
	script := filepath.Join(folder, "..", "..", "..", "policies.mjs")
	e, err := engine.Start(ctx, "iam-simulate", "/", func(port string) *exec.Cmd {
		return exec.Command(node, script, port)
	})
	if err != nil {
		return nil, err
	}

	return &IAM{
		keys:      o.Keys,
		policies:  o.Policies,
		bucket:    o.Bucket,
		key:       o.PartitionKey,
		open:      o.Open,
		output:    o.Output,
		engine:    e,
		client:    &http.Client{Transport: engine.Transport()},
		decisions: map[string]bool{},
		used:      map[Right]bool{},
	}, nil
}

// Stop ends what evaluates statements.
func (i *IAM) Stop() { i.engine.Stop() }

func conditionKeys(statements []policy.Statement) []string {
	var all []string
	for _, s := range statements {
		for _, values := range s.Condition {
			for key := range values {
				all = append(all, key)
			}
		}
	}
	return all
}

// Allows reports whether a function may do what it asks for. A denied request is told.
func (i *IAM) Allows(ctx context.Context, r Request) (bool, error) {
	key := fmt.Sprint(r)
	i.mu.Lock()
	allowed, known := i.decisions[key]
	i.mu.Unlock()

	if !known {
		d, err := i.decide(ctx, r)
		if err != nil {
			return false, fmt.Errorf("decide whether %s may %s: %w", r.Function, r.Action, err)
		}
		allowed = d.Allowed
		i.keep(key, r, d)
	}

	if !allowed {
		i.deny(r)
	}
	return allowed, nil
}

// decision is what the engine answers.
type decision struct {
	Allowed bool
	By      []struct {
		Statement int
		Resources []string
	}
}

// decide asks the engine.
func (i *IAM) decide(ctx context.Context, r Request) (decision, error) {
	body, err := json.Marshal(map[string]any{
		"statements": i.policies[r.Function],
		"principal":  role(r.Function),
		"account":    engine.Account,
		"action":     r.Action,
		"resource":   r.Resource,
		"context":    r.Context,
	})
	if err != nil {
		return decision{}, err
	}

	// What was asked is decided though the caller has gone: the next one asks the same.
	ctx = context.WithoutCancel(ctx)
	to := i.engine.Endpoint
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return decision{}, err
	}
	response, err := i.client.Do(request)
	if err != nil {
		return decision{}, err
	}
	defer response.Body.Close()

	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return decision{}, err
	}
	if response.StatusCode != http.StatusOK {
		return decision{}, fmt.Errorf("iam-simulate: %s", answer)
	}
	var d decision
	return d, json.Unmarshal(answer, &d)
}

// role returns the ARN of a function's role.
func role(function string) string {
	return "arn:aws:iam::" + engine.Account + ":role/" + function
}

// keep keeps a decision, and the rights that it took.
func (i *IAM) keep(key string, r Request, d decision) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if len(i.decisions) >= maxDecisions {
		clear(i.decisions)
	}
	i.decisions[key] = d.Allowed

	if !d.Allowed {
		return
	}
	for _, by := range d.By {
		for _, resource := range by.Resources {
			i.used[Right{r.Function, r.Action, oneOf(resource)}] = true
		}
	}
}

// deny tells of a denied request, with the statement that would allow it.
func (i *IAM) deny(r Request) {
	s := policy.Statement{
		Effect:   policy.Allow,
		Action:   []string{r.Action},
		Resource: []string{r.Resource},
	}
	if len(r.Context) > 0 {
		s.Condition = policy.Condition{"ForAllValues:StringEquals": {}}
		for key, values := range r.Context {
			s.Condition["ForAllValues:StringEquals"][key] = values
		}
	}
	text, _ := json.Marshal(s) // texts alone
	line := fmt.Sprintf("iam: %s may not %s; it would by %s", r.Function, r.Action, text)

	i.mu.Lock()
	defer i.mu.Unlock()
	fmt.Fprintln(i.output, line)
	if !slices.Contains(i.denied, line) {
		i.denied = append(i.denied, line)
	}
}

// Denied returns what was denied, each call once.
func (i *IAM) Denied() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.denied)
}

// Unused returns the rights that nobody used so far.
func (i *IAM) Unused() []Right {
	i.mu.Lock()
	defer i.mu.Unlock()
	var all []Right
	for function, statements := range i.policies {
		for _, s := range statements {
			if s.Effect == policy.Deny {
				continue
			}
			for _, action := range s.Action {
				for _, resource := range s.Resource {
					right := Right{function, action, oneOf(resource)}
					if !i.used[right] && !slices.Contains(all, right) {
						all = append(all, right)
					}
				}
			}
		}
	}

	slices.SortFunc(all, func(a, b Right) int { return cmp.Compare(a.String(), b.String()) })
	return all
}

// String returns the right in words: "jobs: dynamodb:Query on arn:…".
func (r Right) String() string { return r.Function + ": " + r.Action + " on " + r.Resource }

// oneOf returns a name for a resource that is one of several of which a call needs one.
// Which identity of a sender SES asks for depends on those that the account has verified.
func oneOf(resource string) string {
	before, _, ok := strings.Cut(resource, ":identity/")
	if !ok {
		return resource
	}
	return before + ":identity/…"
}
