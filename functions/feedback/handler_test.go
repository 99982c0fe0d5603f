package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"

	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/reach"
	"latchkey/shared/user"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

// noon is when the clock begins.
var noon = wiretest.Noon

type world struct {
	*wiretest.Twin
	handler
}

func newWorld(t testing.TB) *world {
	t.Helper()
	twin := wiretest.New(t, "feedback", nil)
	return &world{Twin: twin, handler: newHandler(twin.Wire)}
}

// sent is a delivery that was handed over, as its sender records it.
func sent(userID string, name delivery.Name) delivery.Delivery {
	return delivery.Delivery{
		UserID:   userID,
		Name:     name,
		Key:      userID,
		Username: userID,
		Device:   "Work Email",
		Channel:  user.Email,
		State:    delivery.Sent,
		At:       clock.Of(noon),
		Attempts: 1,
	}
}

func (w *world) put(d delivery.Delivery) {
	w.T.Helper()
	w.Must(w.deliveries.Put(w.T.Context(), d))
}

func (w *world) delivery(userID string, name delivery.Name) delivery.Delivery {
	w.T.Helper()
	d, err := w.deliveries.Get(w.T.Context(), userID, name)
	w.Must(err)

	return d
}

func (w *world) marked(to string) bool {
	w.T.Helper()
	marked, err := w.addresses.Marked(w.T.Context(), []string{reach.AddressKey(user.Email, to)})
	w.Must(err)

	return len(marked) == 1
}

// asked takes what was asked of deliver from its queue.
func (w *world) asked() (fallbacks []work.Fallback, reaches int) {
	w.T.Helper()

	for _, message := range w.Received(work.Bulk) {
		switch m := message.(type) {
		case work.Fallback:
			fallbacks = append(fallbacks, m)
		case work.CheckReach:
			reaches++
		default:
			w.T.Errorf("asked for %+v", m)
		}
	}

	return fallbacks, reaches
}

// give hands bodies to the function, and gives how many come back.
func (w *world) give(bodies ...string) int {
	w.T.Helper()

	var batch events.SQSEvent
	for i, body := range bodies {
		batch.Records = append(
			batch.Records,
			events.SQSMessage{MessageId: fmt.Sprint(i), Body: body},
		)
	}

	response, err := w.handle(w.T.Context(), batch)
	w.Must(err)

	return len(response.BatchItemFailures)
}

// told makes an event of SES, of a message for one user or for several with spaces in
// between: what is the type, or for a bounce "Bounce <type> <subtype>". It happens so long
// after noon.
func told(userID string, name delivery.Name, what string, after time.Duration) string {
	fields := strings.Split(what, " ")

	kind := what
	if fields[0] == "Bounce" {
		kind = "Bounce"
	}

	at := noon.Add(after).Format("2006-01-02T15:04:05.000Z")

	tags := map[string][]string{"ses:configuration-set": {"latchkey"}}
	d := delivery.Delivery{UserID: userID, Name: name}
	if several := strings.Split(userID, " "); len(several) > 1 {
		d.Users = several
	}
	if name.Number() != nil {
		d.Part = delivery.Part(name.JobID(), *name.Number(), 3)
	}
	for tag, value := range d.Tags() {
		tags[tag] = []string{value}
	}

	e := map[string]any{
		"eventType": kind,
		"mail": map[string]any{
			"timestamp":   noon.Format("2006-01-02T15:04:05.000Z"),
			"messageId":   "m-" + userID,
			"destination": []string{userID + "@example.com"},
			"tags":        tags,
		},
	}

	recipients := []map[string]string{{"emailAddress": userID + "@example.com"}}
	switch kind {
	case "Delivery":
		e["delivery"] = map[string]any{
			"timestamp":  at,
			"recipients": []string{userID + "@example.com"},
		}
	case "DeliveryDelay":
		e["deliveryDelay"] = map[string]any{"timestamp": at, "delayType": "MailboxFull"}
	case "Bounce":
		e["bounce"] = map[string]any{
			"timestamp":         at,
			"bounceType":        fields[1],
			"bounceSubType":     fields[2],
			"bouncedRecipients": recipients,
		}
	case "Complaint":
		e["complaint"] = map[string]any{"timestamp": at, "complainedRecipients": recipients}
	}

	body, err := json.Marshal(e)
	if err != nil {
		panic(err)
	}

	return string(body)
}

