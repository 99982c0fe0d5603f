package job

import (
	"context"
	"iter"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/store"
)

// EraseGap is how long a deleted job's own item stays, and after which its erasure is asked
// for again. Whoever found the job before is done with it by then.
const EraseGap = 15 * time.Minute

// quiet is how long after a start all messages may have been tried as often as they may.
const quiet = time.Hour

// Delete hides a job for good, without its names. It is due until it is erased. Delete
// returns ErrStatus while the job is being validated or processed, and for one that isn't
// there. The caller must know that nobody is Working.
func (s Store) Delete(ctx context.Context, id string, now time.Time) error {
	return asStatus(s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set:    "deleted_at = :now, due = :due, due_at = :again",
		Remove: "listed, #name, file_name, created_by, report_to, reminders",
		Condition: "attribute_exists(job) AND attribute_not_exists(deleted_at)" +
			" AND (NOT #status IN (:validating, :processing)" +
			" OR (#status = :validating AND lease_until < :now)" +
			" OR (#status = :validating AND mapped > :zero AND attribute_not_exists(lease_until))" +
			" OR (#status = :processing AND started_at < :quiet))",
		Values: store.Values{
			":now":        clock.Of(now),
			":due":        DueJobs,
			":again":      Moment(clock.Of(now.Add(EraseGap))),
			":zero":       0,
			":validating": Validating,
			":processing": Processing,
			":quiet":      clock.Of(now.Add(-quiet)),
		},
	}, nil))
}

// Deleted reads a job that was deleted, or returns store.ErrNotFound.
func (s Store) Deleted(ctx context.Context, id string) (Job, error) {
	var found Job
	err := s.Table.Get(ctx, key(id, jobItem), &found)
	if err == nil && found.DeletedAt == 0 {
		return Job{}, store.ErrNotFound
	}
	return found, err
}

// ClaimErase reports whether the caller is to ask for a job to be erased: one in each gap.
func (s Store) ClaimErase(ctx context.Context, id string, now time.Time) (mine bool, err error) {
	return s.Table.UpdateIf(ctx, key(id, jobItem), store.Update{
		Set:       "due_at = :again",
		Condition: "attribute_exists(deleted_at) AND due_at <= :now",
		Values: store.Values{
			":now":   Moment(clock.Of(now)),
			":again": Moment(clock.Of(now.Add(EraseGap))),
		},
	})
}

// Item is the key of an item of a job.
type Item struct {
	JobID string `dynamodbav:"job"`
	Item  string `dynamodbav:"item"`
}

// Own returns the job's own item.
func (j Job) Own() Item { return Item{j.ID, jobItem} }

// Items reads the keys of all items of a job, page by page.
func (s Store) Items(ctx context.Context, id string) iter.Seq2[[]Item, error] {
	return store.Pages[Item](ctx, s.Table, store.Query{
		Where:      "job = :job",
		Values:     store.Values{":job": id},
		Attributes: []string{"job", "item"},
	})
}

// EraseItems deletes items of a job.
func (s Store) EraseItems(ctx context.Context, items []Item) error {
	keys := make([]store.Key, len(items))
	for i, one := range items {
		keys[i] = key(one.JobID, one.Item)
	}
	return store.DeleteMany(ctx, s.Table, keys)
}
