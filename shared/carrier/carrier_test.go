package carrier_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/enginetest"
	"latchkey/shared/carrier"
	"latchkey/shared/carrier/sms"
	"latchkey/shared/limit"
	"latchkey/shared/mailbox"
	"latchkey/shared/message"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

// service answers as SES or SNS would.
func service(
	t testing.TB,
	answer http.HandlerFunc,
) (c carrier.Carrier, calls *atomic.Int32, bodies *bytes.Buffer) {
	t.Helper()

	calls, bodies = &atomic.Int32{}, &bytes.Buffer{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)

		if _, err := io.Copy(bodies, r.Body); err != nil {
			t.Error(err)
		}

		answer(w, r)
	}))
	t.Cleanup(server.Close)

	mail := carrier.NewSES(at(server.URL))
	mail = sesv2.New(mail.Options(), func(o *sesv2.Options) {
		o.Retryer = retry.AddWithMaxBackoffDelay(o.Retryer, time.Nanosecond)
	})

	return carrier.Carrier{
		SES: mail, ConfigurationSet: "events",
		Sender:  mailbox.Mailbox{Local: "no-reply", Domain: "northwind.test"},
		ReplyTo: mailbox.Mailbox{Local: "help", Domain: "northwind.test"},
	}, calls, bodies
}

// at returns the configuration of a client that calls an address.
func at(url string) aws.Config {
	cfg := engine.Config()
	cfg.BaseEndpoint = &url
	return cfg
}

