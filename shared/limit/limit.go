// Package limit keeps how often something was done: windows, gaps and the account's send rate.
package limit

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/store"
)

// Store keeps limits.
type Store struct{ Table store.Table }

func key(name string) store.Key { return store.Key{"key": name} }

// Name makes a limit's name: of what it is, and for whom, hashed because it may be anything that somebody typed.
func Name(kind, whom string) string {
	sum := sha256.Sum256([]byte(whom))
	return kind + "#" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// TooManyError says that a limit was reached, and when to come again.
type TooManyError struct{ After time.Duration }

func (e *TooManyError) Error() string { return "limit reached" }

// Take counts one use in the present window of the given length, of which most are allowed. It answers a *TooManyError.
func (s Store) Take(
	ctx context.Context, name string, most int, window time.Duration, now time.Time,
) error {
	start := now.Truncate(window)
	end := start.Add(window)

	err := s.Table.Update(ctx, key(fmt.Sprintf("%s#%d", name, start.Unix())), store.Update{
		Set:       "uses = if_not_exists(uses, :zero) + :one, delete_at = :delete",
		Condition: "attribute_not_exists(uses) OR uses < :most",
		Values:    store.Values{":zero": 0, ":one": 1, ":most": most, ":delete": end.Unix() + 1},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		return &TooManyError{After: end.Sub(now)}
	}
	return err
}

// Gap takes the right to do something that may be done once per gap. It answers a *TooManyError. The same owner may take it again.
func (s Store) Gap(
	ctx context.Context, name, owner string, gap time.Duration, now time.Time,
) error {
	err := s.Table.Update(ctx, key(name), store.Update{
		Set:       "taken_at = :now, #owner = :owner, delete_at = :delete",
		Condition: "attribute_not_exists(taken_at) OR taken_at <= :before OR #owner = :owner",
		Values: store.Values{
			":now":    now.UnixMilli(),
			":before": now.Add(-gap).UnixMilli(),
			":owner":  owner,
			":delete": now.Add(gap).Unix() + 1,
		},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		return &TooManyError{After: gap}
	}
	return err
}

// Reserve takes the next span of a shared rate: the time from which the caller may use it. It reserves nothing, and answers a *TooManyError
// with the time to wait, if that would be after latest.
//
// The item holds the moment at which the rate is free again. Whoever reserves moves it on by what he takes.
func (s Store) Reserve(
	ctx context.Context, name string, span time.Duration, now, latest time.Time,
) (time.Time, error) {
	for {
		from, err := s.reserveAfterOthers(ctx, name, span, now, latest)
		if !errors.Is(err, store.ErrCondition) {
			return from, err
		}
		err = s.reserveNow(ctx, name, span, now)
		if !errors.Is(err, store.ErrCondition) {
			return now, err
		}

		var present reservations
		if err := s.Table.Get(ctx, key(name), &present); err != nil {
			return time.Time{}, err
		}
		if at := time.UnixMicro(present.Free); at.After(latest) {
			return time.Time{}, &TooManyError{After: at.Sub(now)}
		}
	}
}

type reservations struct {
	Free int64 `dynamodbav:"free"` // microseconds; the rate is in use until then
}

func (s Store) reserveAfterOthers(
	ctx context.Context, name string, span time.Duration, now, latest time.Time,
) (from time.Time, err error) {
	cost := span.Microseconds()

	var after reservations
	err = s.Table.Update(ctx, key(name), store.Update{
		Set:       "#free = #free + :cost",
		Condition: "#free > :now AND #free <= :latest",
		Values: store.Values{
			":cost":   cost,
			":now":    now.UnixMicro(),
			":latest": latest.UnixMicro(),
		},
	}, &after)
	if err != nil {
		return time.Time{}, err
	}
	return time.UnixMicro(after.Free - cost), nil
}

func (s Store) reserveNow(
	ctx context.Context, name string, span time.Duration, now time.Time,
) error {
	return s.Table.Update(ctx, key(name), store.Update{
		Set:       "#free = :free",
		Condition: "attribute_not_exists(#free) OR #free <= :now",
		Values: store.Values{
			":free": now.UnixMicro() + span.Microseconds(),
			":now":  now.UnixMicro(),
		},
	}, nil)
}
