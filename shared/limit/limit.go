// Package limit counts how often things were done, and shares the account's send rate.
//
// Each limit is one conditional write: of requests at once no more pass than are allowed.
// What is limited is named by a hash, since it may be anything that somebody typed. A
// refusal is a *TooManyError with the time to wait.
package limit

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/lease"
	"latchkey/shared/store"
)

// Store stores limits.
type Store struct{ Table store.Table }

func key(name string) store.Key { return store.Key{"key": name} }

// Name returns a limit's name. whom is hashed: it may be anything that somebody typed.
func Name(kind, whom string) string {
	sum := sha256.Sum256([]byte(whom))
	return kind + "#" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// TooManyError is returned if a limit is reached. After is how long the caller must wait.
type TooManyError struct{ After time.Duration }

func (e *TooManyError) Error() string { return "limit reached" }

// Take counts one use in the present window of the given length, of which most are
// allowed. It returns a *TooManyError if there were as many.
func (s Store) Take(
	ctx context.Context, name string, most int, window time.Duration, now time.Time,
) error {
	start := now.Truncate(window)
	end := start.Add(window)

	err := s.Table.Update(ctx, key(fmt.Sprintf("%s#%d", name, start.Unix())), store.Update{
		Set:       "uses = if_not_exists(uses, :zero) + :one, delete_at = :delete",
		Condition: "attribute_not_exists(uses) OR uses < :most",
		Values: store.Values{
			":zero":   0,
			":one":    1,
			":most":   most,
			":delete": clock.SecondAfter(end),
		},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		return &TooManyError{After: end.Sub(now)}
	}
	return err
}

// Gap takes the right to do something once per gap. It returns a *TooManyError if another
// owner took it. The same owner may take it again, as after a death.
func (s Store) Gap(
	ctx context.Context, name, owner string, gap time.Duration, now time.Time,
) error {
	take := store.OncePerGap("taken_at", now, gap)
	take.Set += ", #owner = :owner, delete_at = :delete"
	take.Condition += " OR #owner = :owner"
	take.Values[":owner"] = owner
	take.Values[":delete"] = clock.SecondAfter(now.Add(gap))

	err := s.Table.Update(ctx, key(name), take, nil)
	if errors.Is(err, store.ErrCondition) {
		return &TooManyError{After: gap}
	}
	return err
}

// uses are when something was done last, by whom the last time, and who works at that.
type uses struct {
	Key      string         `dynamodbav:"key"`
	Owner    string         `dynamodbav:"owner"`
	Times    []clock.Millis `dynamodbav:"times"` // the latest first
	DeleteAt clock.Seconds  `dynamodbav:"delete_at"`
	lease.Holder
}

// Allowance is how often something may be done: at most Most times in any Window, with a
// Gap between two of them.
type Allowance struct {
	Most        int
	Window, Gap time.Duration
}

// spacedTries is how often Spaced tries again while others take the same uses.
const spacedTries = 8

// Spaced takes one use of an allowance, or returns a *TooManyError. The request that
// takes it leases what it is for. The last use's owner may take it again (first is false
// then), but gets a *lease.BusyError while another request has the lease.
func (s Store) Spaced(
	ctx context.Context, name, owner string, of Allowance, l lease.Lease, now time.Time,
) (first bool, err error) {
	for range spacedTries {
		var before uses
		err := s.Table.Get(ctx, key(name), &before)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return false, err
		}

		until := before.LeaseUntil.Time()
		switch {
		case before.Owner == owner && before.LeaseOwner != l.Owner && until.After(now):
			return false, &lease.BusyError{Until: until}
		case before.Owner == owner:
			return false, nil
		}
		if wait := before.wait(of, now); wait > 0 {
			return false, &TooManyError{After: wait}
		}

		after := uses{
			Key:      name,
			Owner:    owner,
			Times:    append([]clock.Millis{clock.Of(now)}, before.Times...),
			DeleteAt: clock.SecondAfter(now.Add(max(of.Window, of.Gap))),
			Holder:   lease.Holder{LeaseOwner: l.Owner, LeaseUntil: clock.Of(l.Until)},
		}
		after.Times = after.Times[:min(len(after.Times), of.Most)]

		condition := "#owner = :before"
		values := store.Values{":before": before.Owner}
		if before.Owner == "" {
			condition = "attribute_not_exists(#owner)"
			values = nil
		}
		err = s.Table.Put(ctx, after, condition, values)
		if !errors.Is(err, store.ErrCondition) {
			return err == nil, err
		}
	}

	return false, errors.New("take a use: others took one each time")
}

// wait returns for how long nothing may be done.
func (u uses) wait(of Allowance, now time.Time) time.Duration {
	var wait time.Duration
	if len(u.Times) > 0 {
		wait = u.Times[0].Time().Add(of.Gap).Sub(now)
	}
	if len(u.Times) >= of.Most {
		wait = max(wait, u.Times[of.Most-1].Time().Add(of.Window).Sub(now))
	}
	return wait
}

// lapse is for how long a shared rate may lie unused without a loss, as while a batch is
// fetched: what wasn't used then is made up for. Over any longer time the rate is kept.
const lapse = 250 * time.Millisecond

// Reserve takes the next span of a shared rate. It returns the time from which the caller
// may use it. If that would be after latest, it reserves nothing, and returns a
// *TooManyError with the time to wait.
//
// The item holds the moment at which the rate is free again, and each reservation moves
// that on by its span. There are two conditional writes, one for a rate that is in use
// and one for a free one. A look tells which: it costs less than a refused write. If
// another caller has changed one state into the other since, it looks again.
func (s Store) Reserve(
	ctx context.Context, name string, span time.Duration, now, latest time.Time,
) (time.Time, error) {
	for {
		free, err := s.freeAt(ctx, name)
		if err != nil {
			return time.Time{}, err
		}

		from := now
		switch {
		case !free.After(now.Add(-lapse)):
			err = s.reserveNow(ctx, name, span, now)
		case free.After(latest):
			return time.Time{}, &TooManyError{After: free.Sub(now)}
		default:
			from, err = s.reserveAfterOthers(ctx, name, span, now, latest)
		}
		if !errors.Is(err, store.ErrCondition) {
			return from, err
		}
	}
}

type reservations struct {
	Free int64 `dynamodbav:"free"` // microseconds; the rate is in use until then
}

// freeAt returns the time until which a rate is in use, long ago for one that never was.
func (s Store) freeAt(ctx context.Context, name string) (time.Time, error) {
	var present reservations
	err := s.Table.Get(ctx, key(name), &present)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	return time.UnixMicro(present.Free), err
}

// Free reports whether nothing of a shared rate is reserved for a time after now.
func (s Store) Free(ctx context.Context, name string, now time.Time) (bool, error) {
	free, err := s.freeAt(ctx, name)
	return free.Before(now), err
}

// reserveAfterOthers takes the span after those that are reserved already. It returns
// store.ErrCondition if the rate has been free for a lapse, or isn't before latest.
func (s Store) reserveAfterOthers(
	ctx context.Context, name string, span time.Duration, now, latest time.Time,
) (from time.Time, err error) {
	cost := span.Microseconds()

	var after reservations
	err = s.Table.Update(ctx, key(name), store.Update{
		Set:       "#free = #free + :cost",
		Condition: "#free > :lapsed AND #free <= :latest",
		Values: store.Values{
			":cost":   cost,
			":lapsed": now.Add(-lapse).UnixMicro(),
			":latest": latest.UnixMicro(),
		},
	}, &after)
	if err != nil {
		return time.Time{}, err
	}

	from = time.UnixMicro(after.Free - cost)
	if from.Before(now) {
		from = now
	}
	return from, nil
}

// reserveNow takes the span that begins now, or returns store.ErrCondition.
func (s Store) reserveNow(
	ctx context.Context, name string, span time.Duration, now time.Time,
) error {
	return s.Table.Update(ctx, key(name), store.Update{
		Set:       "#free = :free",
		Condition: "attribute_not_exists(#free) OR #free <= :lapsed",
		Values: store.Values{
			":free":   now.UnixMicro() + span.Microseconds(),
			":lapsed": now.Add(-lapse).UnixMicro(),
		},
	}, nil)
}
