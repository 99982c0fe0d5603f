package delivery

import (
	"context"
	"fmt"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/lease"
	"latchkey/shared/store"
)

// Claim leases a delivery to a request, and counts the attempt. It returns a
// *lease.BusyError while another request holds the lease.
//
// A claim knows nothing of other facts. After any but the first, which Attempts tells, the
// caller must look whether the message was sent already.
func (s Store) Claim(
	ctx context.Context, d Delivery, l lease.Lease, now time.Time,
) (claimed Delivery, err error) {
	d.State = Queued
	d.Reason = ""
	queued := d.fact()

	update := store.Update{
		Set: "#state = :queued, attempts = if_not_exists(attempts, :zero) + :one," +
			" username = :key, shown = :shown, #at = :now, delete_at = :delete, " + lease.Set,
		Condition: lease.Free,
		Values: l.ToClaim(now, store.Values{
			":queued": Queued,
			":zero":   0,
			":one":    1,
			":key":    d.Key,
			":shown":  d.Username,
			":delete": clock.SecondOf(now.Add(Keep)),
		}),
	}
	setText(&update, "part", queued.Part)
	setText(&update, "device", d.Device)
	setText(&update, "channel", string(d.Channel))

	err = s.Table.Update(ctx, key(d.UserID, queued.Name), update, &claimed)
	if err != nil {
		return Delivery{}, lease.Busy(err)
	}
	claimed.Name = d.Name
	return claimed, nil
}

// Release ends the lease of a claimed delivery whose message is to be tried again, and
// stores its attempts. others are deliveries of the same message that are to be tried, too.
// If the claimed one is among them, it is stored as it is there.
func (s Store) Release(ctx context.Context, claimed Delivery, others ...Delivery) error {
	queued := append([]Delivery{claimed}, others...)
	for i := range queued {
		queued[i].State = Queued
		queued[i].Reason = ""
		queued[i].Holder = lease.Holder{}
	}
	return s.Put(ctx, queued...)
}

func setText(u *store.Update, name, value string) {
	if value != "" {
		u.Set += fmt.Sprintf(", %s = :%s", name, name)
		u.Values[":"+name] = value
	}
}
