// Package idempotency repeats a request's answer for the same Idempotency-Key, for 24
// hours. After a death the request is carried out again from the same seed, and makes the
// same things.
package idempotency

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/store"
)

const (
	lifetime   = 24 * time.Hour // how long an answer is repeated
	maxKey     = 255            // bytes of an Idempotency-Key
	answerItem = "answer"       // the sort key of a record
)

// Store stores answers, in the table of jobs.
type Store struct{ Table store.Table }

// record is a request that was begun. It has an answer once the request is done.
type record struct {
	Key    string       `dynamodbav:"job"` // key#<hash of actor, route and given key>
	Item   string       `dynamodbav:"item"`
	Body   string       `dynamodbav:"body"` // hash
	Seed   string       `dynamodbav:"seed"`
	At     clock.Millis `dynamodbav:"at"`
	Status int          `dynamodbav:"answer_status,omitempty"`
	Answer []byte       `dynamodbav:"answer,omitempty"`
	// DeleteAt is when the key may be used anew.
	DeleteAt clock.Seconds `dynamodbav:"delete_at"`
}

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// Do carries out a request of actor's once per key and day, and returns its answer.
// Without a key it carries the request out each time. An error of do's is not stored. A
// key that is too long, or that was used with another body, is refused.
//
// Announce, then act: the seed and the time are stored, then do is called with them. do
// must derive all that it makes from them. If the process dies before the answer is
// stored, a repeat calls do with the same seed and time, and so makes the same.
func (s Store) Do(
	ctx context.Context,
	event api.Event,
	actor string,
	now time.Time,
	do func(seed string, at time.Time) (api.Answer, error),
) (api.Answer, error) {
	mine, given, err := newRecord(event, actor, now)
	if err != nil {
		return api.Answer{}, err
	}
	if !given {
		return do(mine.Seed, now)
	}

	r, err := s.begin(ctx, now, mine)
	if err != nil {
		return api.Answer{}, err
	}
	if r.Answer != nil {
		return r.earlier().Answer, nil
	}

	answer, err := do(r.Seed, r.At.Time())
	if err != nil {
		return api.Answer{}, err
	}
	encoded, err := json.Marshal(answer.Body)
	if err != nil {
		return api.Answer{}, err
	}

	r.Status = answer.Status
	r.Answer = encoded
	return answer, s.Table.Put(ctx, r, "", nil)
}

// Earlier is what a request was answered with before, and what its answer was made of.
type Earlier struct {
	Answer api.Answer
	Seed   string
	At     time.Time
}

// Earlier returns the answer that a request of actor's with the same key and body had
// within a day, and reports whether there is one. It is called before anything is checked:
// what was answered stays so, though the request would be refused by now. Its refusals of
// a key are Do's.
func (s Store) Earlier(
	ctx context.Context, event api.Event, actor string, now time.Time,
) (found Earlier, ok bool, err error) {
	mine, given, err := newRecord(event, actor, now)
	if err != nil || !given {
		return Earlier{}, false, err
	}

	r, err := s.find(ctx, mine)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Earlier{}, false, nil
	case err != nil:
		return Earlier{}, false, err
	case r.Answer == nil || r.At <= clock.Of(now.Add(-lifetime)):
		return Earlier{}, false, nil
	}
	return r.earlier(), true, r.refuse(mine)
}

func (r record) earlier() Earlier {
	return Earlier{
		Answer: api.Answer{Status: r.Status, Body: json.RawMessage(r.Answer)},
		Seed:   r.Seed,
		At:     r.At.Time(),
	}
}

// newRecord makes the record of a request, and reports whether the request gives a key. It
// refuses a key that is too long.
func newRecord(event api.Event, actor string, now time.Time) (r record, given bool, err error) {
	r = record{Item: answerItem, Seed: rand.Text(), At: clock.Of(now)}
	key := event.Headers["idempotency-key"]
	if key == "" {
		return r, false, nil
	}
	if len(key) > maxKey {
		return r, false, invalid("too_long", "The key has at most 255 characters.")
	}

	body, err := api.Body(event)
	if err != nil {
		return r, false, err
	}

	r.Key = "key#" + hash(actor, event.RequestContext.HTTP.Method, event.RawPath, key)
	r.Body = hash(string(body))
	r.DeleteAt = clock.SecondAfter(now.Add(lifetime))
	return r, true, nil
}

// begin stores a record and returns it, or returns that of the last day. It refuses
// another body. The age is part of the condition because DynamoDB deletes late.
func (s Store) begin(ctx context.Context, now time.Time, mine record) (record, error) {
	err := s.Table.Put(
		ctx,
		mine,
		"attribute_not_exists(job) OR #at <= :old",
		store.Values{":old": clock.Of(now.Add(-lifetime))},
	)
	if !errors.Is(err, store.ErrCondition) {
		return mine, err
	}

	earlier, err := s.find(ctx, mine)
	if err != nil {
		return record{}, err
	}
	return earlier, earlier.refuse(mine)
}

// find reads the record that has the key of another. It returns store.ErrNotFound if there
// is none.
func (s Store) find(ctx context.Context, mine record) (found record, err error) {
	err = s.Table.Get(ctx, store.Key{"job": mine.Key, "item": answerItem}, &found)
	return found, err
}

// refuse refuses a request whose key was used with another body.
func (r record) refuse(mine record) error {
	if r.Body != mine.Body {
		return invalid("used", "The key was used with another body.")
	}
	return nil
}

func invalid(code, message string) error {
	return api.Invalid("Idempotency-Key", code, message)
}
