package job

import (
	"context"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/lease"
	"latchkey/shared/store"
)

// Chunk is a part of a file's good rows: a byte range of their canonical copy. The index of
// the chunks is stored in the bucket, beside the copy.
type Chunk struct {
	Number   int   `json:"number"` // from 0
	From     int64 `json:"from"`
	To       int64 `json:"to"` // exclusive
	FirstRow int   `json:"first_row"`
	Rows     int   `json:"rows"`
	// Planned is what the rows would do to the directory, as it was at validation.
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
	GivenUp int    `dynamodbav:"given_up"`
	Reason  string `dynamodbav:"reason,omitempty"` // why the file couldn't be read
	Round   int    `dynamodbav:"round"`            // of the job
	Users   Tally  `dynamodbav:"tally"`
	// Through is the last row that is done, of a chunk that was released before its end.
	Through int `dynamodbav:"through,omitempty"`
	// Fresh is true for who has claimed the chunk first: nobody has worked at it before.
	Fresh bool `dynamodbav:"-"`
	lease.Holder
}

const chunkPrefix = "chunk#"

func chunkItem(number int) string { return fmt.Sprintf(chunkPrefix+"%05d", number) }

// ClaimChunk leases a chunk of the job's present round to a request, and returns it as it
// was left. A chunk with rows that an earlier round gave up on is claimed again. The chunk
// is Done, and not claimed, if it has its result of this round. ClaimChunk returns
// lease.ErrBusy while another request holds the lease.
func (s Store) ClaimChunk(
	ctx context.Context, of Job, number int, l lease.Lease, now time.Time,
) (chunk Result, err error) {
	claim := store.Update{
		Set:       "done = :false, #round = :round, " + lease.Set,
		Condition: "attribute_not_exists(job)",
		Values:    l.ToExtend(store.Values{":false": false, ":round": of.Round}),
	}
	err = s.Table.Update(ctx, key(of.ID, chunkItem(number)), claim, &chunk)
	if !errors.Is(err, store.ErrCondition) {
		chunk.Fresh = err == nil
		return chunk, err
	}

	claim.Condition = "(given_up > :zero AND done = :true AND #round < :round)" +
		" OR (done = :false AND " + lease.Free + ")"
	claim.Values = l.ToClaim(now, store.Values{
		":false": false,
		":true":  true,
		":zero":  0,
		":round": of.Round,
	})
	err = s.Table.Update(ctx, key(of.ID, chunkItem(number)), claim, &chunk)
	if !errors.Is(err, store.ErrCondition) {
		return chunk, err
	}

	err = s.Table.Get(ctx, key(of.ID, chunkItem(number)), &chunk)
	if err == nil && !chunk.Done {
		err = lease.ErrBusy
	}
	return chunk, err
}

// unfinished is the condition of each write of a chunk's holder.
const unfinished = "done = :false AND " + lease.Held

// ExtendChunk prolongs the lease. It returns lease.ErrBusy if another request has it.
func (s Store) ExtendChunk(ctx context.Context, jobID string, number int, l lease.Lease) error {
	return lease.Lost(s.Table.Update(ctx, key(jobID, chunkItem(number)), store.Update{
		Set:       lease.Set,
		Condition: unfinished,
		Values:    l.ToExtend(store.Values{":false": false}),
	}, nil))
}

// ReleaseChunk ends the lease before the chunk is done, and stores the result so far. It
// returns lease.ErrBusy if another request has taken the chunk.
func (s Store) ReleaseChunk(
	ctx context.Context, result Result, number int, l lease.Lease,
) error {
	result.Done = false
	return s.putChunk(ctx, result, number, l)
}

// FinishChunk stores a chunk's result, and so ends the lease. It returns lease.ErrBusy if
// another request has taken the chunk.
func (s Store) FinishChunk(
	ctx context.Context, result Result, number int, l lease.Lease,
) error {
	result.Done = true
	result.Through = 0
	return s.putChunk(ctx, result, number, l)
}

// putChunk stores a result without a lease, if the request has the one that is there.
func (s Store) putChunk(ctx context.Context, result Result, number int, l lease.Lease) error {
	result.Item = chunkItem(number)
	result.Holder = lease.Holder{}
	return lease.Lost(s.Table.Put(ctx, result, unfinished, l.ToEnd(store.Values{":false": false})))
}
