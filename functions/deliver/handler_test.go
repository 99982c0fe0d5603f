package main

import (
	"strings"
	"testing"

	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/urgent"
)

func TestOfSeveralMessagesOnlyTheOneThatFailsComesBack(t *testing.T) {
	w := newWorld(t)
	batch := w.notify(job.Pending, w.addMany(2)...)

	failed := w.give(
		t.Context(),
		record(t, "good", "bulk", batch),
		record(t, "no JSON", "bulk", "{"),
		record(
			t,
			"no such notification",
			"bulk",
			notification.BatchMessage{JobID: jobID, Number: 9},
		),
		record(t, "of a deleted job", "bulk", notification.BatchMessage{JobID: "gone", Number: 1}),
		record(t, "asks for nothing", "urgent", urgent.Message{ID: "x"}),
		record(
			t,
			"of nobody",
			"urgent",
			urgent.Message{ID: "forgot#1", Forgot: &urgent.Forgot{Key: "nobody"}},
		),
		record(
			t,
			"good too",
			"urgent",
			urgent.Message{ID: "forgot#2", Forgot: &urgent.Forgot{Key: "ada1"}},
		),
	)
	if got := strings.Join(failed, ", "); got != "no JSON, no such notification, asks for nothing" {
		t.Errorf("failed: %s", got)
	}

	if got := w.to(); got["ada0@example.com"] != 1 || got["ada1@example.com"] != 2 {
		t.Errorf("sent to %v", got)
	}
}