// enveloped puts an event into SNS's envelope.
func enveloped(event string) string {
	body, err := json.Marshal(map[string]string{
		"Type":      "Notification",
		"MessageId": "1",
		"TopicArn":  "arn",
		"Message":   event,
	})
	if err != nil {
		panic(err)
	}

	return string(body)
}

func permutations[T any](of []T) [][]T {
	if len(of) < 2 {
		return [][]T{slices.Clone(of)}
	}

	var all [][]T
	for i := range of {
		rest := slices.Concat(of[:i], of[i+1:])
		for _, p := range permutations(rest) {
			all = append(all, append([]T{of[i]}, p...))
		}
	}

	return all
}

func TestInWhateverOrderAndHowOftenEventsComeTheEndIsTheSame(t *testing.T) {
	for _, test := range []struct {
		name   string
		events []string
		state  delivery.State
		reason string
		marked bool
	}{
		{
			name:   "it arrives",
			events: []string{"DeliveryDelay", "Delivery"},
			state:  delivery.Delivered,
		},
		{
			name:   "it is on its way",
			events: []string{"DeliveryDelay"},
			state:  delivery.Sent,
			reason: delivery.ReasonDelayed,
		},
		{
			name:   "there is no such address",
			events: []string{"DeliveryDelay", "Bounce Permanent General"},
			state:  delivery.Bounced,
			reason: delivery.ReasonHardBounce,
			marked: true,
		},
		{
			name:   "SES has it on its list",
			events: []string{"Bounce Permanent OnAccountSuppressionList"},
			state:  delivery.Bounced,
			reason: delivery.ReasonSuppressed,
			marked: true,
		},
		{
			name:   "an out-of-office answer",
			events: []string{"Delivery", "Bounce Transient General"},
			state:  delivery.Delivered,
		},
		{
			name:   "a mailbox is full, after a delay",
			events: []string{"DeliveryDelay", "Bounce Transient MailboxFull"},
			state:  delivery.Bounced,
			reason: delivery.ReasonMailboxFull,
		},
		{
			name:   "for a reason that nobody knows",
			events: []string{"Bounce Undetermined Undetermined"},
			state:  delivery.Bounced,
			reason: delivery.ReasonSoftBounce,
		},
		{
			name:   "it is called spam",
			events: []string{"Delivery", "Complaint"},
			state:  delivery.Complained,
			reason: delivery.ReasonComplaint,
			marked: true,
		},
		{
			name:   "spam, says who is out of office",
			events: []string{"Delivery", "Complaint", "Bounce Transient General"},
			state:  delivery.Complained,
			reason: delivery.ReasonComplaint,
			marked: true,
		},
		{
			name:   "taken at first and bounced then",
			events: []string{"Delivery", "Bounce Permanent NoEmail"},
			state:  delivery.Bounced,
			reason: delivery.ReasonHardBounce,
			marked: true,
		},
		{
			name:   "there is a virus in it",
			events: []string{"Reject"},
			state:  delivery.Failed,
			reason: delivery.ReasonVirus,
		},
		{
			name:   "it can't be rendered",
			events: []string{"Rendering Failure"},
			state:  delivery.Failed,
			reason: delivery.ReasonRendering,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()

			w := newWorld(t)
			for i, order := range permutations(test.events) {
				// Each event comes twice, the second time at the end; and none does.
				for twice := range len(order) + 1 {
					userID, name := fmt.Sprintf("u%d-%d", i, twice), delivery.NameOf("j1", 1)
					w.put(sent(userID, name))

					sequence := slices.Clone(order)
					if twice < len(order) {
						sequence = append(sequence, order[twice])
					}

					for _, what := range sequence {
						failed := w.give(enveloped(told(userID, name, what, time.Minute)))
						if failed != 0 {
							t.Fatalf("%q failed", what)
						}
					}

					d := w.delivery(userID, name)
					if d.State != test.state || d.Reason != test.reason ||
						d.MessageID != "m-"+userID || d.Attempts != 1 {
						t.Errorf(
							"%q: got %s, %q, message %q, %d attempts",
							sequence,
							d.State,
							d.Reason,
							d.MessageID,
							d.Attempts,
						)
					}

					if w.marked(userID+"@example.com") != test.marked {
						t.Errorf("%q: the address is marked: %t", sequence, !test.marked)
					}
				}
			}
		})
	}
}

