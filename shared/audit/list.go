package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"latchkey/shared/parallel"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

// ErrCursor is returned for a place that is none of the list's.
var ErrCursor = errors.New("the place is not one of this list")

const (
	// pageDays bounds how many days one page reads. Each takes a query of every shard.
	pageDays = 64
	// daysAtOnce bounds how many days are read together, while there is nothing in them.
	daysAtOnce = 16
	// queriesAtOnce bounds the queries that run at the same time.
	queriesAtOnce = 16
	clockSkew     = time.Hour // how far an entry may be ahead of the reader's clock
	maxIndexKey   = 1024      // bytes: a longer name is nobody's
	maxCursor     = 64        // bytes: more than any sort key has
)

// Query is which entries are wanted: all, or those of a user or a job.
type Query struct {
	Target string // username, in any spelling
	Job    string // id
	From   time.Time
	To     time.Time // exclusive
	// Before is where the previous page ended, or "".
	Before string
}

type bounds struct {
	from   string // inclusive
	before string // exclusive
}

// boundsOf returns those of a query's next page, or ErrCursor.
func (l Log) boundsOf(q Query) (bounds, error) {
	now := l.Now()
	if oldest := now.Add(-keep); q.From.Before(oldest) {
		q.From = oldest
	}
	if q.To.IsZero() || q.To.After(now.Add(clockSkew)) {
		q.To = now.Add(clockSkew)
	}

	b := bounds{from: moment(q.From), before: moment(q.To)}
	if q.Before == "" {
		return b, nil
	}

	text, _, _ := strings.Cut(q.Before, "#")
	at, err := time.Parse(momentFormat, text)
	if err != nil || at.Format(momentFormat) != text ||
		len(q.Before) > maxCursor || q.Before > b.before {
		return bounds{}, ErrCursor
	}
	b.before = q.Before
	return b, nil
}

// moment returns the least sort key of a time, which is rounded up to milliseconds.
func moment(at time.Time) string {
	roundedUp := at.UTC().Add(time.Millisecond - time.Nanosecond).Truncate(time.Millisecond)
	return roundedUp.Format(momentFormat)
}

// List reads a page of at most limit entries, newest first. next is where it ends, or ""
// at the end of the list. It returns ErrCursor if the query's Before is none of this
// list. Its queries are bounded: over days without entries a page may be short, or empty.
func (l Log) List(
	ctx context.Context, q Query, limit int,
) (entries []Entry, next string, err error) {
	b, err := l.boundsOf(q)
	if err != nil {
		return nil, "", err
	}

	var items []item
	switch {
	case b.from >= b.before:
	case q.Target != "":
		target := partition{index: "by_target", name: "target_key", value: user.Key(q.Target)}
		items, next, err = l.indexPage(ctx, target, b, limit)
	case q.Job != "":
		job := partition{index: "by_job", name: "job", value: q.Job}
		items, next, err = l.indexPage(ctx, job, b, limit)
	default:
		items, next, err = l.dayPage(ctx, b, limit)
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

type partition struct {
	index string // "" for the table itself
	name  string // the attribute that is the partition key
	value string
}

// query reads a partition's latest entries. One above the limit tells that more follow.
func (l Log) query(ctx context.Context, p partition, b bounds, limit int) ([]item, error) {
	found, _, err := store.Select[item](ctx, l.Table, store.Query{
		Index:    p.index,
		Where:    "#" + p.name + " = :value AND moment BETWEEN :from AND :before",
		Values:   store.Values{":value": p.value, ":from": b.from, ":before": b.before},
		Backward: true,
		Limit:    limit + 2,
	})

	// BETWEEN includes its end, where the previous page's last entry may be.
	if len(found) > 0 && found[0].Moment == b.before {
		found = found[1:]
	}
	return found, err
}

func (l Log) indexPage(
	ctx context.Context, p partition, b bounds, limit int,
) (page []item, next string, err error) {
	if len(p.value) > maxIndexKey {
		return nil, "", nil
	}

	found, err := l.query(ctx, p, b, limit)
	if err != nil || len(found) <= limit {
		return found, "", err
	}
	return found[:limit], found[limit-1].Moment, nil
}

// dayPage reads a page day by day, backwards. While days are empty, ever more are read at
// once; after one with entries, the next is read alone, as it may fill the page.
func (l Log) dayPage(
	ctx context.Context, b bounds, limit int,
) (page []item, next string, err error) {
	day := dayOf(b.before)
	atOnce := 1
	for read := 0; read < pageDays; {
		atOnce = min(atOnce, pageDays-read)
		found, err := l.days(ctx, day, atOnce, b, limit)
		if err != nil {
			return nil, "", err
		}

		empty := true
		for _, entries := range found {
			if left := limit - len(page); len(entries) > left {
				page = append(page, entries[:left]...)
				return page, page[limit-1].Moment, nil
			}
			empty = empty && len(entries) == 0
			page = append(page, entries...)
		}

		read += atOnce
		day = day.AddDate(0, 0, -atOnce)
		b.before = day.AddDate(0, 0, 1).Format(momentFormat)
		if b.before <= b.from {
			return page, "", nil
		}
		if len(page) == limit {
			break
		}

		atOnce = min(2*atOnce, daysAtOnce)
		if !empty {
			atOnce = 1
		}
	}

	return page, b.before, nil
}

// days reads n days backwards: each day's latest entries, merged from its shards.
func (l Log) days(
	ctx context.Context, last time.Time, n int, b bounds, limit int,
) (merged [][]item, err error) {
	query := func(ctx context.Context, i int) ([]item, error) {
		day := last.AddDate(0, 0, -i/shards)
		p := partition{name: "day", value: dayShard(day, i%shards)}
		return l.query(ctx, p, b, limit)
	}
	found, err := parallel.Map(ctx, n*shards, queriesAtOnce, query)
	if err != nil {
		return nil, err
	}

	for ofDay := range slices.Chunk(found, shards) {
		day := slices.Concat(ofDay...)
		slices.SortFunc(day, newestFirst)
		merged = append(merged, day)
	}

	return merged, nil
}

func newestFirst(a, b item) int { return strings.Compare(b.Moment, a.Moment) }

// dayOf returns the day that the last entry before a sort key may be of.
func dayOf(before string) time.Time {
	text, _, isEntry := strings.Cut(before, "#")
	at, err := time.Parse(momentFormat, text)
	if err != nil {
		return time.Time{} // it can't be: bounds has parsed it
	}

	// A bare time is exclusive: at midnight it belongs to the day before.
	if !isEntry {
		at = at.Add(-time.Millisecond)
	}
	return at.Truncate(24 * time.Hour)
}
