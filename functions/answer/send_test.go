package main

import (
	"net/http"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/dispatch/dispatchtest"
	"latchkey/shared/token"
	"latchkey/shared/work"
)

// takeUp reserves a lane of the rate for a while.
func (w *world) takeUp(lane string, span time.Duration) {
	w.T.Helper()
	_, err := w.Rate.Limits.Reserve(w.T.Context(), "rate#email#"+lane, span, w.Time(), w.Time())
	w.Must(err)
}

// freeAt returns when a lane of the rate is free again.
func (w *world) freeAt(lane string) time.Time {
	w.T.Helper()
	var item struct {
		Free int64 `dynamodbav:"free"` // microseconds
	}
	w.Must(w.Rate.Limits.Table.Get(
		w.T.Context(), map[string]string{"key": "rate#email#" + lane}, &item,
	))
	return time.UnixMicro(item.Free)
}

// passwordSet makes the user's password set, and returns its notice.
func (w *world) passwordSet(name string) work.PasswordSet {
	w.T.Helper()
	w.SetPassword(name, "g1")
	return work.PasswordSet{
		ID:         "password-set#g1",
		Key:        name,
		UserID:     "id-" + name,
		Generation: "g1",
		Until:      clock.Of(noon.Add(15 * time.Second)),
	}
}

func TestANoticeWaitsInTheBulksLaneAndHoldsUpNobody(t *testing.T) {
	w := newWorld(t)
	w.AddMany(2)
	w.takeUp("bulk", 30*time.Second)
	notice := w.passwordSet("ada0")

	reset := w.Record("reset", forgot("1", "ada1"))
	failed := w.Give(t.Context(), w.Record("notice", notice), reset)
	got := w.To()
	if failed != nil || got["ada0@example.com"] != 0 || got["ada1@example.com"] != 1 {
		t.Fatalf("failed are %v, sent to %v", failed, got)
	}
	if w.Waiting(work.Urgent) != 1 {
		t.Errorf("%d messages wait", w.Waiting(work.Urgent))
	}

	until := w.freeAt("bulk")
	w.Pass(30 * time.Second)
	w.Succeed(notice)
	if got := w.To(); got["ada0@example.com"] != 1 {
		t.Errorf("at its turn it isn't sent: %v", got)
	}
	if again := w.freeAt("bulk"); !again.Equal(until) {
		t.Errorf("its place was reserved once more: %s", again.Sub(until))
	}
	d := w.Delivery("ada0", "password-set#g1")
	if d.Attempts != 1 {
		t.Errorf("waiting counts as an attempt: %d", d.Attempts)
	}
}

func TestALinkIsMadeOnlyWhenItMayBeSent(t *testing.T) {
	w := newWorld(t)
	w.AddMany(1)
	w.takeUp("urgent", 30*time.Second)

	for range delivery.MaxTries + 1 { // it comes too early each time
		w.Succeed(forgot("1", "ada0"))
	}
	if _, err := w.Tokens.Link(t.Context(), "id-ada0", token.Reset); err == nil {
		t.Error("a link was made before its turn")
	}
	if _, err := w.Tokens.Code(t.Context(), "id-ada0"); err == nil {
		t.Error("a code was made before its turn")
	}

	w.Pass(30 * time.Second)
	w.Succeed(forgot("1", "ada0"))
	if d := w.Delivery("ada0", "forgot#1"); len(w.Mail()) != 1 || d.Attempts != 1 {
		t.Errorf("%d emails after %d attempts", len(w.Mail()), d.Attempts)
	}
}

func TestWhatWasSurelyNotSentLeavesTheLinkAndTheCodeBefore(t *testing.T) {
	for name, fault := range map[string]func(string) *http.Response{
		"too fast":                  dispatchtest.Throttled,
		"refused for good":          dispatchtest.Refusing(400, "MessageRejected"),
		"without quota":             dispatchtest.QuotaUsedUp,
		"suspended":                 dispatchtest.Refusing(400, "AccountSuspendedException"),
		"by a deployment's mistake": dispatchtest.Unverified,
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.AddMany(1)
			invite := w.Invite("ada0", time.Hour)
			w.Succeed(forgot("1", "ada0"))

			reset, err := w.Tokens.Link(t.Context(), "id-ada0", token.Reset)
			w.Must(err)
			code, err := w.Tokens.Code(t.Context(), "id-ada0")
			w.Must(err)

			w.Pass(2 * time.Hour)
			w.Faults.Before = fault
			w.Succeed(forgot("2", "ada0"))
			w.Succeed(resend("1", "ada0"))
			w.Succeed(work.Renew{
				ID:     delivery.NameOutside(delivery.KindRenewal, "1"),
				UserID: "id-ada0",
				Hash:   invite,
			})

			after, err := w.Tokens.Link(t.Context(), "id-ada0", token.Reset)
			if err != nil || after.Hash != reset.Hash {
				t.Errorf("the reset's link is another: %v", err)
			}
			codeAfter, err := w.Tokens.Code(t.Context(), "id-ada0")
			if err != nil || codeAfter.Hash != code.Hash {
				t.Errorf("the code is another: %v", err)
			}
			link, err := w.Tokens.Link(t.Context(), "id-ada0", token.Invite)
			if err != nil || link.Hash != invite {
				t.Errorf("the invitation's link is another: %v", err)
			}
		})
	}
}

func TestAMessageToTheSecondDeviceLeavesTheFirstsLinkAlone(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "w@example.com", "Home Email": "h@example.com"})
	w.Faults.Before = func(to string) *http.Response {
		if to == "h@example.com" {
			return dispatchtest.Throttled(to)
		}
		return nil
	}
	w.Succeed(forgot("1", "ada"))
	first, err := w.Tokens.Link(t.Context(), "id-ada", token.Reset)
	w.Must(err)

	w.Faults.Before = nil
	w.Pass(dispatch.RetryDelay)
	w.Succeed(forgot("1", "ada"))
	both, err := w.Tokens.Link(t.Context(), "id-ada", token.Reset)
	w.Must(err)

	if len(w.Mail()) != 2 {
		t.Fatalf("%d emails", len(w.Mail()))
	}
	for _, hash := range []string{first.Hash, both.Hash} {
		if _, state := both.Find(hash, 0, w.Time()); state != token.Valid {
			t.Errorf("a link is %s", state)
		}
	}

	w.Pass(2 * forgotGap)
	w.Succeed(forgot("2", "ada"))
	next, err := w.Tokens.Link(t.Context(), "id-ada", token.Reset)
	w.Must(err)
	for _, hash := range []string{first.Hash, both.Hash} {
		if _, state := next.Find(hash, 0, w.Time()); state != token.Replaced {
			t.Errorf("after another request, a link is %s", state)
		}
	}
}
