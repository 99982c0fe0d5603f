package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/store"
)

// Chunk is a part of a file: a byte range at record boundaries. The index of a file's
// chunks is stored in the bucket.
type Chunk struct {
	Number   int   `json:"number"` // from 0
	From     int64 `json:"from"`
	To       int64 `json:"to"` // exclusive
	FirstRow int   `json:"first_row"`
	// Records is the number of records in the range, good and bad.
	Records int `json:"records"`
	// Bad has a bit set for each record with an error that a chunk can't find by itself:
	// a repeated user, an administrator.
	Bad []byte `json:"bad,omitempty"`
	// Valid is the number of records that are not in error.
	Valid int `json:"valid"`
	// Planned is what the valid ones would do to the directory, as it was at validation.
	Planned Planned `json:"planned,omitzero"`
}

// Planned counts valid rows by what they do to the directory.
type Planned struct {
	Add       int `dynamodbav:"add" json:"add"`
	Update    int `dynamodbav:"update" json:"update"`
	Unchanged int `dynamodbav:"unchanged" json:"unchanged"`
	Remove    int `dynamodbav:"remove" json:"remove"`
}

// Plus returns the sum of two counts.
func (p Planned) Plus(other Planned) Planned {
	return Planned{
		p.Add + other.Add,
		p.Update + other.Update,
		p.Unchanged + other.Unchanged,
		p.Remove + other.Remove,
	}
}

// Result is the lease of a chunk and then what became of its rows. process writes it.
type Result struct {
	JobID string `dynamodbav:"job"`
	Item  string `dynamodbav:"item"`
	Done  bool   `dynamodbav:"done"`
	Outcomes
	// GivenUp is the number of failed rows that may be tried again, in a later round.
	GivenUp int   `dynamodbav:"given_up"`
	Round   int   `dynamodbav:"round"` // of the job
	Users   Tally `dynamodbav:"tally"`

	LeaseOwner string `dynamodbav:"lease_owner,omitempty"`
	LeaseUntil int64  `dynamodbav:"lease_until,omitempty"`
}

const chunkPrefix = "chunk#"

func chunkItem(number int) string { return fmt.Sprintf(chunkPrefix+"%05d", number) }

// ClaimChunk leases a chunk to a request, the owner. A chunk with rows that an earlier
// round gave up on is claimed again. done reports that it has its result of this round.
// ClaimChunk returns ErrBusy while another request holds the lease.
func (s Store) ClaimChunk(
	ctx context.Context,
	jobID string,
	number, round int,
	owner string,
	now, until time.Time,
) (done bool, err error) {
	err = s.Table.Update(ctx, key(jobID, chunkItem(number)), store.Update{
		Set: "lease_owner = :owner, lease_until = :until, done = :false, #round = :round",
		Condition: "attribute_not_exists(job)" +
			" OR (given_up > :zero AND done = :true AND #round < :round)" +
			" OR (done = :false AND (lease_owner = :owner OR lease_until < :now))",
		Values: store.Values{
			":owner": owner,
			":until": until.UnixMilli(),
			":now":   now.UnixMilli(),
			":false": false,
			":true":  true,
			":zero":  0,
			":round": round,
		},
	}, nil)

	var refused *store.ConditionError
	if !errors.As(err, &refused) {
		return false, err
	}

	var found Result
	err = s.Table.Get(ctx, key(jobID, chunkItem(number)), &found)
	if err == nil && !found.Done {
		err = ErrBusy
	}

	return found.Done, err
}

// ExtendChunk prolongs the lease. It returns ErrBusy if another request has taken the
// chunk.
func (s Store) ExtendChunk(
	ctx context.Context, jobID string, number int, owner string, until time.Time,
) error {
	return asBusy(s.Table.Update(ctx, key(jobID, chunkItem(number)), store.Update{
		Set:       "lease_until = :until",
		Condition: "lease_owner = :owner AND done = :false",
		Values:    store.Values{":until": until.UnixMilli(), ":owner": owner, ":false": false},
	}, nil))
}

// FinishChunk stores a chunk's result. It returns ErrBusy if another request has taken
// the chunk.
func (s Store) FinishChunk(ctx context.Context, result Result, number int, owner string) error {
	result.Item = chunkItem(number)
	result.Done = true
	result.LeaseOwner = owner

	held := store.Values{":owner": owner, ":false": false}
	return asBusy(s.Table.Put(ctx, result, "lease_owner = :owner AND done = :false", held))
}

func asBusy(err error) error {
	if errors.Is(err, store.ErrCondition) {
		return ErrBusy
	}
	return err
}

// IsBad reports whether a record, by its position from 0, is marked as in error.
func (c Chunk) IsBad(position int) bool {
	return position/8 < len(c.Bad) && c.Bad[position/8]&(1<<(position%8)) != 0
}

// MarkBad marks a record, by its position from 0, as in error.
func (c *Chunk) MarkBad(position int) {
	for position/8 >= len(c.Bad) {
		c.Bad = append(c.Bad, 0)
	}
	c.Bad[position/8] |= 1 << (position % 8)
}
