package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/shared/urgent"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

func announcement(key string) urgent.Message {
	return urgent.Message{
		ID:               "new-administrator#j1-2",
		NewAdministrator: &urgent.NewAdministrator{Key: key, UserID: "id-" + key, Actor: "Ada"},
	}
}

// drain hands over what is on the urgent queue until there is nothing.
func (w *world) drain() {
	w.T.Helper()

	url := w.URL(work.Urgent)
	for {
		got, err := w.SQS.ReceiveMessage(
			w.T.Context(),
			&sqs.ReceiveMessageInput{QueueUrl: &url, MaxNumberOfMessages: 10},
		)
		w.Must(err)

		if len(got.Messages) == 0 {
			return
		}

		for _, m := range got.Messages {
			w.Succeed(*m.Body)
			_, err := w.SQS.DeleteMessage(
				w.T.Context(),
				&sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle},
			)
			w.Must(err)
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