func TestASendersNameGoesOutInASCII(t *testing.T) {
	c, _, bodies := service(
		t,
		func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"MessageId":"1"}`) },
	)
	c.Sender.Name, c.ReplyTo.Name = "Müller GmbH", "Hilfe für alle"

	_, err := c.SendEmail(
		t.Context(),
		"ada@example.com",
		message.Email{Subject: "s", Text: "t", HTML: "h"},
		nil,
	)
	if err != nil {
		t.Fatal(err)
	}

	for _, want := range []string{
		`=?utf-8?q?M=C3=BCller_GmbH?=`,
		`=?utf-8?q?Hilfe_f=C3=BCr_alle?=`,
	} {
		if !strings.Contains(bodies.String(), want) {
			t.Errorf("the request doesn't hold %s", want)
		}
	}
}

func refuse(status int, code, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/v2/email/") {
			w.Header().Set("X-Amzn-Errortype", code)
			w.WriteHeader(status)
			io.WriteString(w, `{"message":"`+text+`"}`)

			return
		}

		w.WriteHeader(status)
		io.WriteString(w, `<ErrorResponse><Error><Code>`+code+`</Code>`+
			`<Message>`+text+`</Message></Error></ErrorResponse>`)
	}
}

func hangUp(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

const (
	quotes     = "of ada@example.com or +16502530000"
	unverified = "Email address is not verified. The following identities failed the " +
		"check in region EU-WEST-1: "
)

func TestWhatACarriersAnswerMeans(t *testing.T) {
	for _, test := range []struct {
		name   string
		answer http.HandlerFunc
		sms    bool
		want   error // nil: none of those that are known
		calls  int32
	}{
		{
			name:   "SES refuses a message",
			answer: refuse(400, "MessageRejected", quotes),
			want:   carrier.ErrRejected,
			calls:  1,
		},
		{
			name:   "SES refuses a request",
			answer: refuse(400, "BadRequestException", quotes),
			want:   carrier.ErrRejected,
			calls:  1,
		},
		{
			name:   "SES throttles, and is asked again",
			answer: refuse(429, "TooManyRequestsException", quotes),
			want:   carrier.ErrTooFast,
			calls:  4,
		},
		{
			name: "SES's day is used up, and isn't asked again soon",
			answer: refuse(
				429,
				"TooManyRequestsException",
				"Daily message quota exceeded. "+quotes,
			),
			want:  carrier.ErrQuota,
			calls: 1,
		},
		{
			name:   "SES has suspended the account",
			answer: refuse(400, "AccountSuspendedException", quotes),
			want:   carrier.ErrSuspended,
			calls:  1,
		},
		{
			name:   "sending is paused",
			answer: refuse(400, "SendingPausedException", quotes),
			want:   carrier.ErrSuspended,
			calls:  1,
		},
		{
			name:   "the sender isn't verified",
			answer: refuse(400, "MessageRejected", unverified+"no-reply@northwind.test"),
			want:   carrier.ErrMisconfigured,
			calls:  1,
		},
		{
			name: "nor is the recipient in the sandbox",
			answer: refuse(400, "MessageRejected",
				unverified+"no-reply@northwind.test, ada@example.com"),
			want:  carrier.ErrMisconfigured,
			calls: 1,
		},
		{
			name:   "the recipient alone isn't verified",
			answer: refuse(400, "MessageRejected", unverified+"ada@example.com"),
			want:   carrier.ErrRejected,
			calls:  1,
		},
		{
			name:   "the MAIL FROM domain isn't verified",
			answer: refuse(400, "MailFromDomainNotVerifiedException", quotes),
			want:   carrier.ErrMisconfigured,
			calls:  1,
		},
		{
			name:   "the configuration set is missing",
			answer: refuse(404, "NotFoundException", quotes),
			want:   carrier.ErrMisconfigured,
			calls:  1,
		},
		{
			name:   "the function may not send email",
			answer: refuse(403, "AccessDeniedException", quotes),
			want:   carrier.ErrMisconfigured,
			calls:  1,
		},
		{
			name:   "the function may not send SMS",
			answer: refuse(403, "AuthorizationError", quotes),
			sms:    true,
			want:   carrier.ErrMisconfigured,
			calls:  1,
		},
		{"SES fails, and may have sent it", refuse(500, "InternalFailure", quotes), false, nil, 1},
		{"SES's answer is lost, and it isn't asked again", hangUp, false, nil, 1},
		{
			name:   "SNS refuses a number",
			answer: refuse(400, "InvalidParameter", quotes),
			sms:    true,
			want:   carrier.ErrRejected,
			calls:  1,
		},
		{
			name:   "SNS refuses who has opted out",
			answer: refuse(400, "OptedOut", quotes),
			sms:    true,
			want:   carrier.ErrRejected,
			calls:  1,
		},
		{"SNS throttles", refuse(400, "Throttled", quotes), true, carrier.ErrTooFast, 1},
		{"SNS fails", refuse(500, "InternalError", quotes), true, nil, 1},
		{"SNS's answer is lost", hangUp, true, nil, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, calls, _ := service(t, test.answer)

			var err error
			if test.sms {
				texts := sms.New(at(*c.SES.Options().BaseEndpoint))
				_, err = texts.Send(t.Context(), "+16502530000", "hello")
			} else {
				_, err = c.SendEmail(
					t.Context(),
					"ada@example.com",
					message.Email{Subject: "s", Text: "t", HTML: "h"},
					nil,
				)
			}

			if err == nil {
				t.Fatal("it was sent")
			}

			for _, known := range []error{
				carrier.ErrRejected,
				carrier.ErrTooFast,
				carrier.ErrQuota,
				carrier.ErrSuspended,
				carrier.ErrMisconfigured,
			} {
				if errors.Is(err, known) != errors.Is(test.want, known) {
					t.Errorf("got %v", err)
				}
			}

			later := test.want != nil && !errors.Is(test.want, carrier.ErrRejected)
			if carrier.NotTaken(err) != later {
				t.Errorf("it may be sent later: %t", !later)
			}

			if strings.Contains(err.Error(), "ada@") ||
				strings.Contains(err.Error(), "6502530000") {
				t.Errorf("the error quotes the address: %v", err)
			}

			if calls.Load() != test.calls {
				t.Errorf("%d calls, want %d", calls.Load(), test.calls)
			}
		})
	}
}

func TestNobodyWaitsForAnAnswerForEver(t *testing.T) {
	c, _, _ := service(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	ctx, stop := context.WithCancel(t.Context())
	stop()

	_, err := c.SendEmail(ctx, "ada@example.com", message.Email{}, nil)
	if err == nil || errors.Is(err, carrier.ErrTooFast) || errors.Is(err, carrier.ErrRejected) {
		t.Errorf("got %v", err)
	}
}

func TestAnEmailSaysWhatSESHasToKnow(t *testing.T) {
	c, _, bodies := service(
		t,
		func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"MessageId":"m1"}`) },
	)

	id, err := c.SendEmail(
		t.Context(),
		"ada@example.com",
		message.Email{Subject: "Hello", Text: "text", HTML: "<p>html"},
		map[string]string{"user": "u1"},
	)
	if err != nil || id != "m1" {
		t.Errorf("got %q, %v", id, err)
	}

	for _, part := range []string{
		`"FromEmailAddress":"no-reply@northwind.test"`,
		`"ToAddresses":["ada@example.com"]`,
		`"ReplyToAddresses":["help@northwind.test"]`,
		`"ConfigurationSetName":"events"`,
		`{"Name":"user","Value":"u1"}`,
		`{"Name":"Auto-Submitted","Value":"auto-generated"}`,
	} {
		if !strings.Contains(bodies.String(), part) {
			t.Errorf("%s lacks %s", bodies, part)
		}
	}
}

