package ses

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"time"

	"latchkey/infra/local/engine"
)

// accepted is an email that SES has taken, as its events describe it.
type accepted struct {
	Number  int                 // of those accepted, from 0
	ID      string              // as it was answered
	At      time.Time           // when it was taken
	From    string              // with the name
	To      []string            // addresses alone
	Listed  []string            // those that are on the account's suppression list
	Subject string              // of the message
	Set     string              // the configuration set
	Tags    map[string][]string // the caller's
}

// result is what becomes of an email after it was taken.
type result int

const (
	delivered result = iota
	bounced
	complained
	suppressed // by SES, for all accounts
	listed     // on the account's suppression list
	answered   // by somebody who is out of office
)

// simulator is the domain of SES's mailbox simulator: the local part, up to a plus sign,
// says what becomes of a message
// (Amazon SES Developer Guide, "Using the mailbox simulator").
const simulator = "simulator.amazonses.com"

// Domains of which every address bounces, or complains, as any address might. Unlike the
// simulator's, SES learns them.
const (
	bouncing    = "bounce.test"
	complaining = "complaint.test"
)

// isSimulator reports whether an address is one of the mailbox simulator's.
func isSimulator(address string) bool {
	return strings.HasSuffix(strings.ToLower(address), "@"+simulator)
}

// resultOf returns what becomes of an email to the address. All mail arrives, but for
// what goes to the mailbox simulator and to two domains.
func resultOf(to string) result {
	local, domain, _ := strings.Cut(strings.ToLower(to), "@")
	switch domain {
	case bouncing:
		return bounced
	case complaining:
		return complained
	case simulator:
	default:
		return delivered
	}

	local, _, _ = strings.Cut(local, "+")
	switch local {
	case "bounce":
		return bounced
	case "complaint":
		return complained
	case "suppressionlist":
		return suppressed
	case "ooto":
		return answered
	}

	return delivered
}

// notice is an event on its way: it is put on the queue once for each delay, in seconds.
type notice struct {
	body   string
	delays []int32
}

// notices returns the events of an email. SES tells them at least once, and in no order.
// What happens here follows from the email's number: of eleven emails, one has its first
// event late and one its last, two have theirs in the reverse order, one has all of them
// twice, and two have one twice, the second time late.
func (a accepted) notices() ([]notice, error) {
	var all []notice
	for _, to := range a.To {
		became := resultOf(to)
		if slices.Contains(a.Listed, to) {
			became = listed
		}
		for _, e := range eventsOf[became] {
			body, err := a.envelope(e, to)
			if err != nil {
				return nil, err
			}
			all = append(all, notice{body: body, delays: []int32{0}})
		}
	}
	if len(all) == 0 {
		return nil, nil
	}

	first := &all[0]
	last := &all[len(all)-1]
	late := int32(1 + a.Number/11%3)
	switch a.Number % 11 {
	case 1:
		first.delays = []int32{late}
	case 3:
		last.delays = []int32{late}
	case 4, 8:
		slices.Reverse(all)
	case 5:
		for i := range all {
			all[i].delays = []int32{0, 0}
		}
	case 6:
		last.delays = []int32{0, late}
	case 7:
		first.delays = []int32{0, late}
	}

	return all, nil
}

// event is one event of SES's event publishing
// (https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html).
type event struct {
	name   string // the field eventType
	detail func(to, at string) map[string]any
}

// eventsOf are the events that an email has, by what becomes of it, in the order in which
// it happens: those that the stack's configuration set asks for.
var eventsOf = map[result][]event{
	delivered: {deliveryEvent},
	bounced: {
		bounceEvent("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"),
	},
	complained: {deliveryEvent, complaintEvent},
	suppressed: {
		bounceEvent("Permanent", "Suppressed", "5.1.1", "Amazon SES has suppressed sending to "+
			"this address because it has a recent history of bouncing as an invalid address."),
	},
	listed: {
		bounceEvent("Permanent", "OnAccountSuppressionList", "5.1.1", "Amazon SES did not send "+
			"the message to this address because it is on the suppression list for your account."),
	},
	answered: {deliveryEvent, bounceEvent("Transient", "General", "", "")},
}

