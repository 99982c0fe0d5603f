package carrier

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
)

// Account is what SES allows the account to send, and what the account has sent.
type Account struct {
	Rate    float64 // emails a second
	PerDay  float64 // emails in any 24 hours; negative is without a limit
	Sent    float64 // emails in the last 24 hours
	Sandbox bool    // only verified addresses receive emails
	Enabled bool    // SES accepts emails at all
}

// ReadAccount asks SES for the account. SES answers that once a second only.
func ReadAccount(ctx context.Context, ses *sesv2.Client) (Account, error) {
	got, err := ses.GetAccount(ctx, &sesv2.GetAccountInput{})
	if err != nil {
		return Account{}, fmt.Errorf("read account: %w", err)
	}

	a := Account{
		Rate:    sandboxRate,
		Sandbox: !got.ProductionAccessEnabled,
		Enabled: got.SendingEnabled,
	}
	if q := got.SendQuota; q != nil {
		a.PerDay = q.Max24HourSend
		a.Sent = q.SentLast24Hours
		if q.MaxSendRate > 0 {
			a.Rate = q.MaxSendRate
		}
	}
	return a, nil
}

// Left returns what is left of the day's quota. limited is false if there is none.
func (a Account) Left() (left int, limited bool) {
	if a.PerDay <= 0 {
		return 0, false
	}
	return max(0, int(a.PerDay-a.Sent)), true
}

// Duration returns how long the bulk lane takes to hand over so many emails and SMS: by
// its send rates, and by the days that the quota needs. It is rounded up to the second.
func (a Account) Duration(emails, sms int) time.Duration {
	const share = 1 - urgentShare

	days := 0
	if left, limited := a.Left(); limited && emails > left {
		// Today takes what is left, each day a whole quota, and the last day the rest.
		perDay := int(max(a.PerDay, 1))
		days = 1 + (emails-left-1)/perDay
		emails = (emails-left-1)%perDay + 1
	}

	seconds := max(float64(emails)/(a.Rate*share), float64(sms)/(smsRate*share))
	sending := time.Duration(seconds * float64(time.Second))
	roundedUp := (sending + time.Second - 1).Truncate(time.Second)
	return roundedUp + time.Duration(days)*24*time.Hour
}
