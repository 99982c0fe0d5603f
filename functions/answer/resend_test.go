package main

import (
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

func resend(id, name string) work.Resend {
	return work.Resend{
		ID:       delivery.NameOutside(delivery.KindResend, id),
		Key:      name,
		UserID:   "id-" + name,
		Lifetime: 48 * 3600,
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
		{
			name:     "a pending one, to the first device",
			fields:   email,
			to:       "work@example.com",
			purpose:  token.Invite,
			lifetime: 48 * time.Hour,
			state:    delivery.Sent,
		},
		{
			name:     "in the administrator's words",
			fields:   email,
			text:     true,
			to:       "work@example.com",
			purpose:  token.Invite,
			lifetime: 48 * time.Hour,
			state:    delivery.Sent,
		},
		{
			name:     "an active one, who sets a new password within a day",
			fields:   email,
			before:   func(w *world) { w.SetPassword("ada", "g1") },
			to:       "work@example.com",
			purpose:  token.Reset,
			lifetime: 24 * time.Hour,
			state:    delivery.Sent,
		},
		{
			name:   "past an address that can't be delivered to",
			fields: email,
			before: func(w *world) {
				w.Mark("work@example.com", "hard_bounce")
			},
			to:       "home@example.com",
			purpose:  token.Invite,
			lifetime: 48 * time.Hour,
			state:    delivery.Sent,
		},
		{
			name:   "nothing where no address can be delivered to",
			fields: map[string]string{"Work Email": "work@example.com"},
			before: func(w *world) {
				w.Mark("work@example.com", "hard_bounce")
			},
			state:  delivery.Skipped,
			reason: delivery.ReasonUndeliverable,
		},
		{
			name:   "nothing without a device",
			state:  delivery.Skipped,
			reason: delivery.ReasonNoDevice,
		},
		{
			name:   "nothing to an inactive one",
			fields: map[string]string{"Work Email": "work@example.com", user.Status: user.Inactive},
			state:  delivery.Skipped,
			reason: delivery.ReasonInactive,
		},
		{
			name:   "nothing to who was removed",
			fields: email,
			before: func(w *world) { w.Remove("ada") },
			state:  delivery.Skipped,
			reason: delivery.ReasonRemoved,
		},
		{
			name:   "nothing to somebody else who has the name by now",
			fields: email,
			before: func(w *world) {
				w.Remove("ada")
				other := user.Profile{ID: "id-other", Key: "ada", Username: "Ada", Fields: email}
				w.Must(w.Directory.Write(w.T.Context(), other, nil, "j4#2"))
			},
			state:  delivery.Skipped,
			reason: delivery.ReasonRemoved,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.Add("ada", test.fields)

			if test.before != nil {
				test.before(w)
			}

			asked := resend("1", "ada")
			if test.text {
				asked.Subject = "For {{username}}"
				asked.Body = "Here:\n\n{{link}}"
				asked.SMS = "{{link}}"
			}

			for range 2 {
				w.Succeed(asked)
			}

			d := w.Delivery("ada", "resend#1")
			if d.State != test.state || d.Reason != test.reason {
				t.Errorf("got %+v", d)
			}

			if test.to == "" {
				if got := w.To(); len(got) != 0 || w.SMS.Count("") != 0 {
					t.Errorf("sent to %v", got)
				}

				return
			}

			if got := w.To(); len(got) != 1 || got[test.to] != 1 {
				t.Fatalf("sent to %v", got)
			}

			link, err := w.Tokens.Link(t.Context(), "id-ada", test.purpose)
			w.Must(err)

			if link.ExpiresAt != clock.Of(noon.Add(test.lifetime)) ||
				link.Delivery != "resend#1" || link.Job != jobID {
				t.Errorf("got %+v", link)
			}

			if subject := w.Mail()[0].Subject; (subject == "For ADA") != test.text {
				t.Errorf("its subject is %q", subject)
			}
		})
	}
}
