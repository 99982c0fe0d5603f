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

// Lanes: what one user waits for has a tenth of the account's email rate for itself, the rest of it is for the bulk.
const (
	Bulk   Lane = "bulk"
	Urgent Lane = "urgent"
)

const (
	urgentShare = 0.1
	// smsRate is how many SMS a second SNS takes from an account (AWS SNS service quotas, "SMS messages").
	smsRate = 20
	// sandboxRate is how many emails a second even an account in the sandbox may send; it is kept to where SES doesn't tell.
	sandboxRate = 1
	// quotaAge is how long a send rate that SES told is believed.
	quotaAge = time.Minute
)

// Rate shares the account's send rate among all that send. It may be used by several goroutines at once.
type Rate struct {
	SES    *sesv2.Client
	Limits limit.Store
	Now    func() time.Time

	mu    sync.Mutex
	email float64 // messages a second; 0 is not known yet
	asked time.Time
}

// Wait reserves room for n messages and waits until they may be handed over. It answers a
// *limit.TooManyError if that would be after latest.
func (r *Rate) Wait(ctx context.Context, channel user.Channel, lane Lane, n int, latest time.Time) error {
	perSecond, err := r.perSecond(ctx, channel, lane)
	if err != nil {
		return err
	}
	span := time.Duration(float64(n) / perSecond * float64(time.Second))
	from, err := r.Limits.Reserve(ctx, fmt.Sprintf("rate#%s#%s", channel, lane), span, r.Now(), latest)
	if err != nil {
		return err
	}
	// All n are handed over at its beginning: SES allows short bursts, and over any longer time the rate is kept.
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(from.Sub(r.Now())):
		return nil
	}
}

// Slice is how many messages are worth one reservation: what is handed over in about half a second, at most most.
func (r *Rate) Slice(ctx context.Context, lane Lane, most int) (int, error) {
	perSecond, err := r.perSecond(ctx, user.Email, lane)
	if err != nil {
		return 0, err
	}
	return min(max(int(perSecond/2), 1), most), nil
}

func (r *Rate) perSecond(ctx context.Context, channel user.Channel, lane Lane) (float64, error) {
	rate := float64(smsRate)
	if channel == user.Email {
		var err error
		if rate, err = r.emailRate(ctx); err != nil {
			return 0, err
		}
	}
	if lane == Urgent {
		return rate * urgentShare, nil
	}
	return rate * (1 - urgentShare), nil
}

func (r *Rate) emailRate(ctx context.Context) (float64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.email > 0 && r.Now().Sub(r.asked) < quotaAge {
		return r.email, nil
	}
	account, err := r.SES.GetAccount(ctx, &sesv2.GetAccountInput{})
	if err != nil {
		slog.WarnContext(ctx, "SES doesn't tell its send rate", "error", err.Error())
		r.email, r.asked = max(r.email, sandboxRate), r.Now()
		return r.email, nil
	}
	r.email, r.asked = sandboxRate, r.Now()
	if account.SendQuota != nil && account.SendQuota.MaxSendRate > 0 {
		r.email = account.SendQuota.MaxSendRate
	}
	return r.email, nil
}
