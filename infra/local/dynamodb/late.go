package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"latchkey/shared/parallel"
	"latchkey/shared/topology"
)

// latePrefix begins the name of a copy. It ends as the table's own does.
const latePrefix = "late-"

// Follow has the indexes of the tables lag behind: each table that has any gets a copy,
// to which every write that passes the gate comes after the lag. It is to be called before
// the first request. The copies follow until the context ends; stop ends them sooner, and
// waits for it.
func (g *Gate) Follow(
	ctx context.Context, tables []topology.Table, name func(table string) string,
) (stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	for _, table := range tables {
		if len(table.Indexes) == 0 {
			continue
		}
		f := g.follower(table, name(table.Name))
		if err := createTable(ctx, f.tables, table, f.late); err != nil {
			cancel()
			return nil, err
		}
		g.late[f.table] = f
	}

	var group errgroup.Group
	for _, f := range g.late {
		group.Go(func() error {
			err := f.run(ctx)
			if ctx.Err() == nil {
				g.stumble(err)
			}
			return nil
		})
	}
	return func() { cancel(); _ = group.Wait() }, nil
}

// stumble keeps why a copy doesn't follow any more.
func (g *Gate) stumble(err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.broken = errors.Join(g.broken, err)
}

// follower brings to a table's copy what was written to the table, when it is old enough.
// It reads what was written, rather than work out what a write makes of an item.
type follower struct {
	tables      *dynamodb.Client
	table, late string   // their names
	attributes  []string // of the key: the partition's, and the sort key's if there is one
	lag         time.Duration
	now         func() time.Time

	mu    sync.Mutex
	noted map[key]bool // written, and not read since
}

// key is an item's, by the order of its attributes.
type key [2]string

// follower returns what follows a table.
func (g *Gate) follower(table topology.Table, name string) *follower {
	attributes := []string{table.Partition}
	if table.Sort != "" {
		attributes = append(attributes, table.Sort)
	}
	return &follower{
		tables:     Client(g.engine),
		table:      name,
		late:       latePrefix + name,
		attributes: attributes,
		lag:        g.faults.Lag,
		now:        g.now,
		noted:      map[key]bool{},
	}
}

// note has followers look at items: they were written, or may have been.
func note(items []written) {
	for _, item := range items {
		item.by.note(item.key)
	}
}

// note has the follower look at an item.
func (f *follower) note(k key) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.noted[k] = true
}

// take returns what was noted since it was last called.
func (f *follower) take() []key {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := slices.Collect(maps.Keys(f.noted))
	clear(f.noted)
	return taken
}

// The pause between two looks at what was noted: a quarter of the lag, within bounds.
const (
	leastPause = 10 * time.Millisecond
	mostPause  = 250 * time.Millisecond
)

// seen is what was read at once, and when a copy is to know it.
type seen struct {
	due    time.Time
	writes []types.WriteRequest // of different items
}

// run follows until the context ends, or something fails. What was read first is written
// first, so that no item goes back to what it was.
func (f *follower) run(ctx context.Context) error {
	var waiting []seen
	for {
		writes, err := f.read(ctx, f.take())
		if err != nil {
			return err
		}
		if len(writes) > 0 {
			waiting = append(waiting, seen{f.now().Add(f.lag), writes})
		}

		for len(waiting) > 0 && !f.now().Before(waiting[0].due) {
			if err := f.apply(ctx, waiting[0].writes); err != nil {
				return err
			}
			waiting = waiting[1:]
		}
		if err := pause(ctx, min(max(f.lag/4, leastPause), mostPause)); err != nil {
			return err
		}
	}
}

// pause waits. It returns an error if the context ends before that.
func pause(ctx context.Context, span time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(span):
		return nil
	}
}

// Bounds of reading from a table and of writing to its copy.
const (
	readBatch   = 100 // the most items of one BatchGetItem
	writeBatch  = 25  // the most items of one BatchWriteItem
	callsAtOnce = 4
)

// read returns the writes that make a copy's items what the table's are.
func (f *follower) read(ctx context.Context, keys []key) ([]types.WriteRequest, error) {
	batches := slices.Collect(slices.Chunk(keys, readBatch))
	get := func(ctx context.Context, i int) ([]types.WriteRequest, error) {
		return f.get(ctx, batches[i])
	}
	got, err := parallel.Map(ctx, len(batches), callsAtOnce, get)
	if err != nil {
		return nil, fmt.Errorf("read table %s: %w", f.table, err)
	}
	return slices.Concat(got...), nil
}

// get is read for one call. What that leaves undone is noted again.
func (f *follower) get(ctx context.Context, keys []key) ([]types.WriteRequest, error) {
	asked := types.KeysAndAttributes{ConsistentRead: aws.Bool(true)}
	for _, k := range keys {
		asked.Keys = append(asked.Keys, f.item(k))
	}
	got, err := f.tables.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
		RequestItems: map[string]types.KeysAndAttributes{f.table: asked},
	})
	if err != nil {
		return nil, err
	}

	answered := map[key]bool{}
	var writes []types.WriteRequest
	for _, item := range got.Responses[f.table] {
		answered[f.keyOf(item)] = true
		writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: item}})
	}
	for _, left := range got.UnprocessedKeys[f.table].Keys {
		answered[f.keyOf(left)] = true
		f.note(f.keyOf(left))
	}
	for i, k := range keys {
		if !answered[k] {
			gone := &types.DeleteRequest{Key: asked.Keys[i]}
			writes = append(writes, types.WriteRequest{DeleteRequest: gone})
		}
	}
	return writes, nil
}

// item returns a key as the client has it.
func (f *follower) item(k key) map[string]types.AttributeValue {
	item := map[string]types.AttributeValue{}
	for i, name := range f.attributes {
		item[name] = &types.AttributeValueMemberS{Value: k[i]}
	}
	return item
}

// keyOf returns the key of an item of the table.
func (f *follower) keyOf(item map[string]types.AttributeValue) (k key) {
	for i, name := range f.attributes {
		if text, ok := item[name].(*types.AttributeValueMemberS); ok {
			k[i] = text.Value
		}
	}
	return k
}

// apply writes to the copy, and returns when nothing of it is left.
func (f *follower) apply(ctx context.Context, writes []types.WriteRequest) error {
	batches := slices.Collect(slices.Chunk(writes, writeBatch))
	return parallel.Each(ctx, len(batches), callsAtOnce, func(ctx context.Context, i int) error {
		left := map[string][]types.WriteRequest{f.late: batches[i]}
		for len(left) > 0 {
			got, err := f.tables.BatchWriteItem(ctx,
				&dynamodb.BatchWriteItemInput{RequestItems: left})
			if err != nil {
				return fmt.Errorf("write to the copy of table %s: %w", f.table, err)
			}
			left = got.UnprocessedItems
		}
		return nil
	})
}
