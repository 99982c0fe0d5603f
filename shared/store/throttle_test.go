package store_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/smithy-go"

	"latchkey/infra/local/engine"
	"latchkey/shared/store"
)

// faked gives a table whose client is the functions', and which a transport answers alone.
func faked(tr *transport) store.Table {
	cfg := engine.Config()
	cfg.BaseEndpoint = new("http://dynamodb.invalid")
	cfg.HTTPClient = &http.Client{Transport: tr}
	return store.Table{DB: store.NewClient(cfg), Name: "tokens"}
}

// failure gives DynamoDB's answer of a code to a call that it refuses.
func failure(code string) *http.Response {
	return answer(400, `{"__type":"com.amazonaws.dynamodb.v20120810#`+code+`"}`)
}

// cancelled gives the answer to a transaction of two parts that is cancelled.
func cancelled(first, second string) *http.Response {
	return answer(400, fmt.Sprintf(
		`{"__type":"com.amazonaws.dynamodb.v20120810#TransactionCanceledException",`+
			`"CancellationReasons":[{"Code":%q},{"Code":%q}]}`, first, second,
	))
}

// transact writes two things in one transaction.
func transact(ctx context.Context, table store.Table) error {
	one, err := table.PutOp(thing{"ada", "x", 1, ""}, "", nil)
	if err != nil {
		return err
	}
	two, err := table.PutOp(thing{"ada", "y", 1, ""}, "", nil)
	if err != nil {
		return err
	}
	return store.Transact(ctx, table.DB, one, two)
}

func TestAThrottledCallGoesOnUntilItIsThrough(t *testing.T) {
	put := func(ctx context.Context, table store.Table) error {
		return table.Put(ctx, thing{"ada", "x", 1, ""}, "attribute_not_exists(user_id)", nil)
	}
	get := func(ctx context.Context, table store.Table) error {
		var found thing
		return table.Get(ctx, key("x"), &found)
	}
	putMany := func(ctx context.Context, table store.Table) error {
		return store.PutMany(ctx, table, []thing{{"ada", "x", 1, ""}})
	}
	getMany := func(ctx context.Context, table store.Table) error {
		_, err := store.GetMany[thing](ctx, table, []store.Key{key("x")})
		return err
	}
	insertEach := func(ctx context.Context, table store.Table) error {
		_, err := table.WriteEach(ctx, insert(t, table, thing{"ada", "x", 1, ""}))
		return err
	}

	const exceeded = "ProvisionedThroughputExceededException"
	for _, test := range []struct {
		name   string
		call   func(context.Context, store.Table) error
		answer func() *http.Response
		done   string
	}{
		{
			name:   "a read",
			call:   get,
			answer: func() *http.Response { return failure(exceeded) },
			done:   `{"Item":{"user_id":{"S":"ada"}}}`,
		},
		{
			name:   "a write",
			call:   put,
			answer: func() *http.Response { return failure("ThrottlingException") },
			done:   `{}`,
		},
		{
			name:   "a transaction",
			call:   transact,
			answer: func() *http.Response { return failure("RequestLimitExceeded") },
			done:   `{}`,
		},
		{
			name: "parts of a transaction",
			call: transact,
			answer: func() *http.Response {
				return cancelled("ThrottlingError", "ProvisionedThroughputExceeded")
			},
			done: `{}`,
		},
		{
			name:   "a part of a transaction",
			call:   transact,
			answer: func() *http.Response { return cancelled("None", "ThrottlingError") },
			done:   `{}`,
		},
		{
			name:   "a batch of writes",
			call:   putMany,
			answer: func() *http.Response { return failure(exceeded) },
			done:   `{}`,
		},
		{
			name: "writes of a batch",
			call: putMany,
			answer: func() *http.Response {
				return answer(200, `{"UnprocessedItems":{"tokens":[{"PutRequest":`+
					`{"Item":{"user_id":{"S":"ada"},"kind":{"S":"x"}}}}]}}`)
			},
			done: `{}`,
		},
		{
			name: "reads of a batch",
			call: getMany,
			answer: func() *http.Response {
				return answer(200, `{"UnprocessedKeys":{"tokens":{"Keys":`+
					`[{"user_id":{"S":"ada"},"kind":{"S":"x"}}]}}}`)
			},
			done: `{}`,
		},
		{
			name: "a statement",
			call: insertEach,
			answer: func() *http.Response {
				return answer(200, `{"Responses":[{"Error":{"Code":"ThrottlingError"}}]}`)
			},
			done: `{"Responses":[{}]}`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const throttled = 10
				tr := &transport{before: func(_ string, call int, _ []byte) *http.Response {
					if call <= throttled {
						return test.answer()
					}
					return answer(200, test.done)
				}}

				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				began := time.Now()
				err := test.call(ctx, faked(tr))
				if err != nil || len(tr.calls) != throttled+1 {
					t.Errorf("got %v after %d calls", err, len(tr.calls))
				}
				if took := time.Since(began); took < 4*time.Second || took > 10*time.Second {
					t.Errorf("it took %s", took)
				}

				// For ever throttled, it leaves time for an answer.
				tr.before = func(string, int, []byte) *http.Response { return test.answer() }
				err = test.call(ctx, faked(tr))
				deadline, _ := ctx.Deadline()
				left := time.Until(deadline)
				if err == nil || ctx.Err() != nil || left < time.Second || left > 3*time.Second {
					t.Errorf("%s before the deadline it ended with %v", left, err)
				}
			})
		})
	}
}

func TestOtherFailuresHaveTheSDKsTriesHoweverOftenACallWasThrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := &transport{before: func(_ string, call int, _ []byte) *http.Response {
			if call <= 10 {
				return failure("ThrottlingException")
			}
			return internalError()
		}}

		var found thing
		err := faked(tr).Get(t.Context(), key("x"), &found)
		var told smithy.APIError
		if !errors.As(err, &told) || told.ErrorCode() != "InternalServerError" ||
			len(tr.calls) != 10+3 {
			t.Errorf("got %v after %d calls", err, len(tr.calls))
		}
	})
}

func TestACancelledTransactionIsAnAnswerIfThrottlesAreNotAllOfIt(t *testing.T) {
	for _, test := range []struct {
		code string
		want error
	}{
		{"ConditionalCheckFailed", store.ErrCondition},
		{"TransactionConflict", store.ErrConflict},
	} {
		tr := &transport{before: func(string, int, []byte) *http.Response {
			return cancelled(test.code, "ThrottlingError")
		}}
		err := transact(t.Context(), faked(tr))
		if !errors.Is(err, test.want) || len(tr.calls) != 1 {
			t.Errorf("%s: got %v after %d calls", test.code, err, len(tr.calls))
		}
	}
}
