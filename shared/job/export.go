package job

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/lease"
	"latchkey/shared/store"
)

// Export is a file of a job's members, made in pieces: when it was asked for and done (0:
// not yet), how many pieces there are, and where the next one begins.
type Export struct {
	AskedAt clock.Millis `dynamodbav:"asked_at"`
	DoneAt  clock.Millis `dynamodbav:"done_at"`
	Pieces  int          `dynamodbav:"pieces"`
	Shard   int          `dynamodbav:"shard"`
	After   string       `dynamodbav:"after"` // the key of the last username before it
	lease.Holder
}

func exportItem(filter string) string { return "export#" + filter }

// AskExport returns the state of an export. mine reports whether the caller must ask for
// it: one does, unless it is under way and not lost, or younger than an age.
func (s Store) AskExport(
	ctx context.Context, id, filter string, now time.Time, age, lost time.Duration,
) (export Export, mine bool, err error) {
	err = s.Table.Update(ctx, key(id, exportItem(filter)), store.Update{
		Set: "asked_at = :now, done_at = :zero, pieces = :zero, #shard = :zero, #after = :start," +
			" lease_until = :free",
		Remove: "lease_owner",
		Condition: "attribute_not_exists(asked_at) OR done_at BETWEEN :one AND :old" +
			" OR done_at = :zero AND lease_until <= :lost",
		Values: store.Values{
			":now":   clock.Of(now),
			":free":  clock.Of(now) - 1, // the first step may have it at once
			":old":   clock.Of(now.Add(-age)),
			":lost":  clock.Of(now.Add(-lost)),
			":zero":  0,
			":one":   1,
			":start": "",
		},
	}, &export)
	if errors.Is(err, store.ErrCondition) {
		return export, false, s.Table.Get(ctx, key(id, exportItem(filter)), &export)
	}
	return export, err == nil, err
}

// ClaimExport leases an export to a request, unless it is done, and returns how far it is.
// It returns lease.ErrBusy while another request holds the lease.
func (s Store) ClaimExport(
	ctx context.Context, id, filter string, l lease.Lease, now time.Time,
) (export Export, err error) {
	err = s.Table.Update(ctx, key(id, exportItem(filter)), store.Update{
		Set:       lease.Set,
		Condition: "done_at = :zero AND " + lease.Free,
		Values:    l.ToClaim(now, store.Values{":zero": 0}),
	}, &export)
	if !errors.Is(err, store.ErrCondition) {
		return export, err
	}

	err = s.Table.Get(ctx, key(id, exportItem(filter)), &export)
	if err == nil && export.DoneAt == 0 {
		err = lease.ErrBusy
	}
	return export, err
}

// SaveExport stores how far an export is, and prolongs the lease. It returns lease.ErrBusy
// if the request has lost it.
func (s Store) SaveExport(
	ctx context.Context, id, filter string, export Export, l lease.Lease,
) error {
	return lease.Lost(s.Table.Update(ctx, key(id, exportItem(filter)), store.Update{
		Set: "done_at = :done, pieces = :pieces, #shard = :shard, #after = :after, " +
			lease.Set,
		Condition: "done_at = :zero AND " + lease.Held,
		Values: l.ToExtend(store.Values{
			":done":   export.DoneAt,
			":pieces": export.Pieces,
			":shard":  export.Shard,
			":after":  export.After,
			":zero":   0,
		}),
	}, nil))
}