func TestEachEmailHasAReferenceOfItsOwn(t *testing.T) {
	c, _, bodies := service(
		t,
		func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, `{"MessageId":"m1"}`) },
	)

	email := message.Email{Subject: "Hello", Text: "text", HTML: "<p>html"}
	for range 3 {
		if _, err := c.SendEmail(t.Context(), "ada@example.com", email, nil); err != nil {
			t.Fatal(err)
		}
	}

	references := map[string]bool{}
	header := regexp.MustCompile(`{"Name":"X-Entity-Ref-ID","Value":"(\w{20,})"}`)
	for _, found := range header.FindAllStringSubmatch(bodies.String(), -1) {
		references[found[1]] = true
	}
	if len(references) != 3 {
		t.Errorf("three emails have the references %v", references)
	}
}

// noon is far ahead, since DynamoDB Local deletes what by its own clock is past its
// "delete_at".
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

func TestRate(t *testing.T) {
	db, name := enginetest.Tables(t)
	now, quota := noon, `{"SendQuota":{"MaxSendRate":20}}`
	c, calls, _ := service(
		t,
		func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, quota) },
	)

	r := &carrier.Rate{
		SES:    c.SES,
		Limits: limit.Store{Table: store.Table{DB: db, Name: name("limits")}},
		Now:    func() time.Time { return now },
	}
	for lane, want := range map[carrier.Lane]int{
		carrier.Bulk:   9,
		carrier.Urgent: 1,
	} { // half a second's worth of 18 and of 2
		if n := r.Slice(t.Context(), user.Email, lane, 25); n != want {
			t.Errorf("%s: a slice is %d", lane, n)
		}
	}

	if n := r.Slice(t.Context(), user.SMS, carrier.Bulk, 25); n != 9 {
		t.Errorf("a slice of SMS is %d", n)
	}

	if n := r.Slice(t.Context(), user.Email, carrier.Bulk, 5); n != 5 {
		t.Errorf("a slice of at most 5 is %d", n)
	}

	if calls.Load() != 1 {
		t.Errorf("SES was asked %d times within a minute", calls.Load())
	}
	// Nothing is waited for: the rate is free, or it is too late.
	for _, step := range []struct {
		name    string
		channel user.Channel
		lane    carrier.Lane
		after   time.Duration // 0: it may be handed over at once
	}{
		{"what is urgent takes a second", user.Email, carrier.Urgent, 0},
		{"the bulk takes one beside it", user.Email, carrier.Bulk, 0},
		{"and then has to wait", user.Email, carrier.Bulk, time.Second},
		{"texts don't", user.SMS, carrier.Bulk, 0},
	} {
		n := map[carrier.Lane]int{carrier.Bulk: 18, carrier.Urgent: 2}[step.lane]
		err := r.Wait(t.Context(), step.channel, step.lane, n, now)

		var tooMany *limit.TooManyError
		switch {
		case errors.As(err, &tooMany):
			if tooMany.After != step.after {
				t.Errorf("%s: come again after %s", step.name, tooMany.After)
			}
		case err != nil || step.after != 0:
			t.Errorf("%s: got %v", step.name, err)
		}
	}

	now, quota = noon.Add(time.Minute), `{}`

	if n := r.Slice(t.Context(), user.Email, carrier.Bulk, 25); n != 1 {
		t.Errorf("where SES doesn't tell, a slice is %d", n)
	}
}

