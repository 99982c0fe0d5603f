package main

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/credential"
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
		t.Error("a link and a code were made before their turn")
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
			if after.Code == nil || after.Code.Hash != reset.Code.Hash {
				t.Errorf("the code is another: %v", after.Code)
			}
			link, err := w.Tokens.Link(t.Context(), "id-ada0", token.Invite)
			if err != nil || link.Hash != invite {
				t.Errorf("the invitation's link is another: %v", err)
			}
		})
	}
}

// halfSent is a world with a user of two emails, to one of which a forgot-password
// message went.
func halfSent(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "w@example.com", "Home Email": "h@example.com"})
	w.Faults.Before = func(to string) *http.Response {
		if to == "h@example.com" {
			return dispatchtest.Throttled(to)
		}
		return nil
	}
	w.Succeed(forgot("1", "ada"))
	w.Faults.Before = nil
	if len(w.Mail()) != 1 {
		t.Fatalf("%d emails", len(w.Mail()))
	}
	return w
}

// latestReset reads the user's latest reset link.
func (w *world) latestReset() token.Link {
	w.T.Helper()
	link, err := w.Tokens.Link(w.T.Context(), "id-ada", token.Reset)
	w.Must(err)
	return link
}

// secretsSent returns the links and the codes of the emails, by where they went.
func (w *world) secretsSent() map[string]string {
	w.T.Helper()
	sent := map[string]string{}
	for _, m := range w.Mail() {
		link := linkIn.FindString(m.Text)
		code := codeIn.FindString(strings.ReplaceAll(m.Text, link, ""))
		if link == "" || code == "" {
			w.T.Fatalf("no link or no code in %q", m.Text)
		}
		sent[m.To] = link + " " + code
	}
	return sent
}

func TestAMessageToTheSecondDeviceHasTheFirstsLinkAndCode(t *testing.T) {
	w := halfSent(t)
	first := w.latestReset()

	w.Pass(dispatch.RetryDelay)
	w.Succeed(forgot("1", "ada"))
	second := w.latestReset()

	sent := w.secretsSent()
	if len(sent) != 2 || sent["w@example.com"] != sent["h@example.com"] {
		t.Errorf("sent were %v", sent)
	}
	if !reflect.DeepEqual(first, second) {
		t.Errorf("the item was %+v and is %+v", first, second)
	}
	if _, state := second.Find(first.Hash, 0, w.Time()); state != token.Valid {
		t.Errorf("the link is %s", state)
	}

	w.Pass(2 * forgotGap)
	w.Succeed(forgot("2", "ada"))
	if _, state := w.latestReset().Find(first.Hash, 0, w.Time()); state != token.Replaced {
		t.Errorf("after another request, the link is %s", state)
	}
}

func TestAMessageToTheSecondDeviceUndoesNothing(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(w *world)
		same   bool // the second device gets what the first has got
		state  token.State
	}{
		{
			name: "a link that was used stays used",
			change: func(w *world) {
				set := credential.Credential{UserID: "id-ada", SetAt: clock.Of(w.Time())}
				w.Must(w.Credentials.Table.Put(w.T.Context(), set, "", nil))
			},
			same:  true,
			state: token.Used,
		},
		{
			name:   "a code that has run out isn't sent again, and its link works beside the new",
			change: func(w *world) { w.Pass(10 * time.Minute) },
			state:  token.Valid,
		},
		{
			name: "nor is one of a user whose address is another",
			change: func(w *world) {
				w.Pass(dispatch.RetryDelay)
				w.Change("ada", "Home Email", "h2@example.com")
			},
			state: token.Valid,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := halfSent(t)
			first := w.latestReset()
			test.change(w)
			w.Succeed(forgot("1", "ada"))

			again := ""
			sent := w.secretsSent()
			for to, secrets := range sent {
				if to != "w@example.com" {
					again = secrets
				}
			}
			if same := again == sent["w@example.com"]; again == "" || same != test.same {
				t.Errorf("sent were %v", sent)
			}

			current, _ := w.Credentials.Get(t.Context(), "id-ada") // zero for a pending user
			_, state := w.latestReset().Find(first.Hash, current.SetAt, w.Time())
			if state != test.state {
				t.Errorf("the first one's link is %s", state)
			}
		})
	}
}

func TestAMessageThatWasNeverSentTakesNothingBackOfAnEarlierTry(t *testing.T) {
	w := halfSent(t)
	first := w.latestReset()

	w.Faults.Before = dispatchtest.Throttled
	w.Pass(dispatch.RetryDelay)
	w.Succeed(forgot("1", "ada"))

	if after := w.latestReset(); !reflect.DeepEqual(first, after) {
		t.Errorf("the item was %+v and is %+v", first, after)
	}
}
