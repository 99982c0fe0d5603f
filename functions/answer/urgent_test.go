package main

import (
	"cmp"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/dispatch"
	"latchkey/shared/dispatch/dispatchtest"
	"latchkey/shared/lease"
	"latchkey/shared/limit"
	"latchkey/shared/work"

	"latchkey/shared/audit"
	"latchkey/shared/delivery"
	"latchkey/shared/member"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

func TestWhoAskedForALinkIsRecorded(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "ada@example.com"})
	w.Add("mute", nil)
	w.Add("away", map[string]string{"Work Email": "away@example.com", user.Status: user.Inactive})

	for i, name := range []string{"ada", "ada", "mute", "away", "nobody"} {
		asked := forgot(fmt.Sprint(i), name)

		asked.SourceIP = "192.0.2.1"
		asked.At = clock.Of(noon.Add(time.Duration(i) * time.Second))

		for range 2 {
			w.Succeed(asked)
		}
	}

	_, hashed := token.New("id-ada")
	w.Must(w.Tokens.Replace(
		t.Context(),
		token.Link{
			UserID:   "id-ada",
			Purpose:  token.Invite,
			Username: "ada",
			Job:      jobID,
			Renewal:  3600,
			Sent: token.Sent{
				Hash:      hashed,
				ExpiresAt: clock.Of(noon),
				SentTo: []token.Target{
					{Device: "Work Email", Channel: user.Email, Address: "ada@example.com"},
				},
			},
		},
		nil,
	))
	w.Succeed(work.Renew{
		ID:       "renewal#1",
		UserID:   "id-ada",
		Hash:     hashed,
		SourceIP: "192.0.2.2",
		At:       clock.Of(noon.Add(time.Minute)),
	})
	got := w.recorded()
	want := `reset_asked ADA 192.0.2.1 ok
reset_asked ADA 192.0.2.1 limit
reset_asked MUTE 192.0.2.1 no_device
reset_asked AWAY 192.0.2.1 inactive
link_renewed ADA 192.0.2.2 ok
`
	if got != want {
		t.Errorf("got\n%s", got)
	}
}

func forgot(id, name string) work.Forgot {
	return work.Forgot{
		ID:    delivery.NameOutside(delivery.KindForgot, id),
		Key:   user.Key(name),
		Typed: name,
	}
}