var (
	deliveryEvent = event{"Delivery", func(to, at string) map[string]any {
		return map[string]any{
			"timestamp":            at,
			"processingTimeMillis": 42,
			"recipients":           []string{to},
			"smtpResponse":         "250 2.6.0 Message received",
			"reportingMTA":         "a1-1.smtp-out.amazonses.com",
		}
	}}
	complaintEvent = event{"Complaint", func(to, at string) map[string]any {
		return map[string]any{
			"feedbackId":            engine.NewID(),
			"complaintSubType":      nil,
			"complainedRecipients":  []any{map[string]any{"emailAddress": to}},
			"timestamp":             at,
			"userAgent":             "Amazon SES Mailbox Simulator",
			"complaintFeedbackType": "abuse",
			"arrivalDate":           at,
		}
	}}
)

// bounceEvent returns a bounce of a type and subtype. One without a status has no reason,
// as when somebody who is out of office answers.
func bounceEvent(bounce, subtype, status, diagnostic string) event {
	return event{"Bounce", func(to, at string) map[string]any {
		recipient := map[string]any{"emailAddress": to}
		if status != "" {
			recipient["action"] = "failed"
			recipient["status"] = status
			recipient["diagnosticCode"] = diagnostic
		}
		return map[string]any{
			"feedbackId":        engine.NewID(),
			"bounceType":        bounce,
			"bounceSubType":     subtype,
			"bouncedRecipients": []any{recipient},
			"timestamp":         at,
			"reportingMTA":      "dns; a1-1.smtp-out.amazonses.com",
		}
	}}
}

// timeForm is how SES and SNS write a time.
const timeForm = "2006-01-02T15:04:05.000Z"

// topicARN is the ARN of the SNS topic by which the events come.
var topicARN = engine.ARN("sns", "latchkey-mail-events")

// envelope returns an event as SNS puts it on a queue without raw message delivery
// (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html). Nothing
// is signed.
func (a accepted) envelope(e event, to string) (string, error) {
	// The time is that of the telling: what an event tells happened after the email was
	// taken.
	at := time.Now().UTC().Format(timeForm)

	content, err := json.Marshal(map[string]any{
		"eventType":             e.name,
		strings.ToLower(e.name): e.detail(to, at),
		"mail":                  a.mail(),
	})
	if err != nil {
		return "", fmt.Errorf("make an event: %w", err)
	}

	body, err := json.Marshal(map[string]any{
		"Type":             "Notification",
		"MessageId":        engine.NewID(),
		"TopicArn":         topicARN,
		"Subject":          "Amazon SES Email Event Notification",
		"Message":          string(content) + "\n",
		"Timestamp":        at,
		"SignatureVersion": "1",
		"Signature":        "",
		"SigningCertURL":   "",
		"UnsubscribeURL":   "",
	})
	if err != nil {
		return "", fmt.Errorf("make an event: %w", err)
	}

	return string(body), nil
}

// mail returns what every event says of its email: the field mail.
func (a accepted) mail() map[string]any {
	address := bare(a.From)
	domain := ""
	if at := strings.LastIndex(address, "@"); at >= 0 {
		domain = address[at+1:]
	}

	tags := map[string][]string{
		"ses:configuration-set": {a.Set},
		"ses:source-ip":         {"127.0.0.1"},
		"ses:from-domain":       {domain},
		"ses:caller-identity":   {"local"},
	}
	maps.Copy(tags, a.Tags)

	return map[string]any{
		"timestamp":        a.At.UTC().Format(timeForm),
		"messageId":        a.ID,
		"source":           a.From,
		"sendingAccountId": engine.Account,
		"sourceArn":        engine.ARN("ses", "identity/"+address),
		"destination":      a.To,
		"headersTruncated": false,
		"headers": []any{
			map[string]string{"name": "From", "value": a.From},
			map[string]string{"name": "To", "value": strings.Join(a.To, ", ")},
			map[string]string{"name": "Subject", "value": a.Subject},
		},
		"commonHeaders": map[string]any{
			"from":      []string{a.From},
			"to":        a.To,
			"messageId": a.ID,
			"subject":   a.Subject,
		},
		"tags": tags,
	}
}

// bare returns an address without the name before it.
func bare(address string) string {
	if parsed, err := mail.ParseAddress(address); err == nil {
		return parsed.Address
	}
	return address
}
