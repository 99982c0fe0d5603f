package main

import (
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"latchkey/shared/job"
	"latchkey/shared/store"
	"latchkey/shared/work"
)

func TestOfSeveralMessagesOnlyTheOneThatFailsComesBack(t *testing.T) {
	w := newWorld(t)
	batch := w.notify(job.Pending, w.AddMany(2)...)

	failed := w.Give(
		t.Context(),
		w.Record("of another queue", work.StartJob{JobID: jobID}),
		w.Record("good", batch),
		events.SQSMessage{MessageId: "no JSON", Body: "{"},
		w.Record("no such notification", work.DeliverBatch{JobID: jobID, Number: 9}),
		w.Record("of a deleted job", work.DeliverBatch{JobID: "gone", Number: 1}),
	)
	if got := strings.Join(failed, ", "); got != "of another queue, no JSON, no such notification" {
		t.Errorf("failed: %s", got)
	}

	if got := w.To(); got["ada0@example.com"] != 1 || got["ada1@example.com"] != 1 {
		t.Errorf("sent to %v", got)
	}
}

func TestTheEndOfANotificationIsReported(t *testing.T) {
	w := newWorld(t)
	w.Must(w.Jobs.Table.Update(t.Context(), store.Key{"job": jobID, "item": "job"}, store.Update{
		Set:    "report_to = :boss",
		Values: store.Values{":boss": "boss@example.com"},
	}, nil))

	w.Succeed(w.notify(job.Pending, w.AddMany(3)...))

	if got := w.Waiting(work.Urgent); got != 1 {
		t.Errorf("%d reports are asked for", got)
	}
}
