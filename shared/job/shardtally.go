package job

import (
	"context"
	"fmt"

	"latchkey/shared/store"
)

const tallyPrefix = "tally#"

type shardTally struct {
	JobID string `dynamodbav:"job"`
	Item  string `dynamodbav:"item"`
	Tally
}

// PutShardTally stores the tally of one of a job's shards.
func (s Store) PutShardTally(ctx context.Context, jobID string, shard int, tally Tally) error {
	item := fmt.Sprintf(tallyPrefix+"%02d", shard)
	return s.Table.Put(ctx, shardTally{JobID: jobID, Item: item, Tally: tally}, "", nil)
}

// ShardTallies adds up the tallies of a job's shards. complete says that all are there.
func (s Store) ShardTallies(
	ctx context.Context, jobID string,
) (sum Tally, complete bool, err error) {
	tallies, err := store.SelectAll[shardTally](ctx, s.Table, store.Query{
		Where:  "job = :job AND begins_with(#item, :prefix)",
		Values: store.Values{":job": jobID, ":prefix": tallyPrefix},
	})
	if err != nil {
		return Tally{}, false, err
	}

	for _, t := range tallies {
		sum = sum.Plus(t.Tally)
	}

	return sum, len(tallies) == Shards, nil
}
