package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/shared/store"
	"latchkey/shared/user"
)

// ErrCursor says that a place is none of the list's.
var ErrCursor = errors.New("the place is not one of this list")

const (
	// daysLooked bounds how many days one page looks at: that are four queries each.
	daysLooked = 64
	// daysAhead is how many days are looked at together at most, while there is nothing in them.
	daysAhead = 16
	// queriesAtOnce bounds the queries that are under way together.
	queriesAtOnce = 16
)

// Query says which entries are wanted: all, or a user's or a job's, from a time on and before another.
type Query struct {
	Target string // username, in any spelling
	Job    string // id
	From   time.Time
	To     time.Time // exclusive
	// Before is where the page before ended.
	Before string
}

// bounds gives the sort keys between which the list's next entries are: from inclusive, before exclusive. It answers ErrCursor.
func (l Log) bounds(q Query) (from, before string, err error) {
	now := l.Now()

	oldest := now.Add(-Keep)
	if q.From.Before(oldest) {
		q.From = oldest
	}

	if q.To.IsZero() || q.To.After(now.Add(time.Hour)) { // clocks differ a little
		q.To = now.Add(time.Hour)
	}

	from, before = moment(q.From), moment(q.To)
	if q.Before == "" {
		return from, before, nil
	}

	text, _, _ := strings.Cut(q.Before, "#")

	at, err := time.Parse(moments, text)
	if err != nil || at.Format(moments) != text || len(q.Before) > 64 || q.Before > before {
		return "", "", ErrCursor
	}
	return from, q.Before, nil
}

// moment is the least sort key of a time, which is rounded up to milliseconds.
func moment(at time.Time) string {
	return at.UTC().
		Add(time.Millisecond - time.Nanosecond).
		Truncate(time.Millisecond).
		Format(moments)
}

// List reads a page of entries, newest first: at most limit of them. next is where it ends, "" at the end of the list. A page takes a bounded number of
// queries: over days without entries it may be short, or empty.
func (l Log) List(
	ctx context.Context,
	q Query,
	limit int,
) (entries []Entry, next string, err error) {
	from, before, err := l.bounds(q)
	if err != nil {
		return nil, "", err
	}

	var items []item
	switch {
	case from >= before:
	case q.Target != "":
		items, next, err = l.ofOne(
			ctx,
			"by_target",
			"target_key",
			user.Key(q.Target),
			from,
			before,
			limit,
		)
	case q.Job != "":
		items, next, err = l.ofOne(ctx, "by_job", "job", q.Job, from, before, limit)
	default:
		items, next, err = l.ofDays(ctx, from, before, limit)
	}

	if err != nil {
		return nil, "", fmt.Errorf("list audit: %w", err)
	}

	for _, i := range items {
		if q.Job == "" || i.Job == q.Job {
			entries = append(entries, i.entry())
		}
	}

	return entries, next, nil
}

// query reads the latest entries of a partition between two sort keys: one more than the limit, where there are.
func (l Log) query(
	ctx context.Context,
	index, name, value, from, before string,
	limit int,
) ([]item, error) {
	found, _, err := store.Select[item](ctx, l.Table, store.Query{
		Index: index,
		Where: "#" + name + " = :value AND moment BETWEEN :from AND :before",
		Values: store.Values{
			":value":  value,
			":from":   from,
			":before": before,
		},
		Backward: true,
		Limit:    limit + 2,
	})
	if len(found) > 0 && found[0].Moment == before { // the place itself
		found = found[1:]
	}

	return found, err
}

// ofOne reads a page of an index.
func (l Log) ofOne(
	ctx context.Context,
	index, name, value, from, before string,
	limit int,
) ([]item, string, error) {
	if len(value) > 1024 { // what an index can have as a key: nobody's
		return nil, "", nil
	}

	found, err := l.query(ctx, index, name, value, from, before, limit)
	if err != nil || len(found) <= limit {
		return found, "", err
	}
	return found[:limit], found[limit-1].Moment, nil
}

// ofDays reads a page day by day, backwards, each from all its shards. Where days are empty, several are looked at together.
func (l Log) ofDays(
	ctx context.Context,
	from, before string,
	limit int,
) (page []item, next string, err error) {
	day := dayOf(before)
	for looked, ahead := 0, 1; looked < daysLooked; {
		together := min(ahead, daysLooked-looked)
		found := make([][shards][]item, together)
		group, querying := errgroup.WithContext(ctx)
		group.SetLimit(queriesAtOnce)

		for d := range together {
			for shard := range shards {
				group.Go(func() (err error) {
					found[d][shard], err = l.query(
						querying,
						"",
						"day",
						partition(day.AddDate(0, 0, -d), shard),
						from,
						before,
						limit,
					)
					return err
				})
			}
		}

		if err := group.Wait(); err != nil {
			return nil, "", err
		}

		ahead = min(2*ahead, daysAhead)
		for _, of := range found {
			merged := slices.Concat(of[:]...)
			slices.SortFunc(
				merged,
				func(a, b item) int { return strings.Compare(b.Moment, a.Moment) },
			)

			if room := limit - len(page); len(merged) > room {
				page = append(page, merged[:room]...)
				return page, page[limit-1].Moment, nil
			}

			if len(merged) > 0 {
				ahead = 1
			}

			page = append(page, merged...)
		}

		looked += together
		day = day.AddDate(0, 0, -together)

		before = day.AddDate(0, 0, 1).Format(moments)
		if before <= from {
			return page, "", nil
		}

		if len(page) == limit {
			break
		}
	}

	return page, before, nil
}

// dayOf gives the day that the last entry before a sort key may be of.
func dayOf(before string) time.Time {
	text, _, isEntry := strings.Cut(before, "#")

	at, err := time.Parse(moments, text)
	if err != nil {
		return time.Time{} // bounds has read it
	}

	if !isEntry {
		at = at.Add(-time.Millisecond)
	}

	return at.Truncate(24 * time.Hour)
}
