package carrier

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"latchkey/shared/clock"
	"latchkey/shared/limit"
	"latchkey/shared/store"
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
	leastAhead  = time.Second     // for how long a reservation tells that more is to come
	accountAge  = time.Minute     // SES's word on the account is believed so long at most
	askAgain    = 2 * time.Second // and so long at least: nobody asks sooner
)

// Rate shares the account's send rate among all that send. Goroutines may share it.
type Rate struct {
	SES    *sesv2.Client
	Limits limit.Store
	Now    func() time.Time

	reserving sync.Mutex
	reserved  map[string]ahead // by the name of the limit

	mu    sync.Mutex
	known Account
	until time.Time // until then it is believed
}

// Wait waits until n messages may be handed over. Its errors are those of Reserve.
func (r *Rate) Wait(
	ctx context.Context, channel user.Channel, lane Lane, n int, latest time.Time,
) error {
	from, err := r.Reserve(ctx, channel, lane, n, latest)
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

// Reserve returns the time from which n messages may be handed over. It returns a
// *limit.TooManyError if that would be after latest, and ErrQuota for email if the lane's
// part of the day's quota is used up. One message alone would cost a write each: so while an
// instance has one after the other, as from a full urgent queue, it reserves twice as many
// as the last time, up to half a second's. What it doesn't use then is lost, and it begins
// again with one.
func (r *Rate) Reserve(
	ctx context.Context, channel user.Channel, lane Lane, n int, latest time.Time,
) (from time.Time, err error) {
	if channel == user.Email && r.account(ctx).usedUp(lane) {
		return time.Time{}, ErrQuota
	}

	r.reserving.Lock()
	defer r.reserving.Unlock()

	name := limitName(channel, lane)
	a := r.reserved[name]
	usable := r.Now().Before(a.until) && !a.from.After(latest)
	if usable && a.left >= n {
		a.left -= n
		r.reserved[name] = a
		return a.from, nil
	}

	perSecond, err := r.shareOf(ctx, channel, lane)
	if err != nil {
		return time.Time{}, err
	}

	size := n
	if usable && (lane == Urgent || n == 1) {
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

// shareOf returns a lane's rate now: the bulk's is higher while nothing is urgent.
func (r *Rate) shareOf(
	ctx context.Context, channel user.Channel, lane Lane,
) (perSecond float64, err error) {
	perSecond = r.perSecond(ctx, channel, lane)
	if lane != Bulk {
		return perSecond, nil
	}

	idle, err := r.Limits.Free(ctx, limitName(channel, Urgent), r.Now())
	if idle {
		perSecond *= (1 - idleShare) / (1 - urgentShare)
	}
	return perSecond, err
}

func limitName(channel user.Channel, lane Lane) string {
	return fmt.Sprintf("rate#%s#%s", channel, lane)
}

// Slice returns how many messages are worth one reservation: half a second's, 1 to most.
func (r *Rate) Slice(ctx context.Context, channel user.Channel, lane Lane, most int) int {
	return min(max(int(r.perSecond(ctx, channel, lane)/2), 1), most)
}

func (r *Rate) perSecond(ctx context.Context, channel user.Channel, lane Lane) float64 {
	rate := float64(smsRate)
	if channel == user.Email {
		rate = r.account(ctx).Rate
	}

	if lane == Urgent {
		return rate * urgentShare
	}
	return rate * (1 - urgentShare)
}

// account returns what SES has told of the account. SES answers that once a second to all
// instances: one asks when the answer is too old, and all read it. If SES doesn't tell, the
// account stays as it was; before the first answer it is a sandbox.
func (r *Rate) account(ctx context.Context) Account {
	r.mu.Lock()
	defer r.mu.Unlock()

	now := r.Now()
	if now.Before(r.until) {
		return r.known
	}

	said, err := r.ask(ctx, now)
	if err != nil {
		slog.WarnContext(ctx, "SES doesn't tell of the account", "error", err.Error())
	}
	if said.Account.Rate > 0 {
		r.known = said.Account
	}
	r.known.Rate = max(r.known.Rate, sandboxRate)

	r.until = said.At.Time().Add(r.known.believed())
	if !now.Before(r.until) {
		r.until = now.Add(askAgain)
	}
	return r.known
}

// said is SES's last word on the account, as all instances share it.
type said struct {
	Account Account      `dynamodbav:"account"`
	At      clock.Millis `dynamodbav:"at"`
}

var accountKey = store.Key{"key": "ses-account"}

// first waits up to a second for SES's first word, for which another instance asks: nobody
// is to reserve for all meanwhile at a sandbox's rate.
func (r *Rate) first(ctx context.Context) (word said, err error) {
	const (
		tries = 10
		pause = time.Second / tries
	)
	for range tries {
		select {
		case <-ctx.Done():
			return said{}, ctx.Err()
		case <-time.After(pause):
		}

		err = r.Limits.Table.Get(ctx, accountKey, &word)
		if err != nil || word.At != 0 {
			return word, err
		}
	}
	return word, nil
}

// ask returns SES's last word. If it is too old, one instance in askAgain asks for another
// and stores it. With an error, what was said before is returned.
func (r *Rate) ask(ctx context.Context, now time.Time) (last said, err error) {
	err = r.Limits.Table.Get(ctx, accountKey, &last)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return said{}, err
	}
	if now.Before(last.At.Time().Add(last.Account.believed())) {
		return last, nil
	}

	mine, err := r.Limits.Table.UpdateIf(ctx, accountKey, store.Update{
		Set:       "asked_at = :now",
		Condition: "attribute_not_exists(asked_at) OR asked_at <= :before",
		Values: store.Values{
			":now":    clock.Of(now),
			":before": clock.Of(now.Add(-askAgain)),
		},
	})
	if err == nil && !mine && last.At == 0 {
		return r.first(ctx)
	}
	if err != nil || !mine {
		return last, err
	}

	account, err := ReadAccount(ctx, r.SES)
	if err != nil {
		return last, err
	}

	last = said{Account: account, At: clock.Of(now)}
	return last, r.Limits.Table.Update(ctx, accountKey, store.Update{
		Set:    "account = :account, #at = :at",
		Values: store.Values{":account": last.Account, ":at": last.At},
	}, nil)
}