var (
	linkIn = regexp.MustCompile(`(?m)^https://example\.test/set-password#(\S+)$`)
	codeIn = regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}`)
)

func TestForgotSendsALinkAndACodeToEveryDevice(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{
		"Work Email": "w@example.com",
		"Home Email": "h@example.com",
		"SMS Phone":  "+16502530000",
		"Work Phone": "+16502530001",
	})
	w.Succeed(forgot("1", "ada"))

	got := fmt.Sprint(w.To())
	if got != "map[h@example.com:1 w@example.com:1]" || w.SMS.Count("") != 1 {
		t.Fatalf("emails to %s, %d texts", got, w.SMS.Count(""))
	}

	texts, _, err := w.SMS.Page("", 0, 1)
	w.Must(err)
	link, err := w.Tokens.Link(t.Context(), "id-ada", token.Reset)
	w.Must(err)
	code := link.Code
	key, err := w.reset.codeKey.CodeKey(t.Context())
	w.Must(err)

	for _, m := range append(w.Mail(), texts...) {
		found := linkIn.FindStringSubmatch(m.Text)
		if found == nil {
			t.Fatalf("no link alone on a line in %q", m.Text)
		}

		if _, hashed, err := token.Parse(found[1]); err != nil || hashed != link.Hash {
			t.Errorf("the link to %s isn't the one that is kept: %v", m.To, err)
		}

		typed := codeIn.FindString(strings.ReplaceAll(m.Text, found[0], ""))
		if !code.Matches(key.Hash("id-ada", typed)) {
			t.Errorf("the code to %s, %q, isn't the one that is kept", m.To, typed)
		}
	}

	if len(link.SentTo) != 3 || link.ExpiresAt != clock.Of(noon.Add(time.Hour)) ||
		code.ExpiresAt != clock.Of(noon.Add(10*time.Minute)) {
		t.Errorf("got %+v and %+v", link, code)
	}

	d := w.Delivery("ada", "forgot#1")
	if d.State != delivery.Sent || d.Attempts != 1 || d.Device != "Work Email" {
		t.Errorf("got %+v", d)
	}
}

func TestForgotTakesAnAddressForAUsername(t *testing.T) {
	w := newWorld(t)
	w.Directory.Devices = w.Reach.Devices
	add := func(name string, fields map[string]string) {
		p := user.Profile{ID: "id-" + name, Key: name, Username: name, Fields: fields}
		w.Must(w.Directory.Hold(t.Context(), p))
		w.Add(name, fields)
	}

	emails := func(work, home string) map[string]string {
		return map[string]string{"Work Email": work, "Home Email": home}
	}
	add("ada", emails("Ada@example.com", "home@example.com"))
	add("bob", emails("office@example.com", ""))
	add("cem", emails("cem@example.com", "OFFICE@example.com"))
	add("off", emails("office@example.com", "off@example.com"))
	w.Change("off", user.Status, user.Inactive)
	add("dot", emails("dot@example.com", "old@example.com"))
	w.Change("dot", "Home Email"+user.StatusSuffix, user.Inactive)
	w.Change("dot", user.ExternalKey, "key@example.com")
	long := strings.Repeat("l", 60) + "@" + strings.Repeat("long.", 10) + "example.com"
	add("eszett", emails("anna@xn--strae-oqa.example", ""))
	add("ess", emails("anna@strasse.example", ""))
	add("slash", emails("r/d@example.com", ""))
	add("long", emails(long, ""))
	add("berlin", map[string]string{"Work Email": "bln@example.com", "SMS Phone": "+4930901820"})
	add("tel", map[string]string{"Work Email": "tel@example.com", "SMS Phone": "+16502530000"})
	w.Must(w.Directory.Write(t.Context(), user.Profile{
		ID:       "id-named",
		Key:      "named@example.com",
		Username: "named@example.com",
		Fields:   map[string]string{"Work Email": "n@example.com"},
	}, nil, "j1#named"))
	add("other", emails("named@example.com", "o@example.com"))

	for i, test := range []struct{ name, given, want string }{
		{"one's own goes to their devices", "ada@example.com", "Ada@example.com home@example.com"},
		{"also another than the first", "HOME@example.com", "Ada@example.com home@example.com"},
		{"a shared one's is one message to it", "Office@example.com", "office@example.com"},
		{"a number is an address too", "+1 (650) 253-0000", "tel@example.com"},
		{"a number with a slash", "+49 30/901820", "bln@example.com"},
		{"a domain keeps its sharp s", "anna@straße.example", "anna@xn--strae-oqa.example"},
		{"which is no double s", "Anna@STRASSE.example", "anna@strasse.example"},
		{"a letter that no username has", " R/D@example.com", "r/d@example.com"},
		{"one longer than a username", long, long},
		{"a username comes first", "named@example.com", "n@example.com"},
		{"not an inactive user's", "off@example.com", ""},
		{"not an inactive device's", "old@example.com", ""},
		{"nor what is no device's", "key@example.com", ""},
		{"nor nobody's", "nobody@example.com", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.Set(noon.Add(time.Duration(i) * time.Hour))
			before := w.To()
			asked := forgot(fmt.Sprint(i), test.given)
			for range 2 { // the second changes nothing
				w.Succeed(asked)
				for _, own := range w.Received(work.Urgent) {
					w.Succeed(own)
				}
			}

			var got []string
			for to, n := range w.To() {
				if n > before[to]+1 {
					t.Errorf("%d messages to %s", n-before[to], to)
				}
				if n > before[to] {
					got = append(got, to)
				}
			}
			slices.Sort(got)
			if strings.Join(got, " ") != test.want {
				t.Errorf("sent to %q, want %q", got, test.want)
			}
		})
	}
}

func TestWhoForgotIsSentNoMoreThanTheLimitsAllow(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "ada@example.com"})

	sent := func() int { return len(w.Mail()) }

	for range 2 {
		w.Succeed(forgot("1", "ada"))
	}

	if sent() != 1 {
		t.Fatalf("the same message twice sends %d", sent())
	}

	before, err := w.Tokens.Link(t.Context(), "id-ada", token.Reset)
	w.Must(err)
	w.Set(noon.Add(forgotGap - time.Millisecond))
	w.Succeed(forgot("2", "ada"))

	after, err := w.Tokens.Link(t.Context(), "id-ada", token.Reset)
	if sent() != 1 || err != nil || after.Code.Hash != before.Code.Hash {
		t.Fatalf(
			"within a minute: %d sent, the code is another: %t, %v",
			sent(),
			after.Code.Hash != before.Code.Hash,
			err,
		)
	}

	for i := range 6 {
		w.Set(noon.Add(time.Duration(i+1) * forgotGap))
		w.Succeed(forgot(fmt.Sprint(3+i), "ada"))
	}

	if sent() != 5 {
		t.Errorf("%d in an hour", sent())
	}

	w.Set(noon.Add(time.Hour))
	w.Succeed(forgot("later", "ada"))

	if sent() != 6 {
		t.Errorf("%d when the next hour begins", sent())
	}
}

func TestAForgotPasswordMessageThatComesTwiceIsSentOnce(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "w@example.com", "Home Email": "h@example.com"})
	take := func(request, id string) {
		t.Helper()
		if failed := w.Give(t.Context(), w.Record(request, forgot(id, "ada"))); failed != nil {
			t.Error("the message failed")
		}
	}

	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() { take(fmt.Sprint("request ", i), "1") })
	}
	group.Wait()

	once := "map[h@example.com:1 w@example.com:1]"
	if got := fmt.Sprint(w.To()); got != once || w.Waiting(work.Urgent) != 7 {
		t.Errorf("at once, %s are sent to, and %d messages wait", got, w.Waiting(work.Urgent))
	}

	w.Pass(dispatch.Lease)
	take("request 8", "1")
	if got := fmt.Sprint(w.To()); got != once {
		t.Errorf("a minute later, %s are sent to", got)
	}

	take("request 9", "2")
	w.Pass(2 * forgotGap)
	take("request 10", "1")
	twice := "map[h@example.com:2 w@example.com:2]"
	if got := fmt.Sprint(w.To()); got != twice {
		t.Errorf("after a second message, %s are sent to", got)
	}
}

func TestAForgotPasswordMessageWhoseRequestDiedIsSentWhenItsLeaseIsOver(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "w@example.com", "Home Email": "h@example.com"})

	// A request took the use, and died after the first device.
	of := limit.Allowance{Most: 5, Window: time.Hour, Gap: forgotGap}
	held := lease.Lease{Owner: "another", Until: noon.Add(dispatch.Lease)}
	_, err := w.limits.Spaced(
		t.Context(), limit.Name("forgot", "id-ada"), "forgot#1", of, held, noon,
	)
	w.Must(err)
	w.Must(w.Deliveries.Put(t.Context(), delivery.Delivery{
		UserID: "id-ada",
		Name:   "forgot#1",
		Device: "Work Email",
		State:  delivery.Sent,
		At:     clock.Of(noon),
	}))

	w.Succeed(forgot("1", "ada"))
	if len(w.Mail()) != 0 || w.Waiting(work.Urgent) != 1 {
		t.Errorf("%d emails are sent meanwhile, %d messages wait",
			len(w.Mail()), w.Waiting(work.Urgent))
	}

	w.Pass(dispatch.Lease)
	for range 2 {
		w.Succeed(forgot("1", "ada"))
	}
	if got := fmt.Sprint(w.To()); got != "map[h@example.com:1]" {
		t.Errorf("then %s are sent to", got)
	}
}

func TestAForgotPasswordMessageThatIsTriedAgainDoesNotWaitForItsOwnLease(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "ada@example.com"})
	w.Faults.Before = dispatchtest.Throttled
	w.Succeed(forgot("1", "ada"))
	w.Faults.Before = nil

	w.Pass(dispatch.RetryDelay)
	asked := forgot("1", "ada")
	asked.Again = true
	w.Give(t.Context(), w.Record("another request", asked))
	if d := w.Delivery("ada", "forgot#1"); d.State != delivery.Sent || d.Attempts != 1 {
		t.Errorf("it is %s after %d attempts", d.State, d.Attempts)
	}
}

func TestNothingIsSentToWhoMayNotHaveIt(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(w *world)
	}{
		{"nobody", func(w *world) { w.Remove("ada") }},
		{"an inactive user", func(w *world) { w.Change("ada", user.Status, user.Inactive) }},
		{"a user without a device", func(w *world) { w.Change("ada", "Work Email", "") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Add("ada", map[string]string{"Work Email": "ada@example.com"})
			test.change(w)
			w.Succeed(forgot("1", "ada"))

			if len(w.Mail()) != 0 {
				t.Errorf("sent to %v", w.To())
			}
		})
	}
}

func TestAnUrgentMessageThatWasNotTakenIsSentLater(t *testing.T) {
	for name, fault := range map[string]func(string) *http.Response{
		"too fast": dispatchtest.Throttled,
		"failed":   dispatchtest.Refusing(500, "InternalFailure"),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.Add("ada", map[string]string{"Work Email": "ada@example.com"})
			w.Faults.Before = fault
			w.Succeed(forgot("1", "ada"))

			d := w.Delivery("ada", "forgot#1")
			if d.State != delivery.Queued || w.Waiting(work.Urgent) != 1 {
				t.Fatalf("it is %s, and %d messages wait", d.State, w.Waiting(work.Urgent))
			}

			w.Faults.Before = nil
			w.Pass(dispatch.RetryDelay)
			w.Succeed(forgot("1", "ada"))

			d = w.Delivery("ada", "forgot#1")
			if d.State != delivery.Sent || len(w.Mail()) != 1 {
				t.Errorf("it is %s, and %d emails were sent", d.State, len(w.Mail()))
			}
		})
	}
}

func TestRenew(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(w *world)
		sent   int
		to     string // blank: ada@example.com
	}{
		{
			name:   "an expired invite is sent anew",
			change: func(w *world) { w.Set(noon.Add(time.Hour)) },
			sent:   1,
		},
		{
			name:   "so is a replaced one",
			change: func(w *world) { w.Invite("ada", time.Hour) },
			sent:   1,
		},
		{
			name:   "one that works is not",
			change: func(*world) {},
		},
		{
			name: "nor one that was used",
			change: func(w *world) {
				w.SetPassword("ada", "g1")
				w.Set(noon.Add(time.Hour))
			},
		},
		{
			name: "nor that of a user who is active",
			change: func(w *world) {
				w.Set(noon.Add(time.Hour))
				w.SetPassword("ada", "g1")
			},
		},
		{
			name: "nor that of a user who is inactive",
			change: func(w *world) {
				w.Set(noon.Add(time.Hour))
				w.Change("ada", user.Status, user.Inactive)
			},
		},
		{
			name: "nor that of a user who is removed",
			change: func(w *world) {
				w.Set(noon.Add(time.Hour))
				w.Remove("ada")
			},
		},
		{
			name: "nor that of another who has the username by now",
			change: func(w *world) {
				w.Set(noon.Add(time.Hour))
				w.Remove("ada")
				other := user.Profile{
					ID:     "other",
					Key:    "ada",
					Fields: map[string]string{"Work Email": "ada@example.com"},
				}
				w.Must(w.Directory.Write(w.T.Context(), other, nil, "j4#2"))
			},
		},
		{
			name: "one whose address is in another letter case goes to it as it is written now",
			change: func(w *world) {
				w.Set(noon.Add(time.Hour))
				w.Change("ada", "Work Email", "Ada@Example.com")
			},
			sent: 1,
			to:   "Ada@Example.com",
		},
		{
			name: "one whose address is in another column goes there",
			change: func(w *world) {
				w.Set(noon.Add(time.Hour))
				w.Change("ada", "Home Email", "ada@example.com")
				w.Change("ada", "Work Email", "new@example.com")
			},
			sent: 1,
		},
		{
			name: "one whose device is inactive by now goes to the next",
			change: func(w *world) {
				w.Set(noon.Add(time.Hour))
				w.Change("ada", "Work Email"+user.StatusSuffix, user.Inactive)
			},
			sent: 1,
			to:   "h@example.com",
		},
		{
			name: "one that was sent to an address that the user has no more goes to that of today",
			change: func(w *world) {
				w.Set(noon.Add(time.Hour))
				w.Change("ada", "Work Email", "new@example.com")
			},
			sent: 1,
			to:   "new@example.com",
		},
		{
			name: "also while it would still work",
			change: func(w *world) {
				w.Change("ada", "Work Email", "new@example.com")
			},
			sent: 1,
			to:   "new@example.com",
		},
		{
			name: "none goes to a user who has no address left",
			change: func(w *world) {
				w.Change("ada", "Work Email", "")
				w.Change("ada", "Home Email", "")
			},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Add(
				"ada",
				map[string]string{"Work Email": "ada@example.com", "Home Email": "h@example.com"},
			)
			hashed := w.Invite("ada", time.Hour)
			test.change(w)

			for i := range 2 { // the second comes too soon after the first
				w.Succeed(work.Renew{
					ID:     delivery.NameOutside(delivery.KindRenewal, fmt.Sprint(i)),
					UserID: "id-ada",
					Hash:   hashed,
				})
			}

			to := cmp.Or(test.to, "ada@example.com")
			if got := w.To(); len(w.Mail()) != test.sent || got[to] != test.sent {
				t.Fatalf("sent to %v", got)
			}

			link, err := w.Tokens.Link(t.Context(), "id-ada", token.Invite)
			w.Must(err)

			if renewed := link.Delivery == "renewal#0"; renewed != (test.sent == 1) {
				t.Errorf("the link is of %q", link.Delivery)
			}

			if test.sent == 1 && (link.ExpiresAt != clock.Of(w.Time().Add(2*time.Hour)) ||
				link.Job != jobID) {
				t.Errorf("it hasn't the job's lifetime: %+v", link)
			}
		})
	}
}

func TestARenewalMayBeHadAgainWhenTheGapIsOver(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "ada@example.com"})
	hashed := w.Invite("ada", time.Hour)

	w.Set(noon.Add(time.Hour))
	for i, after := range []time.Duration{0, 5*time.Minute - time.Millisecond, 5 * time.Minute} {
		w.Set(noon.Add(time.Hour + after))
		w.Succeed(work.Renew{
			ID:     delivery.NameOutside(delivery.KindRenewal, fmt.Sprint(i)),
			UserID: "id-ada",
			Hash:   hashed,
		})

		if want := []int{1, 1, 2}[i]; len(w.Mail()) != want {
			t.Errorf("after %s: %d emails, want %d", after, len(w.Mail()), want)
		}
	}
}

// state gives the state that the job's lists show of a member.
func (w *world) state(name string) member.State {
	w.T.Helper()
	found, err := w.Members.GetMany(w.T.Context(), jobID, []string{name})
	w.Must(err)

	standings, err := member.Standings(
		w.T.Context(), w.Tokens, w.Credentials, []member.Member{found[name]}, w.Time(),
	)
	w.Must(err)

	return standings[0].State
}

func TestPasswordSet(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(w *world)
		state  member.State
		emails int
		again  bool
	}{
		{
			name:   "tells the user",
			change: func(w *world) { w.SetPassword("ada", "g1") },
			state:  member.StateActive,
			emails: 1,
		},
		{
			name:   "is looked at again while the password may still come",
			change: func(*world) {},
			state:  member.StatePending,
			again:  true,
		},
		{
			name:   "ends when it can't come any more",
			change: func(w *world) { w.Set(noon.Add(15 * time.Second)) },
			state:  member.StatePending,
		},
		{
			name: "finds nothing where another request has won",
			change: func(w *world) {
				w.SetPassword("ada", "g2")
				w.Set(noon.Add(15 * time.Second))
			},
			state: member.StateActive,
		},
		{
			name: "is about nobody else who has the username by now",
			change: func(w *world) {
				w.SetPassword("ada", "g1")
				w.Remove("ada")
				other := user.Profile{
					ID:     "other",
					Key:    "ada",
					Fields: map[string]string{"Work Email": "o@example.com"},
				}
				w.Must(w.Directory.Write(w.T.Context(), other, nil, "j4#2"))
				w.Must(w.Members.PutMany(w.T.Context(), []member.Member{
					{Key: "ada", JobID: jobID, UserID: "other", State: member.StatePending},
				}))
			},
			state: member.StatePending,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Add("ada", map[string]string{"Work Email": "ada@example.com"})
			test.change(w)

			asked := work.PasswordSet{
				ID:         "password-set#g1",
				Key:        "ada",
				UserID:     "id-ada",
				Generation: "g1",
				Until:      clock.Of(noon.Add(15 * time.Second)),
			}
			for range 2 {
				w.Succeed(asked)
			}

			if state := w.state("ada"); state != test.state || len(w.Mail()) != test.emails {
				t.Errorf("the member is %s, %d emails were sent", state, len(w.Mail()))
			}

			if again := w.Waiting(work.Urgent) > 0; again != test.again {
				t.Errorf("it is looked at again: %t", again)
			}

			for _, m := range w.Mail() {
				if linkIn.MatchString(m.Text) {
					t.Errorf("the notice has a link: %s", m.Text)
				}
			}
		})
	}
}

// recorded lists the audit's entries of this hour, oldest first.
func (w *world) recorded() (list string) {
	w.T.Helper()
	entries, _, err := w.audit.List(
		w.T.Context(),
		audit.Query{From: noon.Add(-time.Hour), To: noon.Add(time.Hour)},
		100,
	)
	w.Must(err)

	for _, e := range entries {
		list = fmt.Sprintf("%s %s %s %s\n", e.Action, e.Target, e.SourceIP, e.Result) + list
	}
	return list
}

func TestASetPasswordIsRecordedOnceThoughItsRequestMayHaveDied(t *testing.T) {
	asked := work.PasswordSet{
		ID:         "password-set#g1",
		Key:        "ada",
		UserID:     "id-ada",
		Generation: "g1",
		Username:   "ADA",
		Action:     string(audit.PasswordSetByLink),
		SourceIP:   "192.0.2.1",
	}
	for _, died := range []bool{true, false} {
		w := newWorld(t)
		w.Add("ada", map[string]string{"Work Email": "ada@example.com"})
		w.Must(w.Credentials.Table.Put(t.Context(), credential.Credential{
			UserID:     "id-ada",
			Generation: "g1",
			SetAt:      clock.Of(noon),
		}, "", nil))
		if !died {
			w.Must(w.audit.Record(t.Context(), audit.Entry{
				ID:       "g1",
				At:       clock.Of(noon),
				Actor:    "ADA",
				Action:   audit.PasswordSetByLink,
				Target:   "ADA",
				SourceIP: "192.0.2.1",
				Result:   audit.OK,
			}))
		}

		for range 2 {
			w.Succeed(asked)
		}
		if got := w.recorded(); got != "password_set_by_link ADA 192.0.2.1 ok\n" {
			t.Errorf("the request died: %t; recorded is\n%s", died, got)
		}
	}
}

func TestEachDeviceOfAnUrgentMessageHasADeliveryOfItsOwn(t *testing.T) {
	for _, test := range []struct {
		name   string
		fault  func(string) *http.Response // of the home email
		first  string                      // what becomes of the home email at first
		later  string                      // and at last
		waits  int
		emails string
	}{
		{
			name:   "all are sent",
			first:  "sent",
			later:  "sent",
			emails: "map[h@example.com:1 w@example.com:1]",
		},
		{
			name: "one that the carrier was too fast for is sent later," +
				" and the others aren't again",
			fault:  dispatchtest.Throttled,
			first:  "queued",
			later:  "sent",
			waits:  1,
			emails: "map[h@example.com:1 w@example.com:1]",
		},
		{
			name:   "one that is refused for good has failed",
			fault:  dispatchtest.Refusing(400, "MessageRejected"),
			first:  "failed",
			later:  "failed",
			emails: "map[w@example.com:1]",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Add("ada", map[string]string{
				"Work Email": "w@example.com",
				"Home Email": "h@example.com",
				"SMS Phone":  "+16502530000",
			})
			w.Faults.Before = func(to string) *http.Response {
				if to == "h@example.com" && test.fault != nil {
					return test.fault(to)
				}
				return nil
			}
			states := func() (got []string) {
				series, err := w.Deliveries.Series(t.Context(), "id-ada", "forgot#1")
				w.Must(err)

				for _, d := range series {
					got = append(got, d.Device+" "+string(d.State))
				}

				return got
			}

			w.Succeed(forgot("1", "ada"))

			want := "[Work Email sent Home Email " + test.first + " SMS Phone sent]"
			if got := fmt.Sprint(states()); got != want || w.Waiting(work.Urgent) != test.waits {
				t.Errorf("got %s, %d messages wait", got, w.Waiting(work.Urgent))
			}

			w.Faults.Before = nil

			w.Pass(dispatch.RetryDelay)
			for range 2 {
				w.Succeed(forgot("1", "ada"))
			}

			want = "[Work Email sent Home Email " + test.later + " SMS Phone sent]"
			got := fmt.Sprint(states())
			if got != want || fmt.Sprint(w.To()) != test.emails || w.SMS.Count("") != 1 {
				t.Errorf("later: got %s, sent to %v and %d texts", got, w.To(), w.SMS.Count(""))
			}
		})
	}
}

func TestWithoutQuotaAnUrgentEmailFailsAndATextGoes(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "w@example.com", "SMS Phone": "+16502530000"})
	w.Faults.Before = dispatchtest.QuotaUsedUp
	w.Succeed(forgot("1", "ada"))

	email, text := w.Delivery("ada", "forgot#1"), w.Delivery("ada", "forgot#1#2")
	if email.State != delivery.Failed || email.Reason != delivery.ReasonQuota ||
		text.State != delivery.Sent || w.SMS.Count("") != 1 || w.Waiting(work.Urgent) != 0 {
		t.Errorf(
			"email %s %q, text %s; %d messages wait",
			email.State,
			email.Reason,
			text.State,
			w.Waiting(work.Urgent),
		)
	}
}

func TestWhatIsWrongWithTheDeploymentIsNoUrgentMessagesFailure(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "w@example.com"})
	w.Faults.Before = dispatchtest.Unverified
	for range delivery.MaxTries + 2 {
		w.Succeed(forgot("1", "ada"))
		w.Pass(misconfiguredDelay)
	}

	d := w.Delivery("ada", "forgot#1")
	if d.State != delivery.Queued || w.Waiting(work.Urgent) != delivery.MaxTries+2 {
		t.Fatalf("it is %s %q, %d messages wait", d.State, d.Reason, w.Waiting(work.Urgent))
	}

	w.Faults.Before = nil
	w.Succeed(forgot("1", "ada"))

	d = w.Delivery("ada", "forgot#1")
	if d.State != delivery.Sent || d.Attempts != 1 || len(w.Mail()) != 1 {
		t.Errorf("it is %s after %d attempts, %d emails", d.State, d.Attempts, len(w.Mail()))
	}
}
