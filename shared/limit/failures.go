package limit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/store"
)

// Bounds of failed sign-ins.
const (
	failuresPerSource = 10  // of a pair of name and source address
	failuresInAll     = 100 // of a name
	// LockTime is how long a pair or a name stays locked after its last failure. Failures
	// further apart aren't counted together.
	LockTime = 15 * time.Minute
)

type failures struct {
	Since    clock.Millis   `dynamodbav:"since"` // of the last failure
	InAll    int            `dynamodbav:"in_all"`
	BySource map[string]int `dynamodbav:"by_source"`
}

func failureKey(name string) store.Key { return key(Name("signin", name)) }

func sourceName(address string) string {
	sum := sha256.Sum256([]byte(address))
	return "s" + hex.EncodeToString(sum[:8])
}

// Attempt counts a sign-in for a submitted name, existing or not, as a failure. It must
// be called before the sign-in is tried: attempts at once can't be more than allowed.
// last is true if this is the last attempt before a lock. It returns a *TooManyError
// while the name, or the name from this address, is locked.
//
// There are two conditional writes: one adds to failures that still count, one begins
// anew. If both are refused and nothing is locked, another attempt has begun anew in
// between, and this one tries again.
func (s Store) Attempt(
	ctx context.Context, name, address string, now time.Time,
) (last bool, err error) {
	from := sourceName(address)
	for {
		counted, err := s.addFailure(ctx, name, from, now)
		if !errors.Is(err, store.ErrCondition) {
			return counted.locks(from), err
		}
		err = s.firstFailure(ctx, name, from, now)
		if !errors.Is(err, store.ErrCondition) {
			return false, err
		}

		present, err := s.failures(ctx, name)
		if err != nil {
			return false, err
		}
		ends := present.lockEnds()
		if ends.After(now) && present.locks(from) {
			return false, &TooManyError{After: ends.Sub(now)}
		}
	}
}

// addFailure counts one more failure. It returns store.ErrCondition if the earlier ones
// no longer count, or if they lock.
func (s Store) addFailure(
	ctx context.Context, name, from string, now time.Time,
) (counted failures, err error) {
	source := "by_source.#" + from
	err = s.Table.Update(ctx, failureKey(name), store.Update{
		Set: "since = :now, delete_at = :delete, in_all = in_all + :one, " +
			source + " = if_not_exists(" + source + ", :zero) + :one",
		Condition: "since > :start AND in_all < :all AND " +
			"(attribute_not_exists(" + source + ") OR " + source + " < :each)",
		Values: store.Values{
			":now":    clock.Of(now),
			":delete": clock.SecondAfter(now.Add(LockTime)),
			":start":  clock.Of(now.Add(-LockTime)),
			":one":    1,
			":zero":   0,
			":all":    failuresInAll,
			":each":   failuresPerSource,
		},
	}, &counted)
	return counted, err
}

// firstFailure counts a failure after which no earlier one counts. It returns
// store.ErrCondition if one still does.
func (s Store) firstFailure(ctx context.Context, name, from string, now time.Time) error {
	return s.Table.Update(ctx, failureKey(name), store.Update{
		Set:       "since = :now, in_all = :one, by_source = :sources, delete_at = :delete",
		Condition: "attribute_not_exists(since) OR since <= :start",
		Values: store.Values{
			":now":     clock.Of(now),
			":one":     1,
			":sources": map[string]int{from: 1},
			":start":   clock.Of(now.Add(-LockTime)),
			":delete":  clock.SecondAfter(now.Add(LockTime)),
		},
	}, nil)
}

func (s Store) failures(ctx context.Context, name string) (failures, error) {
	var found failures
	err := s.Table.Get(ctx, failureKey(name), &found)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return failures{}, err
	}
	return found, nil
}

func (f failures) lockEnds() time.Time { return f.Since.Time().Add(LockTime) }

func (f failures) locks(from string) bool {
	return f.InAll >= failuresInAll || f.BySource[from] >= failuresPerSource
}

// LockedUntil returns when the last lock of a name ends, of any address, or a zero time.
func (s Store) LockedUntil(ctx context.Context, name string, now time.Time) (time.Time, error) {
	found, err := s.failures(ctx, name)
	if err != nil {
		return time.Time{}, err
	}

	locked := found.InAll >= failuresInAll
	for from := range found.BySource {
		locked = locked || found.locks(from)
	}

	if ends := found.lockEnds(); locked && ends.After(now) {
		return ends, nil
	}
	return time.Time{}, nil
}

// Succeeded forgets the failures of a name from one address, with the one that Attempt
// has counted. Those from other addresses still count. It does nothing if another sign-in
// has forgotten them.
func (s Store) Succeeded(ctx context.Context, name, address string) error {
	source := "by_source.#" + sourceName(address)
	_, err := s.Table.UpdateIf(ctx, failureKey(name), store.Update{
		Set:       "in_all = in_all - " + source + ", " + source + " = :zero",
		Condition: source + " > :zero",
		Values:    store.Values{":zero": 0},
	})
	return err
}

// Clear forgets a name's failures: after a new password, or when it is unlocked. It looks
// whether there are any first: a read costs less than a write that removes nothing.
func (s Store) Clear(ctx context.Context, name string) error {
	var found struct{}
	err := s.Table.Get(ctx, failureKey(name), &found, "key")
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.Table.Delete(ctx, failureKey(name), "", nil)
}