func TestTheBulkHasNearlyAllWhileNothingIsUrgent(t *testing.T) {
	db, name := enginetest.Tables(t)
	now := noon
	c, _, _ := service(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"SendQuota":{"MaxSendRate":100}}`)
	})

	r := &carrier.Rate{
		SES:    c.SES,
		Limits: limit.Store{Table: store.Table{DB: db, Name: name("limits")}},
		Now:    func() time.Time { return now },
	}
	// after returns for how long 100 messages of the bulk take all of its rate.
	after := func() time.Duration {
		t.Helper()
		if err := r.Wait(t.Context(), user.Email, carrier.Bulk, 100, now); err != nil {
			t.Fatal(err)
		}

		var tooMany *limit.TooManyError
		err := r.Wait(t.Context(), user.Email, carrier.Bulk, 100, now)
		if !errors.As(err, &tooMany) {
			t.Fatal(err)
		}
		return tooMany.After.Round(time.Millisecond)
	}

	if got := after(); got != 1020*time.Millisecond {
		t.Errorf("while nothing is urgent, a second's messages take %s", got)
	}

	now = now.Add(time.Minute)
	err := r.Wait(t.Context(), user.Email, carrier.Urgent, 1, now)
	if err != nil {
		t.Fatal(err)
	}
	if got := after(); got != 1111*time.Millisecond {
		t.Errorf("while something is urgent, they take %s", got)
	}
}

func TestSingleMessagesAreReservedAheadWhileOneComesAfterTheOther(t *testing.T) {
	tests := []struct {
		lane carrier.Lane
		each time.Duration
	}{
		{carrier.Urgent, time.Second / 20}, // of 200 a second
		{carrier.Bulk, time.Second / 196},
	}
	for _, tt := range tests {
		t.Run(string(tt.lane), func(t *testing.T) {
			singleMessagesAreReservedAhead(t, tt.lane, tt.each)
		})
	}
}

func singleMessagesAreReservedAhead(t *testing.T, lane carrier.Lane, each time.Duration) {
	db, name := enginetest.Tables(t)
	now := noon
	c, _, _ := service(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"SendQuota":{"MaxSendRate":200}}`)
	})

	limits := store.Table{DB: db, Name: name("limits")}
	r := &carrier.Rate{
		SES:    c.SES,
		Limits: limit.Store{Table: limits},
		Now:    func() time.Time { return now },
	}
	// reserve returns for how many messages the lane is reserved from now on.
	reserve := func() time.Duration {
		t.Helper()
		_, err := r.Reserve(t.Context(), user.Email, lane, 1, now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}

		var item struct {
			Free int64 `dynamodbav:"free"` // microseconds
		}
		key := store.Key{"key": "rate#email#" + string(lane)}
		if err := limits.Get(t.Context(), key, &item); err != nil {
			t.Fatal(err)
		}
		return time.UnixMicro(item.Free).Sub(now).Round(each) / each
	}

	for i, want := range []time.Duration{1, 3, 3, 7, 7, 7, 7, 15} {
		if got := reserve(); got != want {
			t.Errorf("after message %d, %d are reserved, not %d", i+1, got, want)
		}
	}

	now = now.Add(time.Minute)
	if got := reserve(); got != 1 {
		t.Errorf("a minute later, %d are reserved for one message", got)
	}
}

