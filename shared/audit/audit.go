// Package audit keeps who did what to whom, when, from where and with which result, for 400 days.
//
// An entry is put where there is none, and never changed; who writes entries can't read them. It holds the names of users and jobs, and codes: never
// a password, a token, a code, or the address of a user. Of a name that was submitted and is nobody's nothing is kept, since people type their
// password in the wrong field.
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

	"latchkey/shared/store"
	"latchkey/shared/user"
)

const (
	// Keep is how long an entry is known.
	Keep = 400 * 24 * time.Hour
	// shards is over how many partitions a day is spread, so that none gets more writes than it can take.
	shards       = 4
	momentFormat = "2006-01-02T15:04:05.000Z"
	dayFormat    = "2006-01-02"
	noteTime     = 3 * time.Second
)

// OK is the result of what was done; any other is the code of the error.
const OK = "ok"

// Log writes entries, and reads them.
type Log struct {
	Table store.Table
	Now   func() time.Time
}

// Entry is what was done. What isn't known, or wasn't about a user or a job, is "".
type Entry struct {
	// ID names the event, where something else does (a request, a row of a job): the same event twice is one entry. It isn't kept as it is.
	ID string
	// At is when it happened (milliseconds); 0 is now. With an ID and without a time, the first record of the event decides.
	At       int64
	Actor    string // username, as it is shown
	Action   Action
	Target   string // username, as it is shown
	Job      string // id
	SourceIP string
	Result   string
}

// item is an entry in the table. The job's index and the target's have it only if it is about one.
type item struct {
	Day       string `dynamodbav:"day"`    // and the shard
	Moment    string `dynamodbav:"moment"` // time and id
	At        int64  `dynamodbav:"at"`
	Actor     string `dynamodbav:"actor,omitempty"`
	Action    Action `dynamodbav:"action"`
	Target    string `dynamodbav:"target,omitempty"`
	TargetKey string `dynamodbav:"target_key,omitempty"`
	Job       string `dynamodbav:"job,omitempty"`
	SourceIP  string `dynamodbav:"source_ip,omitempty"`
	Result    string `dynamodbav:"result"`
	DeleteAt  int64  `dynamodbav:"delete_at"`
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

// first says when an event without a time of its own was recorded first.
type first struct {
	Day      string `dynamodbav:"day"`
	Moment   string `dynamodbav:"moment"`
	At       int64  `dynamodbav:"at"`
	DeleteAt int64  `dynamodbav:"delete_at"`
}

const firstRecord = "first"

func dayShard(at time.Time, shard int) string {
	return fmt.Sprintf("%s#%d", at.UTC().Format(dayFormat), shard)
}

// Record writes an entry. An event that is there already stays as it is.
func (l Log) Record(ctx context.Context, e Entry) error {
	event := e.ID
	if event == "" {
		event = rand.Text()
	}

	sum := sha256.Sum256([]byte(event + "\x00" + string(e.Action)))
	base32NoPadding := base32.StdEncoding.WithPadding(base32.NoPadding)
	id := strings.ToLower(base32NoPadding.EncodeToString(sum[:16]))

	if e.At == 0 {
		e.At = l.Now().UnixMilli()
		if e.ID != "" {
			at, err := l.firstAt(ctx, id, e.At)
			if err != nil {
				return err
			}
			e.At = at
		}
	}

	at := time.UnixMilli(e.At)
	made := item{
		Day:       dayShard(at, int(sum[16])%shards),
		Moment:    at.UTC().Format(momentFormat) + "#" + id,
		At:        e.At,
		Actor:     e.Actor,
		Action:    e.Action,
		Target:    e.Target,
		TargetKey: user.Key(e.Target),
		Job:       e.Job,
		SourceIP:  e.SourceIP,
		Result:    e.Result,
		DeleteAt:  at.Add(Keep).Unix(),
	}

	err := l.Table.Put(ctx, made, "attribute_not_exists(#day)", nil)
	if err != nil && !errors.Is(err, store.ErrCondition) {
		return fmt.Errorf("record %s: %w", e.Action, err)
	}
	return nil
}

// firstAt keeps an event's time for its later records, and gives that of its first.
func (l Log) firstAt(ctx context.Context, id string, at int64) (int64, error) {
	made := first{
		Day:      firstRecord + "#" + id,
		Moment:   firstRecord,
		At:       at,
		DeleteAt: time.UnixMilli(at).Add(Keep).Unix(),
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

// Note records what was done already and can't be undone. Should that fail, what the caller answers doesn't change: the error is logged, with the
// action and the event's id, by which the request's own log lines are found.
func (l Log) Note(ctx context.Context, e Entry) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), noteTime)
	defer cancel()

	if err := l.Record(ctx, e); err != nil {
		slog.ErrorContext(ctx, "audit entry not written",
			"action", e.Action,
			"id", e.ID,
			"result", e.Result,
			"error", err.Error(),
		)
	}
}
