package outbox

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"

	"latchkey/infra/local/engine"
)

// accepted is an email that SES has taken, as its events tell of it.
type accepted struct {
	Number  int                 // of those accepted, from 0
	ID      string              // as it was answered
	At      time.Time           // when it was taken
	From    string              // with the name
	To      []string            // addresses alone
	Subject string              // of a simple message
	Set     string              // the configuration set
	Tags    map[string][]string // the caller's
}

// fate is what becomes of an email after it was taken.
type fate int

const (
	delivered fate = iota
	bounced
	complained
	suppressed
	answered // by somebody who is out of office
)

// simulator is the domain of SES's mailbox simulator: the local part, up to a plus sign, says what becomes of a message
// (Amazon SES Developer Guide, "Using the mailbox simulator").
const simulator = "simulator.amazonses.com"

func fateOf(to string) fate {
	local, domain, _ := strings.Cut(strings.ToLower(to), "@")
	if domain != simulator {
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

// notices gives what is told of an email, as SES tells it: at least once, and in no order. The email's number says how: of eleven, one has its first event
// late and one its last, two have theirs in the reverse order, one has all of them twice, and two have one twice, late.
func (a accepted) notices() ([]notice, error) {
	var all []notice
	for _, to := range a.To {
		for _, kind := range kinds[fateOf(to)] {
			body, err := a.envelope(kind, to)
			if err != nil {
				return nil, err
			}

			all = append(all, notice{body: body, delays: []int32{0}})
		}
	}

	if len(all) == 0 {
		return nil, nil
	}

	first, last, late := &all[0], &all[len(all)-1], int32(1+a.Number/11%3)
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

// kind is one event of SES's event publishing.
type kind struct {
	name   string // the field eventType
	detail func(to, at string) map[string]any
}

// kinds are the events that an email has, by what becomes of it, in the order of what they tell.
var kinds = map[fate][]kind{
	delivered: {sendEvent, deliveryEvent},
	bounced: {
		sendEvent,
		bounceEvent("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"),
	},
	complained: {sendEvent, deliveryEvent, complaintEvent},
	suppressed: {
		sendEvent,
		bounceEvent(
			"Permanent",
			"Suppressed",
			"5.1.1",
			"Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid address.",
		),
	},
	answered: {sendEvent, deliveryEvent, bounceEvent("Transient", "General", "", "")},
}

var (
	sendEvent     = kind{"Send", func(string, string) map[string]any { return map[string]any{} }}
	deliveryEvent = kind{"Delivery", func(to, at string) map[string]any {
		return map[string]any{
			"timestamp":            at,
			"processingTimeMillis": 42,
			"recipients":           []string{to},
			"smtpResponse":         "250 2.6.0 Message received",
			"reportingMTA":         "a1-1.smtp-out.amazonses.com",
		}
	}}
	complaintEvent = kind{"Complaint", func(to, at string) map[string]any {
		return map[string]any{
			"feedbackId":            identifier(),
			"complaintSubType":      nil,
			"complainedRecipients":  []any{map[string]any{"emailAddress": to}},
			"timestamp":             at,
			"userAgent":             "Amazon SES Mailbox Simulator",
			"complaintFeedbackType": "abuse",
			"arrivalDate":           at,
		}
	}}
)

func bounceEvent(bounce, subtype, status, diagnostic string) kind {
	return kind{"Bounce", func(to, at string) map[string]any {
		recipient := map[string]any{"emailAddress": to}
		if status != "" {
			recipient["action"], recipient["status"], recipient["diagnosticCode"] = "failed", status, diagnostic
		}

		return map[string]any{
			"feedbackId":        identifier(),
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

// TopicARN is that of the topic by which the events come.
const TopicARN = "arn:aws:sns:" + engine.Region + ":" + engine.Account + ":latchkey-mail-events"

// envelope is an event as SNS puts it on a queue without raw message delivery
// (https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html). Nothing is signed.
func (a accepted) envelope(k kind, to string) (string, error) {
	// The time is that of the telling: what is told of an email happened after it was taken.
	at := time.Now().UTC().Format(timeForm)

	event, err := json.Marshal(map[string]any{
		"eventType":             k.name,
		strings.ToLower(k.name): k.detail(to, at),
		"mail":                  a.mail(),
	})
	if err != nil {
		return "", fmt.Errorf("make an event: %w", err)
	}

	body, err := json.Marshal(map[string]any{
		"Type":             "Notification",
		"MessageId":        identifier(),
		"TopicArn":         TopicARN,
		"Subject":          "Amazon SES Email Event Notification",
		"Message":          string(event) + "\n",
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

// mail is what every event says of its email.
func (a accepted) mail() map[string]any {
	address, domain := a.From, ""
	if parsed, err := mail.ParseAddress(a.From); err == nil {
		address = parsed.Address
	}

	if at := strings.LastIndex(address, "@"); at >= 0 {
		domain = address[at+1:]
	}

	tags := map[string][]string{
		"ses:configuration-set": {
			a.Set,
		},
		"ses:source-ip":       {"127.0.0.1"},
		"ses:from-domain":     {domain},
		"ses:caller-identity": {"local"},
	}
	for name, values := range a.Tags {
		tags[name] = values
	}

	return map[string]any{
		"timestamp": a.At.UTC().
			Format(timeForm),
		"messageId":        a.ID,
		"source":           a.From,
		"sendingAccountId": engine.Account,
		"sourceArn":        "arn:aws:ses:" + engine.Region + ":" + engine.Account + ":identity/" + address,
		"destination":      a.To,
		"headersTruncated": false,
		"headers": []any{
			map[string]string{
				"name":  "From",
				"value": a.From,
			},
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

// identifier is one as SNS and SES give them: a UUID.
func identifier() string {
	var b [16]byte
	rand.Read(b[:])
	text := hex.EncodeToString(b[:])
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}
