package job

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/store"
)

// Export is a file of a job's members: when it was asked for, and done (ms; 0: not yet).
type Export struct {
	AskedAt clock.Millis `dynamodbav:"asked_at"`
	DoneAt  clock.Millis `dynamodbav:"done_at"`
}

func exportItem(filter string) string { return "export#" + filter }

// AskExport returns the state of an export. mine reports whether the caller must ask for
// it to be made: one caller in each age does.
func (s Store) AskExport(
	ctx context.Context, id, filter string, now time.Time, age time.Duration,
) (export Export, mine bool, err error) {
	ask := store.OncePerGap("asked_at", now, age)
	ask.Set += ", done_at = :zero"
	ask.Values[":zero"] = 0

	err = s.Table.Update(ctx, key(id, exportItem(filter)), ask, &export)
	if errors.Is(err, store.ErrCondition) {
		return export, false, s.Table.Get(ctx, key(id, exportItem(filter)), &export)
	}
	return export, err == nil, err
}

// ExportDone records that an export's file is there. It must be called after that.
func (s Store) ExportDone(ctx context.Context, id, filter string, now time.Time) error {
	return s.Table.Update(ctx, key(id, exportItem(filter)), store.Update{
		Set:    "done_at = :now",
		Values: store.Values{":now": clock.Of(now)},
	}, nil)
}
