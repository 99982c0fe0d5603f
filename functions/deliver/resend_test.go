package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/shared/address"
	"latchkey/shared/audit"
	"latchkey/shared/delivery"
	"latchkey/shared/token"
	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

func resend(id, name string) urgent.Message {
	return urgent.Message{
		ID:     "resend#" + id,
		Resend: &urgent.Resend{Key: name, UserID: "id-" + name, Lifetime: 48 * 3600},
	}
}

func TestOneUserIsSentOneFreshLink(t *testing.T) {
	email := map[string]string{
		"Work Email": "work@example.com",
		"Home Email": "home@example.com",
		"SMS Phone":  "+16502530000",
	}
	for _, test := range []struct {
		name     string
		fields   map[string]string
		before   func(w *world)
		text     bool
		to       string
		purpose  token.Purpose
		lifetime time.Duration
		state    delivery.State
		reason   string
	}{
		{"a pending one, to the first device", email, nil, false, "work@example.com", token.Invite, 48 * time.Hour, delivery.Sent, ""},
		{"in the administrator's words", email, nil, true, "work@example.com", token.Invite, 48 * time.Hour, delivery.Sent, ""},
		{"an active one, who sets a new password within a day", email, func(w *world) { w.setPassword("ada", "g1") }, false, "work@example.com", token.Reset, 24 * time.Hour, delivery.Sent, ""},
		{"past an address that can't be delivered to", email, func(w *world) {
			w.must(w.addresses.Mark(w.t.Context(), address.Key(user.Email, "work@example.com"), "hard_bounce", noon))
		}, false, "home@example.com", token.Invite, 48 * time.Hour, delivery.Sent, ""},
		{"nothing where no address can be delivered to", map[string]string{"Work Email": "work@example.com"}, func(w *world) {
			w.must(w.addresses.Mark(w.t.Context(), address.Key(user.Email, "work@example.com"), "hard_bounce", noon))
		}, false, "", "", 0, delivery.Skipped, delivery.ReasonUndeliverable},
		{"nothing without a device", nil, nil, false, "", "", 0, delivery.Skipped, delivery.ReasonNoDevice},
		{"nothing to an inactive one", map[string]string{"Work Email": "work@example.com", user.Status: user.Inactive}, nil, false, "", "", 0, delivery.Skipped, delivery.ReasonInactive},
		{"nothing to who was removed", email, func(w *world) { w.remove("ada") }, false, "", "", 0, delivery.Skipped, delivery.ReasonRemoved},
		{"nothing to somebody else who has the name by now", email, func(w *world) {
			w.remove("ada")
			w.must(w.Directory.Write(w.t.Context(), user.Profile{ID: "id-other", Key: "ada", Username: "Ada", Fields: email}, nil, "j4#2"))
		}, false, "", "", 0, delivery.Skipped, delivery.ReasonRemoved},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.add("ada", test.fields)

			if test.before != nil {
				test.before(w)
			}

			asked := resend("1", "ada")
			if test.text {
				asked.Resend.Subject, asked.Resend.Body, asked.Resend.SMS = "For {{username}}", "Here:\n\n{{link}}", "{{link}}"
			}

			for range 2 {
				w.succeed("urgent", asked)
			}

			d := w.delivery("ada", "resend#1")
			if d.State != test.state || d.Reason != test.reason {
				t.Errorf("got %+v", d)
			}

			if test.to == "" {
				if got := w.to(); len(got) != 0 || w.texts.Count("") != 0 {
					t.Errorf("sent to %v", got)
				}

				return
			}

			if got := w.to(); len(got) != 1 || got[test.to] != 1 {
				t.Fatalf("sent to %v", got)
			}

			link, err := w.Tokens.Link(t.Context(), "id-ada", test.purpose)
			w.must(err)

			if link.ExpiresAt != noon.Add(test.lifetime).UnixMilli() ||
				link.Notification != "resend#1" ||
				link.Job != jobID {
				t.Errorf("got %+v", link)
			}

			if subject := w.emails()[0].Subject; (subject == "For ADA") != test.text {
				t.Errorf("its subject is %q", subject)
			}
		})
	}
}

func announcement(key string) urgent.Message {
	return urgent.Message{
		ID:               "new-administrator#j1-2",
		NewAdministrator: &urgent.NewAdministrator{Key: key, UserID: "id-" + key, Actor: "Ada"},
	}
}

