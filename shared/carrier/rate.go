package carrier

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"latchkey/shared/limit"
	"latchkey/shared/user"
)

// Lane is a share of the send rate.
type Lane string

// Lanes. What one user waits for has a tenth of the account's send rate to itself, so
// that it never waits behind a million invitations. The bulk has the rest, and that tenth
// as well, but for a fiftieth, while nothing urgent is sent.
const (
	Bulk   Lane = "bulk"
	Urgent Lane = "urgent"
)

const (
	urgentShare = 0.1
	idleShare   = 0.02 // what the bulk leaves while nothing urgent is sent
	// smsRate is how many SMS a second SNS takes (its service quota "SMS messages").
	smsRate = 20
	// sandboxRate is the emails a second of the sandbox, and while SES doesn't tell.
	sandboxRate = 1
	leastAhead  = time.Second // for how long a reservation tells that more is to come
	accountAge  = time.Minute // how long SES's last word on the account is believed
	// usedUpAge is the same while the day's quota is used up. A caller has nothing else
	// to do then, and some of the quota may be free again at any moment.
	usedUpAge = 2 * time.Second
)

// Rate shares the account's send rate among all that send. Goroutines may share it.
type Rate struct {
	SES    *sesv2.Client
	Limits limit.Store
	Now    func() time.Time

	reserving sync.Mutex
	reserved  map[string]ahead // by the name of the limit

	mu     sync.Mutex
	email  float64 // messages a second; 0 is not known yet
	usedUp bool    // the day's quota
	asked  time.Time
}

// Wait reserves the time for n messages, and waits until they may be handed over. It
// returns a *limit.TooManyError if that would be after latest, and ErrQuota for email if
// SES says that the day's quota is used up.
func (r *Rate) Wait(
	ctx context.Context, channel user.Channel, lane Lane, n int, latest time.Time,
) error {
	if _, usedUp := r.account(ctx); channel == user.Email && usedUp {
		return ErrQuota
	}

	from, err := r.reserve(ctx, channel, lane, n, latest)
	if err != nil {
		return err
	}

	// All n are handed over at the span's beginning: SES allows short bursts, and over
	// any longer time the rate is kept.
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(from.Sub(r.Now())):
		return nil
	}
}

// ahead is what was reserved of a lane for messages that are still to come.
type ahead struct {
	from, until time.Time // when they may be handed over
	left, size  int
}

// reserve returns the time from which n messages may be handed over. One message alone
// would cost a write each: so while an instance has one after the other, as from a full
// urgent queue, it reserves twice as many as the last time, up to half a second's. What it
// doesn't use then is lost, and it begins again with one.
func (r *Rate) reserve(
	ctx context.Context, channel user.Channel, lane Lane, n int, latest time.Time,
) (from time.Time, err error) {
	perSecond := r.perSecond(ctx, channel, lane)
	name := limitName(channel, lane)
	if lane == Bulk {
		idle, err := r.Limits.Free(ctx, limitName(channel, Urgent), r.Now())
		if err != nil {
			return time.Time{}, err
		}
		if idle {
			perSecond *= (1 - idleShare) / (1 - urgentShare)
		}
	}

	r.reserving.Lock()
	defer r.reserving.Unlock()

	a := r.reserved[name]
	usable := r.Now().Before(a.until) && !a.from.After(latest)
	if usable && a.left >= n {
		a.left -= n
		r.reserved[name] = a
		return a.from, nil
	}

	size := n
	if usable && lane == Urgent {
		size = min(max(2*a.size, n), max(int(perSecond/2), n))
	}

	span := time.Duration(float64(size) / perSecond * float64(time.Second))
	from, err = r.Limits.Reserve(ctx, name, span, r.Now(), latest)
	if err != nil {
		return time.Time{}, err
	}

	if r.reserved == nil {
		r.reserved = map[string]ahead{}
	}
	until := from.Add(max(span, leastAhead))
	r.reserved[name] = ahead{from: from, until: until, left: size - n, size: size}
	return from, nil
}

func limitName(channel user.Channel, lane Lane) string {
	return fmt.Sprintf("rate#%s#%s", channel, lane)
}

// Slice returns how many emails are worth one reservation: half a second's, 1 to most.
func (r *Rate) Slice(ctx context.Context, lane Lane, most int) int {
	return min(max(int(r.perSecond(ctx, user.Email, lane)/2), 1), most)
}

func (r *Rate) perSecond(ctx context.Context, channel user.Channel, lane Lane) float64 {
	rate := float64(smsRate)
	if channel == user.Email {
		rate, _ = r.account(ctx)
	}

	if lane == Urgent {
		return rate * urgentShare
	}
	return rate * (1 - urgentShare)
}

// account returns the account's send rate, in emails a second, and whether its day's
// quota is used up. It asks SES if what is known is too old. If SES doesn't tell, the
// rate stays as it was and the quota counts as free: if it isn't, the next send says so.
func (r *Rate) account(ctx context.Context) (perSecond float64, usedUp bool) {
	r.mu.Lock()
	defer r.mu.Unlock()

	age := accountAge
	if r.usedUp {
		age = usedUpAge
	}
	if r.email > 0 && r.Now().Sub(r.asked) < age {
		return r.email, r.usedUp
	}

	account, err := r.SES.GetAccount(ctx, &sesv2.GetAccountInput{})
	r.asked = r.Now()
	r.usedUp = false
	if err != nil {
		slog.WarnContext(ctx, "SES doesn't tell its send rate", "error", err.Error())
		r.email = max(r.email, sandboxRate)
		return r.email, false
	}

	r.email = sandboxRate
	if q := account.SendQuota; q != nil {
		if q.MaxSendRate > 0 {
			r.email = q.MaxSendRate
		}
		r.usedUp = q.Max24HourSend > 0 && q.SentLast24Hours >= q.Max24HourSend // -1 is no quota
	}
	return r.email, r.usedUp
}
