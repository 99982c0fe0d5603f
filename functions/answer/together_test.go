package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/delivery"
	"latchkey/shared/dispatch"
	"latchkey/shared/dispatch/dispatchtest"
	"latchkey/shared/token"
	"latchkey/shared/work"
)

const office = "office@example.com"

// office makes three users of one address, who have others, too.
func (w *world) office() []string {
	w.T.Helper()
	w.hold("bob", map[string]string{"Work Email": office, "SMS Phone": "+16502530000"})
	w.hold("cem", map[string]string{
		"Work Email": "cem@example.com",
		"Home Email": strings.ToUpper(office),
	})
	w.hold("dia", map[string]string{"Work Email": office, "Home Email": "dia@example.com"})
	return []string{"bob", "cem", "dia"}
}

// states returns what became of a request's message to each user.
func (w *world) states(id string, names ...string) string {
	w.T.Helper()
	var states []string
	for _, name := range names {
		d := w.Delivery(name, delivery.Name("forgot#"+id).For("id-"+name))
		states = append(states, strings.TrimSpace(string(d.State)+" "+d.Reason))
	}
	return strings.Join(states, ", ")
}

// checkTold fails unless a message names just these users, each with the link and the code
// that are kept for them.
func (w *world) checkTold(text string, names ...string) {
	w.T.Helper()
	key, err := w.reset.codeKey.CodeKey(w.T.Context())
	w.Must(err)

	parts := strings.Split(text, "\nFor ")[1:]
	if len(parts) != len(names) {
		w.T.Fatalf("%d users are told in %s", len(parts), text)
	}
	for i, name := range names {
		if !strings.HasPrefix(parts[i], strings.ToUpper(name)+":\n") {
			w.T.Errorf("%s isn't named in %q", name, parts[i])
		}

		link, err := w.Tokens.Link(w.T.Context(), "id-"+name, token.Reset)
		w.Must(err)

		found := linkIn.FindStringSubmatch(parts[i])
		if found == nil {
			w.T.Fatalf("no link alone on a line in %q", parts[i])
		}
		if _, hashed, err := token.Parse(found[1]); err != nil || hashed != link.Hash {
			w.T.Errorf("the link of %s isn't the one that is kept: %v", name, err)
		}

		typed := codeIn.FindString(strings.ReplaceAll(parts[i], found[0], ""))
		if !link.Code.Matches(key.Hash("id-"+name, typed)) {
			w.T.Errorf("the code of %s, %q, isn't the one that is kept", name, typed)
		}
		if len(link.SentTo) != 1 || !strings.EqualFold(link.SentTo[0].Address, office) {
			w.T.Errorf("the link of %s was sent to %v", name, link.SentTo)
		}
	}
}

func TestForgotTellsAllUsersOfAnAddressInOneMessage(t *testing.T) {
	w := newWorld(t)
	names := w.office()
	for range 2 { // the second changes nothing
		w.Succeed(forgot("1", office))
	}

	mail := w.Mail()
	if len(mail) != 1 || mail[0].To != office || w.SMS.Count("") != 0 ||
		w.Waiting(work.Urgent) != 0 {
		t.Fatalf("sent to %v, %d texts", w.To(), w.SMS.Count(""))
	}
	w.checkTold(mail[0].Text, names...)

	ids := map[string]bool{}
	for i, name := range names {
		d := w.Delivery(name, delivery.Name("forgot#1").For("id-"+name))
		ids[d.MessageID] = true
		if d.State != delivery.Sent || d.Username != strings.ToUpper(name) || d.Attempts != 1 ||
			d.Device != []string{"Work Email", "Home Email", "Work Email"}[i] {
			t.Errorf("got %+v", d)
		}
	}
	if len(ids) != 1 || ids[""] {
		t.Errorf("the messages' ids are %v", ids)
	}

	const want = "reset_asked BOB  ok\nreset_asked CEM  ok\nreset_asked DIA  ok\n"
	if got := sorted(w.recorded()); got != want {
		t.Errorf("the audit says\n%s", got)
	}
}