// What the carrier answered and what its events tell cross each other: the sender records
// "sent", or that it gave up, at any moment among the events.
func TestWhatTheSenderRecordsDoesNotUndoWhatEventsTold(t *testing.T) {
	w := newWorld(t)

	sequence := []string{"DeliveryDelay", "Bounce Permanent General"}
	for _, result := range []delivery.State{delivery.Sent, delivery.Failed, delivery.Queued} {
		for at := range len(sequence) + 1 {
			userID, name := fmt.Sprint(result, at), delivery.NameOf("j1", 1)

			for i := range len(sequence) + 1 {
				if i == at {
					d := sent(userID, name)
					d.State = result
					w.put(d)
				}

				if i < len(sequence) {
					w.give(told(userID, name, sequence[i], time.Minute))
				}
			}

			d := w.delivery(userID, name)
			if d.State != delivery.Bounced || d.Reason != delivery.ReasonHardBounce ||
				d.Device != "Work Email" {
				t.Errorf("%s recorded before event %d: got %+v", result, at, d)
			}
		}
	}
}

func TestABatchIsStoredWholeThoughSomeOfItIsNoEvent(t *testing.T) {
	w := newWorld(t)

	name := delivery.NameOf("j1", 1)
	bodies := []string{"{"}
	for i := range 60 {
		event := told(fmt.Sprint("u", i), name, "Delivery", time.Minute)
		bodies = append(bodies, event, enveloped(event)) // twice in one batch
	}
	bodies = append(bodies, told("u0", name, "Complaint", time.Hour))

	if failed := w.give(bodies...); failed != 0 {
		t.Fatalf("%d come back", failed)
	}

	counts, err := w.deliveries.CountUsers(t.Context(), delivery.Part("j1", 1, 3))
	w.Must(err)
	want := map[delivery.State]int{delivery.Delivered: 59, delivery.Complained: 1}
	if !maps.Equal(counts, want) {
		t.Errorf("got %v", counts)
	}
}

// without is a DynamoDB that can't be reached.
type without struct{}

func (without) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, errors.New("no route")
}

func TestEventsThatCannotBeStoredAllComeBack(t *testing.T) {
	twin := wiretest.New(t, "feedback", nil)
	twin.Transports["dynamodb"] = without{}
	twin.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	w := &world{Twin: twin, handler: newHandler(twin.Wire)}

	name := delivery.NameOf("j1", 1)
	delivered := told("ada", name, "Delivery", time.Second)
	bounced := told("sam", name, "Bounce Permanent General", time.Second)
	if back := w.give(delivered, bounced); back != 2 {
		t.Errorf("%d come back", back)
	}
	if fallbacks, _ := w.asked(); len(fallbacks) != 0 {
		t.Errorf("deliver is asked for %+v", fallbacks)
	}
}

