package job

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/store"
)

// Remembered is a header whose columns were mapped. A file that has it later is mapped
// alike. An ID is a hash of the header's names.
type Remembered struct {
	Partition string            `dynamodbav:"job"` // remembered
	ID        string            `dynamodbav:"item"`
	Columns   []string          `dynamodbav:"columns"` // in the order of the file
	Mapping   map[string]string `dynamodbav:"mapping"` // as Job.Mapping has it
	Of        string            `dynamodbav:"mapped_of"`
	By        string            `dynamodbav:"mapped_by"`
	At        clock.Millis      `dynamodbav:"mapped_at"`
}

// remembered is the partition of the headers that were mapped. It is no job's id.
const remembered = "mappings"

// Remember stores how a header was mapped, in the place of what was stored of it.
func (s Store) Remember(ctx context.Context, header Remembered) error {
	header.Partition = remembered
	return s.Table.Put(ctx, header, "", nil)
}

// Remembered reads how a header was mapped. It returns store.ErrNotFound if nobody did.
func (s Store) Remembered(ctx context.Context, id string) (Remembered, error) {
	var found struct {
		Remembered
		Forgotten bool `dynamodbav:"forgotten"`
	}
	err := s.Table.Get(ctx, key(remembered, id), &found)
	if err == nil && found.Forgotten {
		return Remembered{}, store.ErrNotFound
	}
	return found.Remembered, err
}

// AllRemembered reads a page of the headers that were mapped, after an ID or, for "", from
// the first. next is "" at the end.
func (s Store) AllRemembered(
	ctx context.Context, limit int, after string,
) (page []Remembered, next string, err error) {
	query := store.Query{
		Where:  "job = :mappings",
		Filter: "attribute_not_exists(forgotten)",
		Values: store.Values{":mappings": remembered},
		Limit:  limit,
	}
	if after != "" {
		query.After = key(remembered, after)
	}

	page, more, err := store.Select[Remembered](ctx, s.Table, query)
	return page, more["item"], err
}

// Forget takes back that a header is remembered. It returns store.ErrNotFound if it isn't.
// The item stays until DynamoDB deletes it: then no function needs the right to.
func (s Store) Forget(ctx context.Context, id string, now time.Time) error {
	err := s.Table.Update(ctx, key(remembered, id), store.Update{
		Set:       "forgotten = :true, delete_at = :now",
		Condition: "attribute_exists(job) AND attribute_not_exists(forgotten)",
		Values:    store.Values{":true": true, ":now": clock.SecondAfter(now)},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		return store.ErrNotFound
	}
	return err
}
