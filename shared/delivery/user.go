package delivery

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"latchkey/shared/store"
)

// Kinds of messages that no notification asked for: their names begin with it, and go on with what is in the order of time.
const (
	KindForgot           = "forgot"
	KindRenewal          = "renewal"
	KindPasswordSet      = "password-set"
	KindResend           = "resend"
	KindNewAdministrator = "new-administrator"
	KindTest             = "test"
)

// kinds lists them all.
var kinds = []string{
	KindForgot,
	KindRenewal,
	KindPasswordSet,
	KindResend,
	KindNewAdministrator,
	KindTest,
}

// jobsRead bounds how many deliveries of jobs' notifications are looked at for the
// latest: a job's older than another's may have sent later.
const jobsRead = 200

// Kind says what the message was: "notification", or one of the kinds.
func (d Delivery) Kind() string {
	before, _, _ := strings.Cut(d.Notification, "#")
	if slices.Contains(kinds, before) {
		return before
	}
	return "notification"
}

// JobID is the job whose notification the delivery is of; "" for a message that none asked for.
func (d Delivery) JobID() string {
	if d.Kind() != "notification" {
		return ""
	}
	id, _, _ := strings.Cut(d.Notification, "#")
	return id
}

// OfUser reads a user's latest deliveries of all kinds, the latest first: at most limit.
func (s Store) OfUser(ctx context.Context, userID string, limit int) ([]Delivery, error) {
	found := make([][]Delivery, len(kinds)+1)

	group, reading := errgroup.WithContext(ctx)
	for i, kind := range kinds {
		group.Go(func() (err error) {
			// $ comes after #
			found[i], err = s.between(reading, userID, kind+"#", kind+"$", limit)
			return err
		})
	}

	group.Go(func() (err error) {
		// a job's id begins with a digit
		found[len(kinds)], err = s.between(reading, userID, "0", ":", jobsRead)
		return err
	})
	if err := group.Wait(); err != nil {
		return nil, err
	}

	all := slices.Concat(found...)
	slices.SortFunc(all, func(a, b Delivery) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.Notification, a.Notification))
	})
	return all[:min(len(all), limit)], nil
}

// between reads a user's deliveries whose names are in a range, the last first: at most
// limit.
func (s Store) between(
	ctx context.Context, userID, from, to string, limit int,
) ([]Delivery, error) {
	found, _, err := store.Select[Delivery](ctx, s.Table, store.Query{
		Where:    "user_id = :user AND notification BETWEEN :from AND :to",
		Values:   store.Values{":user": userID, ":from": from, ":to": to},
		Backward: true,
		Limit:    limit,
	})
	return found, err
}