func TestAnEventOfOneMessageIsAFactOfEachOfItsUsers(t *testing.T) {
	for _, test := range []struct {
		name, what string
		state      delivery.State
		reaches    int
	}{
		{"it arrived", "Delivery", delivery.Delivered, 0},
		{"it bounced", "Bounce Permanent General", delivery.Bounced, 2},
		{"it is called spam", "Complaint", delivery.Complained, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			own := map[string]delivery.Name{"ada": "forgot#1-ada", "bob": "forgot#1-bob"}
			for id, name := range own {
				w.put(sent(id, name))
			}

			event := told("ada bob", "forgot#1", test.what, time.Minute)
			event = strings.ReplaceAll(event, "ada bob@example.com", "office@example.com")
			for range 2 {
				if failed := w.give(event); failed != 0 {
					t.Fatal("it comes back")
				}
				if fallbacks, reaches := w.asked(); fallbacks != nil || reaches != test.reaches {
					t.Errorf("asked for %v and %d looks", fallbacks, reaches)
				}
			}

			for id, name := range own {
				d := w.delivery(id, name)
				if d.State != test.state || d.Device != "Work Email" || d.Username != id {
					t.Errorf("got %+v", d)
				}
			}
			if w.marked("office@example.com") != (test.reaches > 0) {
				t.Error("the address is marked wrongly")
			}
		})
	}
}

func TestWhatDidNotArriveGoesOnToTheNextDevice(t *testing.T) {
	for _, test := range []struct {
		name     string
		delivery delivery.Name
		events   []string
		fallback bool
		reach    bool
	}{
		{
			name:     "a hard bounce",
			delivery: delivery.NameOf("j1", 3),
			events:   []string{"Bounce Permanent General"},
			fallback: true,
		},
		{
			name:     "one of the second device",
			delivery: delivery.NameOf("j1", 3).Nth(2),
			events:   []string{"Bounce Permanent Suppressed"},
			fallback: true,
		},
		{
			name:     "a full mailbox",
			delivery: delivery.NameOf("j1", 3),
			events:   []string{"Bounce Transient MailboxFull"},
			fallback: true,
		},
		{
			name:     "content that the receiver rejects",
			delivery: delivery.NameOf("j1", 3),
			events:   []string{"Bounce Transient ContentRejected"},
			fallback: true,
		},
		{
			name:     "an out-of-office answer doesn't",
			delivery: delivery.NameOf("j1", 3),
			events:   []string{"Bounce Transient General"},
		},
		{
			name:     "deliver decides about a full mailbox after all was well",
			delivery: delivery.NameOf("j1", 3),
			events:   []string{"Delivery", "Bounce Transient MailboxFull"},
			fallback: true,
		},
		{
			name:     "nor a complaint",
			delivery: delivery.NameOf("j1", 3),
			events:   []string{"Complaint"},
			reach:    true,
		},
		{
			name:     "nor a message that no notification asked for",
			delivery: "forgot#ABC",
			events:   []string{"Bounce Permanent General"},
			reach:    true,
		},
		{
			name:     "nor what SES refused",
			delivery: delivery.NameOf("j1", 3),
			events:   []string{"Reject"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)

			for _, what := range test.events {
				w.give(told("u1", test.delivery, what, time.Minute))
			}

			fallbacks, reaches := w.asked()

			want := work.Fallback{
				JobID:    "j1",
				Number:   3,
				UserID:   "u1",
				Delivery: test.delivery,
			}
			if test.fallback != (len(fallbacks) == 1) || test.fallback && fallbacks[0] != want ||
				test.reach != (reaches == 1) {
				t.Errorf("asked for %+v, and %d times to look again", fallbacks, reaches)
			}
		})
	}
}

// A function that died after it had stored the fact is asked again.
func TestAnEventThatComesAgainHasItsConsequencesAgain(t *testing.T) {
	w := newWorld(t)
	name := delivery.NameOf("j1", 1)
	d := sent("u1", name)
	d.State = delivery.Bounced
	d.Reason = delivery.ReasonHardBounce
	w.put(d)
	w.give(told("u1", name, "Bounce Permanent General", 0))

	if fallbacks, _ := w.asked(); len(fallbacks) != 1 || !w.marked("u1@example.com") {
		t.Errorf(
			"%d times on to the next device; the address is marked: %t",
			len(fallbacks),
			w.marked("u1@example.com"),
		)
	}
}

