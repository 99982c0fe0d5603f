// Package idempotency answers a request that is repeated with the same Idempotency-Key as it was answered first.
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
	"latchkey/shared/store"
)

const (
	keep   = 24 * time.Hour
	maxKey = 255
)

// Store keeps answers, in the table of jobs.
type Store struct{ Table store.Table }

type record struct {
	Key    string `dynamodbav:"job"`
	Item   string `dynamodbav:"item"`
	Body   string `dynamodbav:"body"` // hash
	Seed   string `dynamodbav:"seed"`
	At     int64  `dynamodbav:"at"` // milliseconds
	Status int    `dynamodbav:"answer_status,omitempty"`
	Answer []byte `dynamodbav:"answer,omitempty"`
	// DeleteAt is when the key may be used anew.
	DeleteAt int64 `dynamodbav:"delete_at"`
}

const answerItem = "answer"

func hash(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// Do carries out a request of actor's once per key and day. do makes whatever it makes from the seed and the time, so that doing it again, after a
// death half-way, makes the same. A refusal is not kept. Without a key it is carried out each time.
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
		return api.Answer{}, api.Invalid(
			"Idempotency-Key",
			"too_long",
			"The key has at most 255 characters.",
		)
	}

	body, err := api.Body(event)
	if err != nil {
		return api.Answer{}, err
	}

	mine := record{
		Key: "key#" + hash(
			actor,
			event.RequestContext.HTTP.Method,
			event.RawPath,
			given,
		),
		Item:     answerItem,
		Body:     hash(string(body)),
		Seed:     rand.Text(),
		At:       now.UnixMilli(),
		DeleteAt: now.Add(keep).Unix() + 1,
	}

	err = s.Table.Put(
		ctx,
		mine,
		"attribute_not_exists(job) OR #at <= :old",
		store.Values{":old": now.Add(-keep).UnixMilli()},
	)
	if errors.Is(err, store.ErrCondition) {
		var kept record
		if err := s.Table.Get(
			ctx,
			store.Key{"job": mine.Key, "item": answerItem},
			&kept,
		); err != nil {
			return api.Answer{}, err
		}

		if kept.Body != mine.Body {
			return api.Answer{}, api.Invalid(
				"Idempotency-Key",
				"used",
				"The key was used with another body.",
			)
		}

		if kept.Answer != nil {
			return api.Answer{Status: kept.Status, Body: json.RawMessage(kept.Answer)}, nil
		}

		mine = kept
	} else if err != nil {
		return api.Answer{}, err
	}

	answer, err := do(mine.Seed, time.UnixMilli(mine.At))
	if err != nil {
		return api.Answer{}, err
	}

	encoded, err := json.Marshal(answer.Body)
	if err != nil {
		return api.Answer{}, err
	}

	mine.Status, mine.Answer = answer.Status, encoded
	return answer, s.Table.Put(ctx, mine, "", nil)
}