func TestADaysQuotaThatIsUsedUp(t *testing.T) {
	db, name := enginetest.Tables(t)
	now, quota := noon, ""
	c, calls, _ := service(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, `{"SendQuota":`+quota+`}`)
	})

	r := &carrier.Rate{
		SES:    c.SES,
		Limits: limit.Store{Table: store.Table{DB: db, Name: name("limits")}},
		Now:    func() time.Time { return now },
	}
	for _, step := range []struct {
		name    string
		later   time.Duration
		quota   string
		channel user.Channel
		lane    carrier.Lane
		want    error
		calls   int32
	}{
		{
			name:    "nothing of it is left",
			quota:   `{"MaxSendRate":50,"Max24HourSend":50000,"SentLast24Hours":50000}`,
			channel: user.Email,
			lane:    carrier.Bulk,
			want:    carrier.ErrQuota,
			calls:   1,
		},
		{
			name:    "which is believed for a moment",
			later:   time.Second,
			quota:   `{"MaxSendRate":50,"Max24HourSend":50000,"SentLast24Hours":0}`,
			channel: user.Email,
			lane:    carrier.Bulk,
			want:    carrier.ErrQuota,
			calls:   1,
		},
		{
			name:    "also for what is urgent",
			quota:   `{}`,
			channel: user.Email,
			lane:    carrier.Urgent,
			want:    carrier.ErrQuota,
			calls:   1,
		},
		{
			name:    "SMS have no part in it",
			quota:   `{}`,
			channel: user.SMS,
			lane:    carrier.Bulk,
			calls:   1,
		},
		{
			name:    "the bulk leaves a fiftieth",
			later:   time.Second,
			quota:   `{"MaxSendRate":50,"Max24HourSend":50000,"SentLast24Hours":49000}`,
			channel: user.Email,
			lane:    carrier.Bulk,
			want:    carrier.ErrQuota,
			calls:   2,
		},
		{
			name:    "to what is urgent",
			channel: user.Email,
			lane:    carrier.Urgent,
			calls:   2,
		},
		{
			name:    "some of it is free again",
			later:   2 * time.Second,
			quota:   `{"MaxSendRate":50,"Max24HourSend":50000,"SentLast24Hours":48000}`,
			channel: user.Email,
			lane:    carrier.Bulk,
			calls:   3,
		},
		{
			name:    "which is believed until half of it could be sent",
			later:   9 * time.Second,
			quota:   `{"MaxSendRate":50,"Max24HourSend":50000,"SentLast24Hours":50000}`,
			channel: user.Email,
			lane:    carrier.Bulk,
			calls:   3,
		},
		{
			name:    "and not longer",
			later:   time.Second,
			quota:   `{"MaxSendRate":50,"Max24HourSend":50000,"SentLast24Hours":1000}`,
			channel: user.Email,
			lane:    carrier.Bulk,
			calls:   4,
		},
		{
			name:    "what is far from used up is believed for a minute",
			later:   time.Minute - time.Second,
			quota:   `{"MaxSendRate":50,"Max24HourSend":50000,"SentLast24Hours":50000}`,
			channel: user.Email,
			lane:    carrier.Bulk,
			calls:   4,
		},
		{
			name:    "there is none",
			later:   time.Minute,
			quota:   `{"MaxSendRate":50,"Max24HourSend":-1,"SentLast24Hours":50000}`,
			channel: user.Email,
			lane:    carrier.Bulk,
			calls:   5,
		},
	} {
		now, quota = now.Add(step.later), cmp.Or(step.quota, quota)
		err := r.Wait(t.Context(), step.channel, step.lane, 1, now)
		if !errors.Is(err, step.want) {
			t.Errorf("%s: got %v", step.name, err)
		}

		if calls.Load() != step.calls {
			t.Errorf("%s: SES was asked %d times", step.name, calls.Load())
		}
	}
}

func TestOneAsksSESAndAllReadItsAnswer(t *testing.T) {
	db, name := enginetest.Tables(t)
	now, refuses := noon, false
	c, calls, _ := service(t, func(w http.ResponseWriter, r *http.Request) {
		if refuses {
			refuse(429, "TooManyRequestsException", "")(w, r)
			return
		}
		io.WriteString(w, `{"SendQuota":{"MaxSendRate":40}}`)
	})
	c.SES = sesv2.New(c.SES.Options(), func(o *sesv2.Options) { o.Retryer = aws.NopRetryer{} })

	// slice returns the slice of an instance that has just begun.
	slice := func() int {
		r := &carrier.Rate{
			SES:    c.SES,
			Limits: limit.Store{Table: store.Table{DB: db, Name: name("limits")}},
			Now:    func() time.Time { return now },
		}
		return r.Slice(t.Context(), user.Email, carrier.Bulk, 25)
	}

	for range 3 {
		if n := slice(); n != 18 { // half a second's worth of 36
			t.Errorf("a slice is %d", n)
		}
	}
	if calls.Load() != 1 {
		t.Errorf("SES was asked %d times", calls.Load())
	}

	refuses = true
	now = now.Add(2 * time.Minute)
	for range 3 {
		if n := slice(); n != 18 {
			t.Errorf("while SES doesn't tell, a slice is %d", n)
		}
	}
	if calls.Load() != 2 {
		t.Errorf("SES was asked %d times while it doesn't tell", calls.Load())
	}
}

func TestNobodyReservesAtASandboxsRateWhileAnotherAsks(t *testing.T) {
	db, name := enginetest.Tables(t)
	c, calls, _ := service(t, func(w http.ResponseWriter, _ *http.Request) {
		time.Sleep(200 * time.Millisecond) // the others have lost the claim by then
		io.WriteString(w, `{"SendQuota":{"MaxSendRate":40}}`)
	})

	slices := make(chan int)
	const instances = 4
	for range instances {
		go func() {
			r := &carrier.Rate{
				SES:    c.SES,
				Limits: limit.Store{Table: store.Table{DB: db, Name: name("limits")}},
				Now:    func() time.Time { return noon },
			}
			slices <- r.Slice(t.Context(), user.Email, carrier.Bulk, 25)
		}()
	}
	for range instances {
		if n := <-slices; n != 18 {
			t.Errorf("a slice is %d", n)
		}
	}
	if calls.Load() != 1 {
		t.Errorf("SES was asked %d times", calls.Load())
	}
}