// drain hands over what is on the urgent queue until there is nothing.
func (w *world) drain() {
	w.t.Helper()

	for {
		got, err := w.queues.ReceiveMessage(
			w.t.Context(),
			&sqs.ReceiveMessageInput{QueueUrl: &w.urgent.URL, MaxNumberOfMessages: 10},
		)
		w.must(err)

		if len(got.Messages) == 0 {
			return
		}

		for _, m := range got.Messages {
			w.succeed("urgent", *m.Body)
			_, err := w.queues.DeleteMessage(
				w.t.Context(),
				&sqs.DeleteMessageInput{QueueUrl: &w.urgent.URL, ReceiptHandle: m.ReceiptHandle},
			)
			w.must(err)
		}
	}
}

func TestANewAdministratorIsAnnouncedToEachOfTheOthersOnce(t *testing.T) {
	w := newWorld(t)

	const others = 23
	for i := range others {
		w.add(
			fmt.Sprint("admin", i),
			map[string]string{
				"Work Email": fmt.Sprintf("admin%d@example.com", i),
				user.Role:    user.AdministratorRole,
			},
		)
	}

	w.add(
		"bob",
		map[string]string{"Work Email": "bob@example.com", user.Role: user.AdministratorRole},
	)
	w.add("clerk", map[string]string{"Work Email": "clerk@example.com", user.Role: "Clerk"})
	w.add(
		"away",
		map[string]string{
			"Work Email": "away@example.com",
			user.Role:    user.AdministratorRole,
			user.Status:  user.Inactive,
		},
	)
	w.add("mute", map[string]string{user.Role: user.AdministratorRole})
	w.add(
		"texted",
		map[string]string{"SMS Phone": "+16502530000", user.Role: user.AdministratorRole},
	)

	for range 2 {
		w.succeed("urgent", announcement("bob"))
		w.drain()
	}

	got := w.to()
	for i := range others {
		if got[fmt.Sprintf("admin%d@example.com", i)] != 1 {
			t.Errorf("administrator %d got %d", i, got[fmt.Sprintf("admin%d@example.com", i)])
		}
	}

	if len(got) != others || w.texts.Count("") != 1 {
		t.Errorf("got %v and %d texts", got, w.texts.Count(""))
	}

	if m := w.emails()[0]; !strings.Contains(m.Text, "BOB") || !strings.Contains(m.Text, "Ada") {
		t.Errorf("it says %s", m.Text)
	}
}

func TestNobodyIsAnnouncedWhoIsGone(t *testing.T) {
	w := newWorld(t)
	w.add(
		"admin",
		map[string]string{"Work Email": "admin@example.com", user.Role: user.AdministratorRole},
	)
	w.add("bob", map[string]string{user.Role: user.AdministratorRole})
	w.remove("bob")
	w.succeed("urgent", announcement("bob"))

	if got := w.to(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestWhoAskedForALinkIsRecorded(t *testing.T) {
	w := newWorld(t)
	w.add("ada", map[string]string{"Work Email": "ada@example.com"})
	w.add("mute", nil)
	w.add("away", map[string]string{"Work Email": "away@example.com", user.Status: user.Inactive})

	for i, name := range []string{"ada", "ada", "mute", "away", "nobody"} {
		asked := forgot(fmt.Sprint(i), name)

		asked.Forgot.SourceIP, asked.Forgot.At = "192.0.2.1", noon.Add(time.Duration(i)*time.Second).
			UnixMilli()
		for range 2 {
			w.succeed("urgent", asked)
		}
	}

	_, hashed := token.New("id-ada")
	w.must(
		w.Tokens.Replace(
			t.Context(),
			token.Link{
				UserID:   "id-ada",
				Kind:     token.Invite,
				Username: "ada",
				Job:      jobID,
				Lifetime: 3600,
				Sent: token.Sent{
					Hash:      hashed,
					ExpiresAt: noon.UnixMilli(),
					SentTo: []token.Target{
						{Device: "Work Email", Channel: user.Email, Address: "ada@example.com"},
					},
				},
			},
			nil,
		),
	)
	w.succeed(
		"urgent",
		urgent.Message{
			ID: "renewal#1",
			Renew: &urgent.Renew{
				UserID:   "id-ada",
				Hash:     hashed,
				SourceIP: "192.0.2.2",
				At:       noon.Add(time.Minute).UnixMilli(),
			},
		},
	)
	entries, _, err := w.audit.List(
		t.Context(),
		audit.Query{From: noon.Add(-time.Hour), To: noon.Add(time.Hour)},
		100,
	)
	w.must(err)

	got := ""
	for _, e := range entries {
		got = fmt.Sprintf("%s %s %s %s\n", e.Action, e.Target, e.SourceIP, e.Result) + got
	}

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
