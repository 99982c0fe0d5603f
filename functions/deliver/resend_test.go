package main

import (
	"testing"
	"time"

	"latchkey/shared/address"
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
