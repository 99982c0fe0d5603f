package dynamodb

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"path"
	"regexp"
	"strings"
	"sync"
	"time"

	"latchkey/infra/local/engine"
)

// Faults are what DynamoDB does now and then, and DynamoDB Local never. The zero value is
// none.
type Faults struct {
	// Throttle is how many calls of a hundred are throttled, wholly or partly.
	Throttle float64
	// Seed begins the sequence that chooses them: the same calls in the same order have
	// the same fate.
	Seed uint64
	// Lag is how long an index doesn't know of a write, at the least.
	Lag time.Duration
}

// Gate stands before DynamoDB Local. It throttles calls that read or write items, answers a
// read of an index from a copy of its table that lags behind, and gives pages as small as
// DynamoDB's.
//
// A call is throttled before anything of it is done. One of several items is throttled as
// a whole or in part, as DynamoDB does both: a batch leaves some unprocessed, statements
// fail each for itself, and a transaction is cancelled. Other calls pass.
type Gate struct {
	engine string
	faults Faults
	late   map[string]*follower // of the tables whose indexes lag
	now    func() time.Time

	mu     sync.Mutex
	random *rand.Rand
	broken error // why the copies don't follow any more
}

// NewGate returns the gate before the engine at an endpoint. It throttles; its indexes lag
// once Follow was called.
func NewGate(endpoint string, faults Faults) *Gate {
	return &Gate{
		engine: endpoint,
		faults: faults,
		late:   map[string]*follower{},
		now:    time.Now,
		random: rand.New(rand.NewPCG(faults.Seed, 0)),
	}
}

// fields are those of a request or of an answer.
type fields map[string]json.RawMessage

// read reads a field, which may be missing.
func (f fields) read(name string, into any) error {
	if f[name] == nil {
		return nil
	}
	return json.Unmarshal(f[name], into)
}

// set sets a field.
func (f fields) set(name string, value any) (err error) {
	f[name], err = json.Marshal(value)
	return err
}

// call is a call on its way.
type call struct {
	header    http.Header
	operation string // "Query"
	request   fields
}

// ServeHTTP lets a call pass to the engine, but for what is throttled.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, "the request can't be read", http.StatusBadRequest)
		return
	}

	_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	c := call{header: r.Header, operation: operation}
	if json.Unmarshal(body, &c.request) != nil {
		c.request = nil // the engine says what is wrong with it
	}

	got, err := g.answer(r.Context(), c, body)
	if err != nil {
		got = failure(http.StatusInternalServerError, "InternalServerError", err.Error())
	}
	maps.Copy(w.Header(), got.header)
	w.WriteHeader(got.status)
	_, _ = w.Write(got.body) // a caller that has gone reads no answer
}

// answer returns what a call is answered.
func (g *Gate) answer(ctx context.Context, c call, body []byte) (reply, error) {
	if c.request == nil || !isOfItems(c.operation) {
		return g.pass(ctx, c.header, body)
	}

	if err := g.lag(c); err != nil {
		return reply{}, err
	}

	items, err := g.written(c.operation, body)
	if err != nil {
		return failure(http.StatusBadRequest, "ValidationException", err.Error()), nil
	}
	if len(items) > 0 {
		// A caller that goes doesn't end a write, and the note comes after it.
		ctx = context.WithoutCancel(ctx)
		defer note(items)
	}

	parts, err := partsOf(c)
	if err != nil {
		return g.pass(ctx, c.header, body)
	}

	fate := g.choose(c.operation, parts)
	if fate.whole != "" {
		return throttled(fate.whole), nil
	}
	if fate.held == nil {
		if c.readsAmong() {
			return g.page(ctx, c)
		}
		return g.forward(ctx, c)
	}
	if isTransaction(c.operation) {
		return cancelled(fate.held), nil
	}
	return g.forwardPart(ctx, c, parts, fate.held)
}

// isOfItems reports whether an operation reads or writes items.
func isOfItems(operation string) bool {
	switch operation {
	case "GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan",
		"BatchGetItem", "BatchWriteItem", "TransactGetItems", "TransactWriteItems",
		"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction":
		return true
	}
	return false
}

// fate is what becomes of a call: it is throttled as a whole, by an error of that name, or
// its parts are that are held, or nothing happens.
type fate struct {
	whole string
	held  []bool
}

