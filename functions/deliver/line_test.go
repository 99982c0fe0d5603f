package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/dispatch/dispatchtest"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/notification"
	"latchkey/shared/token"
	"latchkey/shared/work"
)

// mixed makes two users with an email device and two with an SMS device, and returns their
// names.
func (w *world) mixed() []string {
	w.T.Helper()
	names := w.AddMany(2)
	for i := range 2 {
		name := fmt.Sprint("bob", i)
		w.Add(name, map[string]string{"SMS Phone": fmt.Sprint("+1650253000", i)})
		names = append(names, name)
	}
	return names
}

func TestWhatOneChannelCanNotSendDoesNotHoldUpTheOther(t *testing.T) {
	denied := `<ErrorResponse><Error><Code>AuthorizationError</Code></Error></ErrorResponse>`
	noTexts := func(w *dispatchtest.World) {
		w.Transports["sns"] = transport(func(*http.Request) (*http.Response, error) {
			body := io.NopCloser(strings.NewReader(denied))
			return &http.Response{StatusCode: 403, Header: http.Header{}, Body: body}, nil
		})
	}
	nothing := func(*dispatchtest.World) {}

	for _, test := range []struct {
		name          string
		prepare       func(*dispatchtest.World)
		fault         func(string) *http.Response
		reason        string
		emails, texts int
	}{
		{
			name:    "the quota of emails is used up",
			prepare: nothing,
			fault:   dispatchtest.QuotaUsedUp,
			reason:  notification.ReasonQuota,
			texts:   2,
		},
		{
			name:    "the sender of emails isn't verified",
			prepare: nothing,
			fault:   dispatchtest.Unverified,
			reason:  notification.ReasonMisconfigured,
			texts:   2,
		},
		{
			name:    "the function has no right to send SMS",
			prepare: noTexts,
			reason:  notification.ReasonSMSMisconfigured,
			emails:  2,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, test.prepare)
			w.Faults.Before = test.fault
			names := w.mixed()
			batch := w.notify(job.Pending, names...)
			w.Succeed(batch)

			n := w.counts(1)
			if n.Status != notification.Paused || n.Reason != test.reason {
				t.Errorf("it is %s, %q", n.Status, n.Reason)
			}
			if len(w.Mail()) != test.emails || w.SMS.Count("") != test.texts {
				t.Errorf("%d emails, %d texts", len(w.Mail()), w.SMS.Count(""))
			}

			w.Faults.Before = nil
			w.Succeed(batch) // while it is paused
			if len(w.Mail()) != test.emails || w.SMS.Count("") != test.texts {
				t.Errorf("while it is paused: %d emails, %d texts", len(w.Mail()), w.SMS.Count(""))
			}
		})
	}
}

func TestABatchOfAPausedNotificationSendsWhatIsNotHeld(t *testing.T) {
	w := newWorld(t)
	batch := w.notify(job.Pending, w.mixed()...)
	until := w.Time().Add(pauseFor)
	w.Must(w.Notifications.Pause(
		t.Context(), w.counts(1), notification.ReasonQuota, until,
	))

	for range 2 {
		w.Succeed(batch)
		if len(w.Mail()) != 0 || w.SMS.Count("") != 2 {
			t.Fatalf("%d emails, %d texts", len(w.Mail()), w.SMS.Count(""))
		}
	}

	_, err := w.Notifications.Resume(t.Context(), jobID, 1)
	w.Must(err)
	w.Succeed(batch)
	if len(w.Mail()) != 2 || w.SMS.Count("") != 2 || w.counts(1).Status != notification.Sent {
		t.Errorf("%d emails, %d texts, it is %s",
			len(w.Mail()), w.SMS.Count(""), w.counts(1).Status)
	}
}

