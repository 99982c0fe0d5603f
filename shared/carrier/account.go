package carrier

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
)

// Account is what SES allows the account to send, and what the account has sent.
type Account struct {
	Rate    float64 `dynamodbav:"rate"`    // emails a second
	PerDay  float64 `dynamodbav:"per_day"` // emails in any 24 hours; negative is without a limit
	Sent    float64 `dynamodbav:"sent"`    // emails in the last 24 hours
	Sandbox bool    `dynamodbav:"sandbox"` // only verified addresses receive emails
	Enabled bool    `dynamodbav:"enabled"` // SES accepts emails at all
}

// A share of the day's quota is kept for what one person waits for, or leastReserve emails.
const (
	reserveShare = 0.02
	leastReserve = 10
)

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

// Left returns what the bulk may still send today. limited is false without a quota.
func (a Account) Left() (left int, limited bool) {
	if a.PerDay <= 0 {
		return 0, false
	}
	return max(0, int(a.bulkPerDay()-a.Sent)), true
}

// bulkPerDay returns how much of a day's quota the bulk may use.
func (a Account) bulkPerDay() float64 {
	return a.PerDay - max(reserveShare*a.PerDay, leastReserve)
}

// usedUp reports whether a lane's part of the day's quota is used up.
func (a Account) usedUp(lane Lane) bool {
	if lane == Urgent {
		return a.PerDay > 0 && a.Sent >= a.PerDay
	}
	left, limited := a.Left()
	return limited && left == 0
}

// believed returns for how long the account is as SES told it: until half of what is left
// could be sent, so that the reserve isn't used up unseen.
func (a Account) believed() time.Duration {
	left, limited := a.Left()
	if !limited || a.Rate <= 0 {
		return accountAge
	}
	half := time.Duration(float64(left) / a.Rate / 2 * float64(time.Second))
	return min(max(half, askAgain), accountAge)
}

// Duration returns how long the bulk lane takes to hand over so many emails and SMS: by
// its send rates, and by the days that the quota needs. It is rounded up to the second.
func (a Account) Duration(emails, sms int) time.Duration {
	const share = 1 - urgentShare

	days := 0
	if left, limited := a.Left(); limited && emails > left {
		// Today takes what is left, each day a whole quota, and the last day the rest.
		perDay := int(max(a.bulkPerDay(), 1))
		days = 1 + (emails-left-1)/perDay
		emails = (emails-left-1)%perDay + 1
	}

	seconds := max(float64(emails)/(a.Rate*share), float64(sms)/(smsRate*share))
	sending := time.Duration(seconds * float64(time.Second))
	roundedUp := (sending + time.Second - 1).Truncate(time.Second)
	return roundedUp + time.Duration(days)*24*time.Hour
}
