package dispatch_test

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"latchkey/shared/carrier"
	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/dispatch/dispatchtest"
	"latchkey/shared/reach"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/wire/wiretest"
)

// newDispatcher returns the dispatcher of a function in a world with one user, and the
// terms of a link for them.
func newDispatcher(
	t *testing.T,
) (*dispatchtest.World, dispatch.Dispatcher, dispatch.Terms) {
	t.Helper()
	w := dispatchtest.New(t, "answer")
	d := dispatch.New(w.Wire, reach.Read(w.Reader))
	w.Must(w.Err())
	d.Carrier = dispatchtest.WithoutPause(d.Carrier)

	w.Add("ada", map[string]string{"Work Email": "ada@example.com"})
	p, err := w.Directory.Get(t.Context(), "ada")
	w.Must(err)
	return w, d, dispatch.Terms{
		User:     p,
		Purpose:  token.Invite,
		Lifetime: 2 * time.Hour,
		Targets: []token.Target{
			{Device: "Work Email", Channel: user.Email, Address: "ada@example.com"},
		},
	}
}

func TestWhatFollowsFromTheCarriersAnswer(t *testing.T) {
	var d dispatch.Dispatcher
	d.Now = func() time.Time { return wiretest.Noon }

	for _, test := range []struct {
		name   string
		answer error
		before int // attempts
		state  delivery.State
		reason string
		after  int
	}{
		{name: "taken", state: delivery.Sent, after: 1},
		{
			name:   "refused for good",
			answer: carrier.ErrRejected,
			state:  delivery.Failed,
			reason: delivery.ReasonRejected,
			after:  1,
		},
		{name: "too fast costs nothing", answer: carrier.ErrTooFast, state: delivery.Queued},
		{name: "nor does the quota", answer: carrier.ErrQuota, state: delivery.Queued},
		{
			name:   "nor a misconfiguration",
			answer: carrier.ErrMisconfigured,
			state:  delivery.Queued,
		},
		{name: "nor a suspension", answer: carrier.ErrSuspended, state: delivery.Queued},
		{
			name:   "no answer, and it may have been sent",
			answer: errors.New("no answer"),
			state:  delivery.Queued,
			after:  1,
		},
		{
			name:   "no answer for the last time",
			answer: errors.New("no answer"),
			before: delivery.MaxTries - 1,
			state:  delivery.Failed,
			reason: delivery.ReasonTries,
			after:  delivery.MaxTries,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			answer := test.answer
			if answer != nil {
				answer = fmt.Errorf("send email: %w", answer)
			}

			of := delivery.Delivery{State: delivery.Queued, Attempts: test.before + 1}
			got := d.ResultOf(of, "id", answer)
			if got.State != test.state || got.Reason != test.reason || got.Attempts != test.after {
				t.Errorf("got %s, %q after %d attempts", got.State, got.Reason, got.Attempts)
			}
			if got.At != clock.Of(wiretest.Noon) {
				t.Errorf("it is of %d", got.At)
			}
		})
	}
}

func TestALinkTakesThePlaceOfTheLatest(t *testing.T) {
	w, d, terms := newDispatcher(t)
	terms.Renewal = time.Hour

	first, err := d.PutLatest(t.Context(), terms)
	w.Must(err)
	second, err := d.PutLatest(t.Context(), terms)
	w.Must(err)

	got, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite)
	w.Must(err)

	if got.Hash != second.Hash || len(got.Previous) != 1 || got.Previous[0].Hash != first.Hash {
		t.Errorf("the latest is %+v", got)
	}
	if got.ExpiresAt != clock.Of(wiretest.Noon.Add(2*time.Hour)) || got.Renewal != 3600 {
		t.Errorf("it expires at %d, a renewal lasts %d s", got.ExpiresAt, got.Renewal)
	}

	_, err = d.PutSuccessor(t.Context(), terms, first.Link)
	if !errors.Is(err, store.ErrCondition) {
		t.Errorf("a successor of one that isn't the latest: %v", err)
	}
}

func TestALinkThatWasNotSentIsTakenBack(t *testing.T) {
	w, d, terms := newDispatcher(t)
	first, err := d.PutLatest(t.Context(), terms)
	w.Must(err)

	second := d.NewLink(terms, &first.Link)
	w.Must(d.PutLinks(t.Context(), []dispatch.Link{second}))

	latest := func(want dispatch.Link, when string) {
		t.Helper()
		got, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite)
		w.Must(err)
		if got.Hash != want.Hash {
			t.Errorf("%s the latest link is the other one", when)
		}
	}

	latest(second, "when it is stored")
	for range 2 {
		w.Must(d.TakeBack(t.Context(), second))
		latest(first, "when it is taken back")
	}
}

func TestALinkWithACodeIsTheSameForEachTryOfItsDelivery(t *testing.T) {
	w, d, terms := newDispatcher(t)
	key := func(text string) *token.CodeKey {
		t.Helper()
		made, err := token.ParseCodeKey(strings.Repeat(text, 32))
		w.Must(err)
		return &made
	}
	terms.Purpose = token.Reset
	terms.Delivery = "forgot#1"
	terms.CodeKey = key("a")
	terms.CodeLifetime = 10 * time.Minute
	put := func() dispatch.Link {
		t.Helper()
		link, err := d.PutLatest(t.Context(), terms)
		w.Must(err)
		return link
	}
	stored := func() token.Link {
		t.Helper()
		link, err := w.Tokens.Link(t.Context(), "id-ada", token.Reset)
		w.Must(err)
		return link
	}

	first := d.ValuesWithLink(terms.User, put())
	item := stored()
	w.Pass(time.Minute)
	second := put()
	values := d.ValuesWithLink(terms.User, second)
	if values.Link != first.Link || values.Code != first.Code ||
		!values.CodeExpiresAt.Equal(first.CodeExpiresAt) {
		t.Errorf("the second try has %s, %s", values.Link, values.Code)
	}

	w.Must(d.TakeBack(t.Context(), second)) // it isn't this try's
	if got := stored(); !reflect.DeepEqual(got, item) {
		t.Errorf("stored is %+v, want %+v", got, item)
	}

	terms.CodeKey = key("b")
	other := put()
	if other.Hash == item.Hash || other.Code.Hash == item.Code.Hash {
		t.Error("with another key, it is the same")
	}
	w.Must(d.TakeBack(t.Context(), other))
	if got := stored(); got.Hash != item.Hash || got.Code.Hash != item.Code.Hash {
		t.Errorf("taken back, it is %+v, want %+v", got, item)
	}
}
