package main

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/shared/user"
	"latchkey/shared/work"
)

func announcement(key string) work.NewAdministrator {
	return work.NewAdministrator{
		ID:     "new-administrator#j1-2",
		Key:    key,
		UserID: "id-" + key,
		Actor:  "Ada",
	}
}

// drain hands over what is on the urgent queue until there is nothing.
func (w *world) drain() {
	w.T.Helper()
	for {
		messages := w.Received(work.Urgent)
		if len(messages) == 0 {
			return
		}
		for _, m := range messages {
			w.Succeed(m)
		}
	}
}

func TestANewAdministratorIsAnnouncedToEachOfTheOthersOnce(t *testing.T) {
	w := newWorld(t)

	const others = 23
	for i := range others {
		w.Add(fmt.Sprint("admin", i), map[string]string{
			"Work Email": fmt.Sprintf("admin%d@example.com", i),
			user.Role:    user.AdministratorRole,
		})
	}

	w.Add(
		"bob",
		map[string]string{"Work Email": "bob@example.com", user.Role: user.AdministratorRole},
	)
	w.Add("clerk", map[string]string{"Work Email": "clerk@example.com", user.Role: "Clerk"})
	w.Add("away", map[string]string{
		"Work Email": "away@example.com",
		user.Role:    user.AdministratorRole,
		user.Status:  user.Inactive,
	})
	w.Add("mute", map[string]string{user.Role: user.AdministratorRole})
	w.Add(
		"texted",
		map[string]string{"SMS Phone": "+16502530000", user.Role: user.AdministratorRole},
	)

	for range 2 {
		w.Succeed(announcement("bob"))
		w.drain()
	}

	got := w.To()
	for i := range others {
		if got[fmt.Sprintf("admin%d@example.com", i)] != 1 {
			t.Errorf("administrator %d got %d", i, got[fmt.Sprintf("admin%d@example.com", i)])
		}
	}

	if len(got) != others || w.SMS.Count("") != 1 {
		t.Errorf("got %v and %d texts", got, w.SMS.Count(""))
	}

	if m := w.Mail()[0]; !strings.Contains(m.Text, "BOB") || !strings.Contains(m.Text, "Ada") {
		t.Errorf("it says %s", m.Text)
	}
}

func TestNobodyIsAnnouncedWhoIsGone(t *testing.T) {
	w := newWorld(t)
	w.Add(
		"admin",
		map[string]string{"Work Email": "admin@example.com", user.Role: user.AdministratorRole},
	)
	w.Add("bob", map[string]string{user.Role: user.AdministratorRole})
	w.Remove("bob")
	w.Succeed(announcement("bob"))

	if got := w.To(); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}
