package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/shared/urgent"
	"latchkey/shared/user"
)

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
		w.add(fmt.Sprint("admin", i), map[string]string{
			"Work Email": fmt.Sprintf("admin%d@example.com", i),
			user.Role:    user.AdministratorRole,
		})
	}

	w.add(
		"bob",
		map[string]string{"Work Email": "bob@example.com", user.Role: user.AdministratorRole},
	)
	w.add("clerk", map[string]string{"Work Email": "clerk@example.com", user.Role: "Clerk"})
	w.add("away", map[string]string{
		"Work Email": "away@example.com",
		user.Role:    user.AdministratorRole,
		user.Status:  user.Inactive,
	})
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