func sorted(text string) string {
	lines := strings.SplitAfter(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

func TestTheOneMessageKeepsTheLimitsOfEachUser(t *testing.T) {
	w := newWorld(t)
	w.office()
	w.Succeed(forgot("1", "cem"))
	before := len(w.Mail())
	w.Succeed(forgot("2", office))

	mail := w.Mail()
	if len(mail) != before+1 {
		t.Fatalf("sent to %v", w.To())
	}
	w.checkTold(mail[len(mail)-1].Text, "bob", "dia")
	if !strings.Contains(w.recorded(), "reset_asked CEM  limit\n") {
		t.Errorf("the audit says\n%s", w.recorded())
	}

	w.Succeed(forgot("3", office))
	if len(w.Mail()) != len(mail) {
		t.Error("all are at their limit, and told")
	}
}

func TestWhoCanNotBeSentToTogetherIsSentToAlone(t *testing.T) {
	w := newWorld(t)
	w.office()
	w.Mark(office, delivery.ReasonHardBounce)
	w.Succeed(forgot("1", office))
	for _, own := range w.Received(work.Urgent) {
		w.Succeed(own)
	}

	got := fmt.Sprint(w.To())
	if got != "map[cem@example.com:1 dia@example.com:1]" || w.SMS.Count("") != 1 {
		t.Errorf("sent to %s, %d texts", got, w.SMS.Count(""))
	}
}

func TestTheOneMessageIsTriedAgainAndLosesNobody(t *testing.T) {
	for _, test := range []struct {
		name  string
		fault func(string) *http.Response
		want  string // of each, and whether it comes again
		again bool
	}{
		{"too fast", dispatchtest.Throttled, "", true},
		{"refused", dispatchtest.Refusing(400, "MessageRejected"), "failed rejected", false},
		{"without quota", dispatchtest.QuotaUsedUp, "failed quota", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			names := w.office()
			w.Faults.Before = test.fault
			w.Succeed(forgot("1", office))

			each := strings.Join([]string{test.want, test.want, test.want}, ", ")
			if got := w.states("1", names...); got != each {
				t.Errorf("they are %s", got)
			}
			if waits := w.Waiting(work.Urgent) == 1; waits != test.again {
				t.Fatalf("it is %t that the message waits", waits)
			}

			w.Faults.Before = nil
			w.Pass(dispatch.RetryDelay)
			for range 2 {
				w.Succeed(forgot("1", office))
			}
			mail := w.Mail()
			if !test.again {
				if len(mail) != 0 {
					t.Errorf("%d emails are sent after all", len(mail))
				}
				return
			}

			if len(mail) != 1 {
				t.Fatalf("%d emails are sent", len(mail))
			}
			w.checkTold(mail[0].Text, names...)
			if got := w.states("1", names...); got != "sent, sent, sent" {
				t.Errorf("they are %s", got)
			}
		})
	}
}

// The instance dies when the message has left. What is known of it then only events tell.
func TestAfterADeathTheOneMessageLeavesOutWhoWasSentIt(t *testing.T) {
	w := newWorld(t)
	names := w.office()
	ctx, die := context.WithCancel(t.Context())
	w.Faults.After = func(string) *http.Response {
		die()
		return nil
	}
	if failed := w.Give(ctx, w.Record("m0", forgot("1", office))); len(failed) != 1 {
		t.Fatal("a message whose instance died is done")
	}
	w.Faults.After = nil

	w.Succeed(forgot("1", office)) // the lease of the dead lives
	if len(w.Mail()) != 1 || w.Waiting(work.Urgent) != 1 {
		t.Fatalf("%d emails, %d messages wait", len(w.Mail()), w.Waiting(work.Urgent))
	}

	for _, name := range names[:2] {
		of := delivery.Name("forgot#1").For("id-" + name)
		w.Tell(name, of, delivery.Delivered, "")
	}
	w.Pass(dispatch.Lease + time.Millisecond)
	for range 2 {
		w.Succeed(forgot("1", office))
	}

	mail := w.Mail()
	if len(mail) != 2 {
		t.Fatalf("%d emails are sent", len(mail))
	}
	w.checkTold(mail[1].Text, "dia")
	if got := w.states("1", names...); got != "delivered, delivered, sent" {
		t.Errorf("they are %s", got)
	}
}
