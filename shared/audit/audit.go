// Package audit records who did what to whom, from where and with which result.
//
// An entry is put where there is none, never changed, and deleted after 400 days. It
// holds the names of users and jobs, and codes of errors. It never holds a password, a
// token or an address. A submitted name that belongs to nobody isn't recorded, since
// people type their password in the wrong field.
package audit

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"latchkey/shared/clock"
	"latchkey/shared/metric"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

const (
	keep   = 400 * 24 * time.Hour // how long an entry is listed
	shards = 4                    // partitions over which a day's writes are spread
	// momentFormat begins an entry's sort key. Its texts are in the order of the times.
	momentFormat = "2006-01-02T15:04:05.000Z"
	dayFormat    = "2006-01-02"
	noteTime     = 3 * time.Second // how long an answer waits for its entry
)

// OK is the result of what was done. Any other result is the code of the error.
const OK = "ok"

// Log writes entries, and lists them.
type Log struct {
	Table   store.Table
	Metrics metric.Log // counts the entries that Note can't write
	Now     func() time.Time
}

// Entry is what was done. What isn't known, or wasn't about a user or a job, is "".
type Entry struct {
	// ID names the event, where something else names it: a request, or a row of a job.
	// The same event twice is one entry. The table holds only a hash of it.
	ID string
	// At of 0 is now, or when an event with an ID was first recorded.
	At       clock.Millis
	Actor    string // username, as it is shown
	Action   Action
	Target   string // username, as it is shown
	Job      string // id
	SourceIP string
	Result   string
}

// item is an entry in the table. An index holds only the entries that have its key.
type item struct {
	Day       string        `dynamodbav:"day"`    // and the shard
	Moment    string        `dynamodbav:"moment"` // time and id
	At        clock.Millis  `dynamodbav:"at"`
	Actor     string        `dynamodbav:"actor,omitempty"`
	Action    Action        `dynamodbav:"action"`
	Target    string        `dynamodbav:"target,omitempty"`
	TargetKey string        `dynamodbav:"target_key,omitempty"`
	Job       string        `dynamodbav:"job,omitempty"`
	SourceIP  string        `dynamodbav:"source_ip,omitempty"`
	Result    string        `dynamodbav:"result"`
	DeleteAt  clock.Seconds `dynamodbav:"delete_at"`
}

func (i item) entry() Entry {
	return Entry{
		At:       i.At,
		Actor:    i.Actor,
		Action:   i.Action,
		Target:   i.Target,
		Job:      i.Job,
		SourceIP: i.SourceIP,
		Result:   i.Result,
	}
}

// first is when an event without a time of its own was first recorded.
type first struct {
	Day      string        `dynamodbav:"day"`
	Moment   string        `dynamodbav:"moment"`
	At       clock.Millis  `dynamodbav:"at"`
	DeleteAt clock.Seconds `dynamodbav:"delete_at"`
}

// firstRecord begins the keys of a first. No day is so called, so no list finds it.
const firstRecord = "first"

func dayShard(at time.Time, shard int) string {
	return fmt.Sprintf("%s#%d", at.UTC().Format(dayFormat), shard)
}

// Record writes an entry. An event that was recorded already stays as it is.
func (l Log) Record(ctx context.Context, e Entry) error {
	if e.At == 0 {
		e.At = clock.Of(l.Now())
		if e.ID != "" {
			at, err := l.firstAt(ctx, e.name(), e.At)
			if err != nil {
				return err
			}
			e.At = at
		}
	}

	err := l.Table.Put(ctx, e.item(), "attribute_not_exists(#day)", nil)
	if err != nil && !errors.Is(err, store.ErrCondition) {
		return fmt.Errorf("record %s: %w", e.Action, err)
	}
	return nil
}

// Ensure writes the entry of an event with an ID and a time, unless it is there. It is for
// whoever comes after a request that was to record the event and may have died: nearly
// always the entry is there, and to look for it costs less than a refused write.
func (l Log) Ensure(ctx context.Context, e Entry) error {
	var found item
	made := e.item()
	key := store.Key{"day": made.Day, "moment": made.Moment}
	err := l.Table.Get(ctx, key, &found, "day")
	if errors.Is(err, store.ErrNotFound) {
		return l.Record(ctx, e)
	}
	return err
}

// hash returns the hash of an event that may be recorded twice, or of one of its own.
func (e Entry) hash() [sha256.Size]byte {
	event := e.ID
	if event == "" {
		event = rand.Text()
	}
	return sha256.Sum256([]byte(event + "\x00" + string(e.Action)))
}

func nameOf(hash [sha256.Size]byte) string {
	base32NoPadding := base32.StdEncoding.WithPadding(base32.NoPadding)
	return strings.ToLower(base32NoPadding.EncodeToString(hash[:16]))
}

// name returns the id of an event in the table.
func (e Entry) name() string { return nameOf(e.hash()) }

// item returns the entry as it is stored.
func (e Entry) item() item {
	hash := e.hash()
	at := e.At.Time()
	return item{
		Day:       dayShard(at, int(hash[16])%shards),
		Moment:    at.UTC().Format(momentFormat) + "#" + nameOf(hash),
		At:        e.At,
		Actor:     e.Actor,
		Action:    e.Action,
		Target:    e.Target,
		TargetKey: user.Key(e.Target),
		Job:       e.Job,
		SourceIP:  e.SourceIP,
		Result:    e.Result,
		DeleteAt:  clock.SecondOf(at.Add(keep)),
	}
}

// firstAt returns the time of an event's first record, which is at if there is none yet.
//
// An entry's key holds its time, so an event that is recorded again must get the same
// time to be the same entry. The time is therefore stored first: a death before the entry
// is put loses nothing, since whoever records the event again puts it at that time.
func (l Log) firstAt(ctx context.Context, id string, at clock.Millis) (clock.Millis, error) {
	made := first{
		Day:      firstRecord + "#" + id,
		Moment:   firstRecord,
		At:       at,
		DeleteAt: clock.SecondOf(at.Time().Add(keep)),
	}
	err := l.Table.Put(ctx, made, "attribute_not_exists(#day)", nil)

	var exists *store.ConditionError
	if !errors.As(err, &exists) {
		return at, err
	}

	var earlier first
	err = attributevalue.UnmarshalMap(exists.Old, &earlier)
	if err != nil || earlier.At == 0 {
		return 0, errors.Join(errors.New("the first record of an event has no time"), err)
	}
	return earlier.At, nil
}

// Note records what was done already and can't be undone. If that fails, the caller's
// answer stays the same. The error is counted, and logged with the action and the event's
// id, by which the request's own log lines are found. A caller that has gone away doesn't
// end it.
func (l Log) Note(ctx context.Context, e Entry) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()

	if err := l.Record(ctx, e); err != nil {
		l.Metrics.Count(metric.AuditLost, 1)
		slog.ErrorContext(ctx, "audit entry not written",
			"action", e.Action,
			"id", e.ID,
			"result", e.Result,
			"error", err.Error(),
		)
	}
}
