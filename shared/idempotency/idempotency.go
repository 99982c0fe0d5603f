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
	given := event.Headers["idempotency-key"]
	if given == "" {
		return do(rand.Text(), now)
	}
	if len(given) > maxKey {
		return api.Answer{}, invalid("too_long", "The key has at most 255 characters.")
	}

	body, err := api.Body(event)
	if err != nil {
		return api.Answer{}, err
	}

	r, err := s.begin(ctx, now, record{
		Key:      "key#" + hash(actor, event.RequestContext.HTTP.Method, event.RawPath, given),
		Item:     answerItem,
		Body:     hash(string(body)),
		Seed:     rand.Text(),
		At:       clock.Of(now),
		DeleteAt: clock.SecondAfter(now.Add(lifetime)),
	})
	if err != nil {
		return api.Answer{}, err
	}
	if r.Answer != nil {
		return api.Answer{Status: r.Status, Body: json.RawMessage(r.Answer)}, nil
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

	var earlier record
	err = s.Table.Get(ctx, store.Key{"job": mine.Key, "item": answerItem}, &earlier)
	if err != nil {
		return record{}, err
	}
	if earlier.Body != mine.Body {
		return record{}, invalid("used", "The key was used with another body.")
	}
	return earlier, nil
}

func invalid(code, message string) error {
	return api.Invalid("Idempotency-Key", code, message)
}