// delays are with which delays messages are put on queues.
func delays(t *testing.T, to *[]int) func(*dispatchtest.World) {
	return func(w *dispatchtest.World) {
		w.Transports["sqs"] = transport(func(r *http.Request) (*http.Response, error) {
			var sent struct{ DelaySeconds *int }
			if json.Unmarshal([]byte(body(t, r)), &sent) == nil && sent.DelaySeconds != nil {
				*to = append(*to, *sent.DelaySeconds)
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	}
}

func TestABusyBatchComesBackWhenItsLeaseEnds(t *testing.T) {
	var got []int
	w := newWorld(t, delays(t, &got))
	batch := w.notify(job.Pending, w.AddMany(1)...)

	held := lease.Lease{Owner: "another", Until: noon.Add(17 * time.Second)}
	_, err := w.Notifications.Claim(t.Context(), notification.RefOf(batch), held, noon)
	w.Must(err)
	w.Succeed(batch)

	if fmt.Sprint(got) != "[17]" {
		t.Errorf("it comes back after %v seconds", got)
	}
}

func TestABatchWaitsForItsTurnWithinItsInvocation(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()

	w := newWorld(t)
	batch := w.notify(job.Pending, w.AddMany(1)...)

	const wait = 40 * time.Second
	limits := &w.Rate.Limits.Table
	_, err := w.Rate.Limits.Reserve(t.Context(), "rate#email#bulk", wait, noon, noon)
	w.Must(err)

	limits.DB = dynamodb.New(limits.DB.Options(), func(o *dynamodb.Options) {
		o.HTTPClient = transport(func(r *http.Request) (*http.Response, error) {
			reserves := strings.Contains(body(t, r), "#free + :cost")
			response, err := http.DefaultTransport.RoundTrip(r)
			if reserves && err == nil && response.StatusCode == http.StatusOK {
				stop() // it would wait now
			}
			return response, err
		})
	})

	failed := w.Give(ctx, w.Record("m", batch))
	if len(failed) != 1 || w.Waiting(batch.Queue()) != 0 {
		t.Errorf("failed are %v, and %d messages wait", failed, w.Waiting(batch.Queue()))
	}
}

func TestWhomTheCarrierRefusesOnOneDeviceIsSentToTheNext(t *testing.T) {
	for _, test := range []struct {
		name   string
		fields map[string]string
		sent   string
		texts  int
	}{
		{
			name: "the next email device",
			fields: map[string]string{
				"Work Email": "w@example.com",
				"Home Email": "h@example.com",
			},
			sent: "map[h@example.com:1]",
		},
		{
			name:   "or SMS",
			fields: map[string]string{"Work Email": "w@example.com", "SMS Phone": "+16502530000"},
			sent:   "map[]",
			texts:  1,
		},
		{
			name:   "or nothing, where there is no other",
			fields: map[string]string{"Work Email": "w@example.com"},
			sent:   "map[]",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Add("ada", test.fields)
			before := w.Invite("ada", time.Hour)
			w.Pass(time.Minute)

			w.Faults.Before = func(to string) *http.Response {
				if to == "w@example.com" {
					return dispatchtest.Refuse(400, "MessageRejected")
				}
				return nil
			}
			w.Succeed(w.notify(job.Pending, "ada"))

			link, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite)
			w.Must(err)
			if link.Hash != before {
				t.Error("a link died for a message that wasn't sent")
			}

			w.Pass(dispatch.RetryDelay)
			if w.Waiting(work.Bulk) != len(test.fields)-1 {
				t.Fatalf("%d messages wait", w.Waiting(work.Bulk))
			}
			for range w.Waiting(work.Bulk) {
				w.Succeed(work.Fallback{
					JobID:    jobID,
					Number:   1,
					UserID:   "id-ada",
					Delivery: delivery.NameOf(jobID, 1),
				})
			}

			if got := fmt.Sprint(w.To()); got != test.sent || w.SMS.Count("") != test.texts {
				t.Errorf("sent to %s, %d texts", got, w.SMS.Count(""))
			}
			first := w.Delivery("ada", delivery.NameOf(jobID, 1))
			if first.State != delivery.Failed || first.Reason != delivery.ReasonRejected {
				t.Errorf("the first device's is %s, %q", first.State, first.Reason)
			}
		})
	}
}

func TestASendHasATimeLimit(t *testing.T) {
	var limits []time.Duration
	w := newWorld(t, func(w *dispatchtest.World) {
		w.Transports["sesv2"] = transport(func(r *http.Request) (*http.Response, error) {
			if deadline, ok := r.Context().Deadline(); ok && r.Method == http.MethodPost {
				limits = append(limits, time.Until(deadline))
			}
			return http.DefaultTransport.RoundTrip(r)
		})
	})
	w.Succeed(w.notify(job.Pending, w.AddMany(1)...))

	if len(limits) != 1 || limits[0] > dispatch.SendTime {
		t.Errorf("sends may take %v", limits)
	}
}

// The texts' links can't be written, while the emails are under way.
func TestAFailureOfOneChannelLeavesTheSendsOfTheOtherAlone(t *testing.T) {
	w := newWorld(t)
	batch := w.notify(job.Pending, w.mixed()...)

	failed := make(chan struct{})
	links := &w.handler.Tokens.Table
	links.DB = dynamodb.New(links.DB.Options(), func(o *dynamodb.Options) {
		o.HTTPClient = transport(func(r *http.Request) (*http.Response, error) {
			writes := strings.HasSuffix(r.Header.Get("X-Amz-Target"), "BatchWriteItem")
			if writes && strings.Contains(body(t, r), "id-bob") {
				close(failed)
				return nil, errors.New("not written")
			}
			return http.DefaultTransport.RoundTrip(r)
		})
		o.Retryer = aws.NopRetryer{}
	})
	w.Handle = w.handle
	w.Faults.Before = func(string) *http.Response {
		<-failed
		return nil
	}

	if failed := w.Give(t.Context(), w.Record("m", batch)); len(failed) != 1 {
		t.Fatal("it is done, though texts weren't sent")
	}
	for _, name := range []string{"ada0", "ada1"} {
		d := w.Delivery(name, delivery.NameOf(jobID, 1))
		if d.State != delivery.Sent {
			t.Errorf("%s's is %q", name, d.State)
		}
	}
	if len(w.Mail()) != 2 || w.SMS.Count("") != 0 {
		t.Errorf("%d emails, %d texts", len(w.Mail()), w.SMS.Count(""))
	}
}
