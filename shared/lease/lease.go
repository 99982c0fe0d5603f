// Package lease lets one request at a time work at an item.
//
// A lease is part of the item that it protects: who holds it, and until when. A request
// takes it by a conditional write, prolongs it while it works, and removes it with the
// result. A request that dies leaves a lease that ends by itself, and another request
// takes the work up again. What was done under a lost lease isn't written: each write of
// the holder has the condition that it still holds it. A delivery's result alone is
// recorded whoever holds the lease, since its message has been sent.
package lease

import (
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"

	"latchkey/shared/clock"
	"latchkey/shared/store"
)

// ErrBusy says that another request holds the lease.
var ErrBusy = errors.New("another request holds the lease")

// BusyError is ErrBusy with the time at which the lease ends.
type BusyError struct{ Until time.Time }

func (e *BusyError) Error() string { return ErrBusy.Error() }

// Is makes errors.Is(err, ErrBusy) true.
func (e *BusyError) Is(target error) bool { return target == ErrBusy }

// Lease is a request's hold on an item, until a time.
type Lease struct {
	Owner string // the request's name
	Until time.Time
}

// Holder is who holds an item, as attributes of it. They are gone while nobody does.
type Holder struct {
	LeaseOwner string       `dynamodbav:"lease_owner,omitempty"`
	LeaseUntil clock.Millis `dynamodbav:"lease_until,omitempty"`
}

// Parts of expressions on a leased item. A write that takes the lease has Set and Free,
// one that prolongs it Set and Held, and one that ends it Remove and Held.
const (
	// Set takes or prolongs the lease.
	Set = "lease_owner = :owner, lease_until = :until"
	// Remove ends the lease.
	Remove = "lease_owner, lease_until"
	// Free holds if nobody else holds the lease.
	Free = "(attribute_not_exists(lease_until) OR lease_owner = :owner OR lease_until < :now)"
	// Held holds if the request has the lease, or nobody has taken it since it ended.
	Held = "lease_owner = :owner"
)

// ToClaim returns the values of a write that takes the lease at the time now, together
// with the write's own.
func (l Lease) ToClaim(now time.Time, own store.Values) store.Values {
	values := l.ToExtend(own)
	values[":now"] = clock.Of(now)
	return values
}

// ToExtend returns the values of a write that prolongs the lease to its Until, together
// with the write's own.
func (l Lease) ToExtend(own store.Values) store.Values {
	values := l.ToEnd(own)
	values[":until"] = clock.Of(l.Until)
	return values
}

// ToEnd returns the values of a write that ends the lease, together with the write's own.
func (l Lease) ToEnd(own store.Values) store.Values {
	values := store.Values{":owner": l.Owner}
	maps.Copy(values, own)
	return values
}

// Busy turns the failed condition of a write that takes a lease into a *BusyError.
func Busy(err error) error {
	var failed *store.ConditionError
	if !errors.As(err, &failed) {
		return err
	}

	var held Holder
	if err := attributevalue.UnmarshalMap(failed.Old, &held); err != nil {
		return fmt.Errorf("read lease: %w", err)
	}
	return &BusyError{Until: held.LeaseUntil.Time()}
}

// Lost turns the failed condition of a holder's write into ErrBusy.
func Lost(err error) error {
	if errors.Is(err, store.ErrCondition) {
		return ErrBusy
	}
	return err
}
