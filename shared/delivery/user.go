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

// notified bounds how many deliveries of jobs' notifications are looked at for the latest: a job's older than another's may have sent later.
const notified = 200

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

	read := func(i int, from, to string, most int) {
		group.Go(func() (err error) {
			found[i], _, err = store.Select[Delivery](reading, s.Table, store.Query{
				Where: "user_id = :user AND notification BETWEEN :from AND :to",
				Values: store.Values{
					":user": userID,
					":from": from,
					":to":   to,
				},
				Backward: true,
				Limit:    most,
			})

			return err
		})
	}
	for i, kind := range kinds {
		read(i, kind+"#", kind+"$", limit) // $ comes after #
	}

	read(len(kinds), "0", ":", notified) // a job's id begins with a digit

	if err := group.Wait(); err != nil {
		return nil, err
	}

	all := slices.Concat(found...)
	slices.SortFunc(all, func(a, b Delivery) int {
		return cmp.Or(cmp.Compare(b.At, a.At), cmp.Compare(b.Notification, a.Notification))
	})

	return all[:min(len(all), limit)], nil
}
