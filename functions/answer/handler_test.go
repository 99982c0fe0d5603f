package main

import (
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"latchkey/shared/delivery"
	"latchkey/shared/work"
)

func TestOfSeveralMessagesOnlyTheOneThatFailsComesBack(t *testing.T) {
	w := newWorld(t)
	w.AddMany(2)

	failed := w.Give(
		t.Context(),
		events.SQSMessage{MessageId: "no JSON", Body: "{"},
		w.Record("of another queue", work.StartJob{JobID: jobID}),
		w.Record("of nobody", forgot("1", "nobody")),
		w.Record("good", forgot("2", "ada1")),
	)
	if got := strings.Join(failed, ", "); got != "no JSON, of another queue" {
		t.Errorf("failed: %s", got)
	}

	if got := w.To(); len(got) != 1 || got["ada1@example.com"] != 1 {
		t.Errorf("sent to %v", got)
	}
}

func TestWhoWaitsForACheckOfAnAddressSeesIt(t *testing.T) {
	w := newWorld(t)
	w.Add("ada", map[string]string{"Work Email": "old@example.com"})
	check := work.CheckReach{Key: "ada", UserID: "id-ada", Waiting: true}

	w.Mark("old@example.com", delivery.ReasonHardBounce)
	w.Succeed(check)

	if !w.Undeliverable("ada") {
		t.Error("a marked address counts")
	}

	w.Change("ada", "Work Email", "new@example.com")
	w.Succeed(check)

	if w.Undeliverable("ada") {
		t.Error("a corrected address doesn't help")
	}
}