func TestALateEventDoesNotMarkAnAddressThatWasClearedAfterIt(t *testing.T) {
	w := newWorld(t)
	for i, test := range []struct {
		bounced, cleared time.Duration
		clearFirst       bool
		want             bool
	}{
		{time.Minute, time.Hour, false, false},
		{time.Minute, time.Hour, true, false},
		{time.Hour, time.Minute, false, true},
		{time.Hour, time.Minute, true, true},
	} {
		userID, name := fmt.Sprint("u", i), delivery.NameOf("j1", 1)

		clear := func() {
			w.Must(w.addresses.Clear(
				t.Context(),
				reach.AddressKey(user.Email, userID+"@example.com"),
				noon.Add(test.cleared),
			))
		}
		if test.clearFirst {
			clear()
		}

		w.give(told(userID, name, "Bounce Permanent General", test.bounced))

		if !test.clearFirst {
			clear()
		}

		if got := w.marked(userID + "@example.com"); got != test.want {
			t.Errorf(
				"bounced after %s, cleared after %s, told of the clearing first %t: marked is %t",
				test.bounced,
				test.cleared,
				test.clearFirst,
				got,
			)
		}
	}
}

func TestWhatIsNoEventOfOursIsDoneAndDoesNoHarm(t *testing.T) {
	w := newWorld(t)
	w.put(sent("u1", delivery.NameOf("j1", 1)))

	var log bytes.Buffer

	before := slog.Default()

	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	t.Cleanup(func() { slog.SetDefault(before) })

	of := func(userID string, name delivery.Name, what string) string {
		return told(userID, name, what, time.Minute)
	}
	bounce := of("u1", delivery.NameOf("j1", 1), "Bounce Permanent General")
	complaint := of("u1", delivery.NameOf("j1", 1), "Complaint")

	for what, body := range map[string]string{
		"no JSON":                 "{",
		"a number":                "7",
		"nothing":                 "",
		"an envelope of no event": enveloped("hello u1@example.com"),
		"a subscription": `{"Type":"SubscriptionConfirmation","Message":"You have chosen",` +
			`"SubscribeURL":"https://example.com"}`,
		"an event of another type":  of("u1", delivery.NameOf("j1", 1), "Open"),
		"an event that isn't asked": of("u1", delivery.NameOf("j1", 1), "Send"),
		"another sender's":          strings.ReplaceAll(bounce, `"delivery":["`, `"campaign":["`),
		"two tags of one name": strings.ReplaceAll(
			complaint,
			`"user":["u1"]`,
			`"user":["u1","u2"]`,
		),
		"a tag as long as it can be": of(
			"u1", delivery.Name(strings.Repeat("x", 2000)), "Complaint",
		),
		"a time that is none": strings.ReplaceAll(complaint, "2100-03-01T", "yesterday"),
		"no time at all": `{"eventType":"Reject",` +
			`"mail":{"tags":{"delivery":["j1_000001"],"user":["u1"]}}}`,
		"spam that is none": strings.ReplaceAll(
			complaint,
			`"complaint":{`,
			`"complaint":{"complaintFeedbackType":"not-spam",`,
		),
	} {
		if failed := w.give(body); failed != 0 {
			t.Errorf("%s comes back", what)
		}
	}

	if d := w.delivery("u1", delivery.NameOf("j1", 1)); d.State != delivery.Sent {
		t.Errorf("the delivery is %s", d.State)
	}

	if w.marked("u1@example.com") {
		t.Error("the address is marked")
	}

	if fallbacks, reaches := w.asked(); len(fallbacks)+reaches > 0 {
		t.Errorf("asked for %v and %d", fallbacks, reaches)
	}

	if strings.Contains(log.String(), "@example.com") ||
		!strings.Contains(log.String(), "passed over") {
		t.Errorf("the log says %s", log.String())
	}
}