// choose draws the fate of a call.
func (g *Gate) choose(operation string, p parts) fate {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.random.Float64()*100 >= g.faults.Throttle {
		return fate{}
	}

	// DynamoDB answers either where a table has no capacity left.
	whole := "ProvisionedThroughputExceededException"
	if g.random.IntN(2) == 0 {
		whole = "ThrottlingException"
	}

	size := p.size()
	least := 2 // a batch of which nothing can be done is throttled as a whole
	if isTransaction(operation) {
		least = 1
	}
	if size < least || g.random.IntN(2) == 0 {
		return fate{whole: whole}
	}

	held := make([]bool, size)
	for i := range held {
		held[i] = g.random.IntN(2) == 0
	}

	one := g.random.IntN(size)
	held[one] = true
	if least == 2 {
		held[(one+1+g.random.IntN(size-1))%size] = false
	}
	return fate{held: held}
}

// lag makes a read of an index one of the copy that lags behind.
func (g *Gate) lag(c call) error {
	if c.operation == "ExecuteStatement" {
		return g.lagSelect(c)
	}

	var table, index string
	if c.request.read("TableName", &table) != nil || c.request.read("IndexName", &index) != nil {
		return nil // the engine says what is wrong with them
	}

	f := g.late[path.Base(table)]
	if index == "" || f == nil {
		return nil
	}
	return g.readLate(c, "TableName", f.late)
}

// selects finds the table of a statement that reads an index.
var selects = regexp.MustCompile(`(?is)^(\s*SELECT\b.*?\bFROM\s+")([^"]+)("\.".*)$`)

// lagSelect is lag for a statement of PartiQL.
func (g *Gate) lagSelect(c call) error {
	var text string
	if c.request.read("Statement", &text) != nil {
		return nil
	}

	found := selects.FindStringSubmatch(text)
	if found == nil || g.late[found[2]] == nil {
		return nil
	}
	return g.readLate(c, "Statement", found[1]+g.late[found[2]].late+found[3])
}

// readLate gives a call the value that reads a copy.
func (g *Gate) readLate(c call, name, value string) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.broken != nil {
		return fmt.Errorf("an index doesn't follow its table: %w", g.broken)
	}
	return c.request.set(name, value)
}

// reply is an answer.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// forward has the engine answer a call.
func (g *Gate) forward(ctx context.Context, c call) (reply, error) {
	body, err := json.Marshal(c.request)
	if err != nil {
		return reply{}, fmt.Errorf("forward to DynamoDB Local: %w", err)
	}
	return g.pass(ctx, c.header, body)
}

// forwardPart has the engine answer what isn't held, and adds what is.
func (g *Gate) forwardPart(
	ctx context.Context, c call, p parts, held []bool,
) (reply, error) {
	if err := p.hold(c.request, held); err != nil {
		return reply{}, err
	}

	got, err := g.forward(ctx, c)
	if err != nil || got.status != http.StatusOK {
		return got, err
	}

	var answer fields
	if err := json.Unmarshal(got.body, &answer); err != nil {
		return reply{}, fmt.Errorf("read the answer of DynamoDB Local: %w", err)
	}
	if err := p.add(answer); err != nil {
		return reply{}, err
	}

	body, err := json.Marshal(answer)
	return answered(http.StatusOK, body), err
}

// pass hands a request to the engine as it is.
func (g *Gate) pass(ctx context.Context, header http.Header, body []byte) (reply, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, g.engine, bytes.NewReader(body))
	if err != nil {
		return reply{}, fmt.Errorf("call DynamoDB Local: %w", err)
	}

	r.Header = header.Clone()
	r.Header.Set("Accept-Encoding", "identity")
	response, err := transport.RoundTrip(r)
	if err != nil {
		return reply{}, fmt.Errorf("call DynamoDB Local: %w", err)
	}

	defer response.Body.Close()

	got, err := io.ReadAll(response.Body)
	if err != nil {
		return reply{}, fmt.Errorf("call DynamoDB Local: %w", err)
	}

	for _, name := range []string{"Content-Length", "X-Amz-Crc32"} { // of the engine's body
		response.Header.Del(name)
	}
	return reply{response.StatusCode, response.Header, got}, nil
}

// transport is all gates' to their engine.
var transport = engine.Transport()

// answered is an answer of the gate's own.
func answered(status int, body []byte) reply {
	header := http.Header{"Content-Type": {"application/x-amz-json-1.0"}}
	return reply{status, header, body}
}

// overloaded is what DynamoDB says where a table has no capacity left
// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html).
const overloaded = "Throughput exceeds the current capacity of your table or index. " +
	"DynamoDB is automatically scaling your table or index so please try again shortly."

// throttled is the answer to a call that is throttled as a whole.
func throttled(exception string) reply {
	return failure(http.StatusBadRequest, exception, overloaded)
}

// failure is an error's answer.
func failure(status int, exception, message string) reply {
	text, _ := json.Marshal(message) // a text has no value that JSON lacks
	body := fmt.Sprintf(`{"__type":"com.amazonaws.dynamodb.v20120810#%s","message":%s}`,
		exception, text)
	return answered(status, []byte(body))
}
