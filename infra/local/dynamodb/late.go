package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams"
	streamtypes "github.com/aws/aws-sdk-go-v2/service/dynamodbstreams/types"
	"golang.org/x/sync/errgroup"

	"latchkey/infra/local/engine"
	"latchkey/shared/parallel"
	"latchkey/shared/topology"
)

// latePrefix begins the name of a copy. It ends as the table's own does.
const latePrefix = "late-"

// Follow has the indexes of the tables lag behind: each table that has any gets a copy,
// to which every write comes after the lag, by the table's stream. It is to be called
// before the first request. The copies follow until the context ends; stop ends them
// sooner, and waits for it.
func (g *Gate) Follow(
	ctx context.Context, tables []topology.Table, name func(table string) string,
) (stop func(), err error) {
	ctx, cancel := context.WithCancel(ctx)
	var followers []follower
	for _, table := range tables {
		if len(table.Indexes) == 0 {
			continue
		}
		f, err := g.copyOf(ctx, table, name(table.Name))
		if err != nil {
			cancel()
			return nil, err
		}
		followers = append(followers, f)
		g.late[name(table.Name)] = f.late
	}

	var group errgroup.Group
	for _, f := range followers {
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

// copyOf makes the copy of a table, with what follows it.
func (g *Gate) copyOf(ctx context.Context, table topology.Table, name string) (follower, error) {
	late := latePrefix + name
	client := Client(g.engine)
	timeless := table
	timeless.Expires = "" // a deletion by age comes by the stream
	if err := createTable(ctx, client, timeless, late); err != nil {
		return follower{}, err
	}

	told, err := client.UpdateTable(ctx, &dynamodb.UpdateTableInput{
		TableName: &name,
		StreamSpecification: &types.StreamSpecification{
			StreamEnabled:  aws.Bool(true),
			StreamViewType: types.StreamViewTypeNewImage,
		},
	})
	if err != nil {
		return follower{}, fmt.Errorf("follow table %s: %w", table.Name, err)
	}

	return follower{
		tables: client,
		streams: dynamodbstreams.NewFromConfig(engine.Config(),
			func(o *dynamodbstreams.Options) { o.BaseEndpoint = &g.engine }),
		stream: aws.ToString(told.TableDescription.LatestStreamArn),
		late:   late,
		lag:    g.faults.Lag,
		now:    g.now,
	}, nil
}

// follower writes to a table's copy what the table's stream tells, when it is old enough.
type follower struct {
	tables  *dynamodb.Client
	streams *dynamodbstreams.Client
	stream  string // its ARN
	late    string // the copy's name
	lag     time.Duration
	now     func() time.Time
}

// The pause between two looks at a stream: a quarter of the lag, within bounds.
const (
	leastPause = 10 * time.Millisecond
	mostPause  = 250 * time.Millisecond
)

// run follows until the context ends, or something fails. DynamoDB Local has one shard
// after the other, each closed when the next begins.
func (f follower) run(ctx context.Context) error {
	read := map[string]bool{}
	for {
		told, err := f.streams.DescribeStream(ctx,
			&dynamodbstreams.DescribeStreamInput{StreamArn: &f.stream})
		if err != nil {
			return fmt.Errorf("describe stream: %w", err)
		}

		for _, shard := range told.StreamDescription.Shards {
			if read[*shard.ShardId] {
				continue
			}
			if err := f.follow(ctx, *shard.ShardId); err != nil {
				return err
			}
			read[*shard.ShardId] = true
		}

		if err := pause(ctx, mostPause); err != nil {
			return err
		}
	}
}

// told is what a stream told at once, and when a copy is to know it.
type told struct {
	due     time.Time
	records []streamtypes.Record
}

// follow follows a shard to its end.
func (f follower) follow(ctx context.Context, shard string) error {
	next, err := f.iterator(ctx, shard, "")
	if err != nil {
		return err
	}

	var waiting []told
	last := "" // the number of the latest record
	for next != nil || len(waiting) > 0 {
		var records []streamtypes.Record
		records, next, err = f.records(ctx, shard, last, next)
		if err != nil {
			return err
		}
		if len(records) > 0 {
			last = *records[len(records)-1].Dynamodb.SequenceNumber
			waiting = append(waiting, told{f.now().Add(f.lag), records})
		}

		for len(waiting) > 0 && !f.now().Before(waiting[0].due) {
			if err := f.apply(ctx, waiting[0].records); err != nil {
				return err
			}
			waiting = waiting[1:]
		}
		if err := pause(ctx, min(max(f.lag/4, leastPause), mostPause)); err != nil {
			return err
		}
	}
	return nil
}

// iterator returns where to read on in a shard after a record, or from its beginning.
func (f follower) iterator(ctx context.Context, shard, last string) (*string, error) {
	input := &dynamodbstreams.GetShardIteratorInput{
		StreamArn:         &f.stream,
		ShardId:           &shard,
		ShardIteratorType: streamtypes.ShardIteratorTypeTrimHorizon,
	}
	if last != "" {
		input.ShardIteratorType = streamtypes.ShardIteratorTypeAfterSequenceNumber
		input.SequenceNumber = &last
	}
	got, err := f.streams.GetShardIterator(ctx, input)
	if err != nil {
		return nil, fmt.Errorf("read stream: %w", err)
	}
	return got.ShardIterator, nil
}

// records returns the records of a shard from a place in it, with the next place; nil is
// its end.
func (f follower) records(
	ctx context.Context, shard, last string, from *string,
) (found []streamtypes.Record, next *string, err error) {
	if from == nil {
		return nil, nil, nil
	}

	got, err := f.streams.GetRecords(ctx, &dynamodbstreams.GetRecordsInput{ShardIterator: from})
	var trimmed *streamtypes.TrimmedDataAccessException
	if errors.As(err, &trimmed) {
		// DynamoDB Local counts the records of all tables together. A place before a
		// table's first record is none any more when that has a higher number.
		next, err = f.iterator(ctx, shard, last)
		return nil, next, err
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read stream: %w", err)
	}
	return got.Records, got.NextShardIterator, nil
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

// Bounds of writing to a copy.
const (
	writeBatch  = 25 // the most items of one BatchWriteItem
	callsAtOnce = 4
)

// apply writes to the copy what became of each item in the end.
func (f follower) apply(ctx context.Context, records []streamtypes.Record) error {
	latest := map[string]types.WriteRequest{}
	for _, record := range records {
		key, err := attributevalue.FromDynamoDBStreamsMap(record.Dynamodb.Keys)
		if err != nil {
			return fmt.Errorf("read stream: %w", err)
		}

		if record.EventName == streamtypes.OperationTypeRemove {
			latest[text(key)] = types.WriteRequest{
				DeleteRequest: &types.DeleteRequest{Key: key},
			}
			continue
		}

		image, err := attributevalue.FromDynamoDBStreamsMap(record.Dynamodb.NewImage)
		if err != nil {
			return fmt.Errorf("read stream: %w", err)
		}
		latest[text(key)] = types.WriteRequest{PutRequest: &types.PutRequest{Item: image}}
	}

	batches := slices.Collect(slices.Chunk(slices.Collect(maps.Values(latest)), writeBatch))
	return parallel.Each(ctx, len(batches), callsAtOnce, func(ctx context.Context, i int) error {
		_, err := f.tables.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
			RequestItems: map[string][]types.WriteRequest{f.late: batches[i]},
		})
		if err != nil {
			return fmt.Errorf("write to a copy: %w", err)
		}
		return nil
	})
}

// text returns a key as one text. All key attributes are strings.
func text(key map[string]types.AttributeValue) string {
	var all string
	for _, name := range slices.Sorted(maps.Keys(key)) {
		if value, ok := key[name].(*types.AttributeValueMemberS); ok {
			all += fmt.Sprintf("%q", value.Value)
		}
	}
	return all
}
