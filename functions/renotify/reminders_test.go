package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/jobapi"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/store"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

const reminders = "/api/jobs/j1/reminders"

func (w *world) tickAt(at time.Time) {
	w.T.Helper()

	_, err := w.handle(w.T.Context(), invocation{DetailType: "Scheduled Event", Time: at})
	w.Must(err)
}

// remindEvery asks for reminders, and gives the answer.
func (w *world) remindEvery(body fields) jobapi.Reminders {
	w.T.Helper()

	status, answer := w.call("PUT", reminders, body, nil)
	if status != 200 {
		w.T.Fatalf("got %d, %s", status, answer)
	}

	var got struct {
		Every   string
		Maximum int
		Subject string
		Body    string
		SMS     string
		NextAt  *time.Time `json:"next_at"`
		Sent    int
	}
	w.Must(json.Unmarshal([]byte(answer), &got))

	view := jobapi.Reminders{
		Maximum: got.Maximum,
		Subject: got.Subject,
		Body:    got.Body,
		SMS:     got.SMS,
		Sent:    got.Sent,
	}
	if got.NextAt != nil {
		view.NextAt = api.Milli(clock.Of(*got.NextAt))
	}

	return view
}

// notified is a job whose users were notified at noon.
func notified(t *testing.T, names ...string) *world {
	t.Helper()
	w := newWorld(t)
	w.add(names...)
	w.accepted(w.call("POST", notifications, fields{}, nil))
	w.send(1, names...)
	return w
}

// remind sends the job's next reminder, as walk does, if the schedule asks at a time.
func (w *world) remind(at time.Time, names ...string) {
	w.T.Helper()
	w.Set(at)
	w.Received(work.Walk)
	w.tickAt(at)
	asked := w.Received(work.Walk)
	if len(asked) == 0 {
		return
	}

	j := w.job()
	want := work.Remind{JobID: jobID, Number: j.Reminded + 1, At: clock.Of(at)}
	if len(asked) != 1 || asked[0] != want {
		w.T.Fatalf("the tick asks for %+v, want %+v", asked, want)
	}
	n, err := w.steps.Begin(w.T.Context(), notification.Notification{
		JobID:     jobID,
		ID:        job.ReminderID(want.Number),
		Audience:  j.Reminders.Audience,
		Subject:   j.Reminders.Subject,
		Body:      j.Reminders.Body,
		SMS:       j.Reminders.SMS,
		BuiltIn:   j.Reminders.BuiltIn,
		Kind:      message.Renotification,
		Trigger:   notification.ByReminder,
		Reminders: j.Reminders.ID,
		CreatedAt: clock.Of(at),
	}, nil)
	w.Must(err)
	w.send(n.Number, names...)
}

func (w *world) wantNotifications(when string, want int) {
	w.T.Helper()
	if got := w.job().Notifications; got != want {
		w.T.Errorf("%s there are %d notifications, want %d", when, got, want)
	}
}

func TestReminders(t *testing.T) {
	t.Run("are set before there is a notification, and count from it", func(t *testing.T) {
		w := newWorld(t)
		w.add("ada")

		if got := w.remindEvery(fields{"every": "24h", "maximum": 3}); got.NextAt != (api.Time{}) {
			t.Errorf("got %+v", got)
		}

		w.Set(noon.Add(time.Minute))
		w.accepted(w.call("POST", notifications, fields{}, nil))

		if got := w.job().RemindAt(); got != clock.Of(noon.Add(24*time.Hour+time.Minute)) {
			t.Errorf("the next is due at %d", got)
		}
	})
	t.Run("of a job that waits for its file leave that due", func(t *testing.T) {
		w := newWorld(t)
		w.Must(w.jobs.Table.Delete(
			t.Context(),
			map[string]string{"job": jobID, "item": "job"},
			"",
			nil,
		))
		w.Must(w.jobs.Create(t.Context(), job.Job{
			ID:          jobID,
			Status:      job.AwaitingFile,
			CreatedAt:   clock.Of(noon),
			UploadUntil: clock.Of(noon),
		}))
		w.remindEvery(fields{"every": "24h", "maximum": 3})

		if status, _ := w.call("DELETE", reminders, nil, nil); status != 204 {
			t.Errorf("got %d", status)
		}

		w.tickAt(noon)

		if j := w.job(); j.Status != job.Rejected {
			t.Errorf("it is %s", j.Status)
		}
	})
	t.Run(
		"end when they are deleted, and go on counting when they are set again",
		func(t *testing.T) {
			w := notified(t, "ada")
			w.remindEvery(fields{"every": "1h", "maximum": 2})
			w.remind(noon.Add(time.Hour), "ada")

			for range 2 {
				if status, answer := w.call("DELETE", reminders, nil, nil); status != 204 {
					t.Errorf("got %d, %s", status, answer)
				}
			}

			w.remind(noon.Add(3*time.Hour), "ada")
			w.wantNotifications("without reminders", 2)

			got := w.remindEvery(fields{"every": "1h", "maximum": 2})
			if got.Sent != 1 || got.NextAt != api.Milli(clock.Of(noon.Add(2*time.Hour))) {
				t.Errorf("got %+v", got)
			}

			w.remind(noon.Add(4*time.Hour), "ada")
			w.remind(noon.Add(6*time.Hour), "ada")
			w.wantNotifications("with the maximum of the job", 3)
		},
	)
	t.Run("end with their job", func(t *testing.T) {
		w := notified(t, "ada")
		w.remindEvery(fields{"every": "1h", "maximum": 2})
		w.Must(w.jobs.Delete(t.Context(), jobID, noon))

		w.Received(work.Walk)
		w.tickAt(noon.Add(time.Hour))
		if steps := w.Received(work.Walk); len(steps) != 0 {
			t.Errorf("the tick asks for %+v", steps)
		}

		status, answer := w.call("PUT", reminders, fields{"every": "1h", "maximum": 2}, nil)
		if status != 404 || !strings.Contains(answer, "job_not_found") {
			t.Errorf("got %d, %s", status, answer)
		}
	})
	t.Run("say what the last notification said, but for a built-in text", func(t *testing.T) {
		w := notified(t, "ada")

		builtIn := message.BuiltIn(message.Renotification, w.reach.Language)
		got := w.remindEvery(fields{"every": "1h", "maximum": 1})
		if got.Subject != builtIn.Subject || got.Body != builtIn.Body || got.SMS != builtIn.SMS {
			t.Errorf("got %+v", got)
		}

		w.accepted(w.call("POST", notifications, fields{"subject": "Please come"}, nil))

		got = w.remindEvery(fields{"every": "1h", "maximum": 1, "sms": "Now: {{link}}"})
		if got.Subject != "Please come" || got.SMS != "Now: {{link}}" {
			t.Errorf("got %+v", got)
		}

		w.remindEvery(fields{
			"every":   "1h",
			"maximum": 1,
			"subject": builtIn.Subject,
			"body":    builtIn.Body,
			"sms":     builtIn.SMS,
		})

		if !w.job().Reminders.BuiltIn {
			t.Error("the built-in text, given as it stands, isn't each user's in their language")
		}
	})
}

func TestBadReminders(t *testing.T) {
	w := newWorld(t)
	for _, test := range []struct {
		name string
		body fields
		has  string
	}{
		{"no time between them", fields{"maximum": 1}, `"field":"every"`},
		{"too little time", fields{"every": "59m", "maximum": 1}, `"field":"every"`},
		{"a time that is none", fields{"every": "daily", "maximum": 1}, `"field":"every"`},
		{"no maximum", fields{"every": "1h"}, `"field":"maximum"`},
		{"none at all", fields{"every": "1h", "maximum": 0}, `"field":"maximum"`},
		{"too many", fields{"every": "1h", "maximum": 21}, `"field":"maximum"`},
		{
			name: "an empty audience",
			body: fields{"every": "1h", "maximum": 1, "audience": ""},
			has:  `"field":"audience"`,
		},
		{
			name: "everyone",
			body: fields{"every": "1h", "maximum": 1, "audience": "everyone"},
			has:  `"field":"audience"`,
		},
		{
			name: "a text without a link",
			body: fields{"every": "1h", "maximum": 1, "body": "Hello"},
			has:  "invalid_message",
		},
		{
			name: "an unknown field",
			body: fields{"every": "1h", "maximum": 1, "devices": []string{"Work Email"}},
			has:  `"field":"devices"`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			status, answer := w.call("PUT", reminders, test.body, nil)
			if status != 422 || !strings.Contains(answer, test.has) {
				t.Errorf("got %d, %s", status, answer)
			}
		})
	}

	if j := w.job(); j.Reminders != nil {
		t.Errorf("got %+v", j.Reminders)
	}
}

func TestOneBadItemDoesNotStopTheTick(t *testing.T) {
	w := notified(t, "ada")
	w.remindEvery(fields{"every": "1h", "maximum": 1})
	// A notification that is due, and has no item of the kind that it seems to be.
	w.Must(w.jobs.Table.Put(t.Context(), map[string]string{
		"job":    jobID,
		"item":   "notification#000009",
		"due":    job.DueJobs,
		"due_at": job.Moment(1),
		"number": "x",
	}, "", nil))

	w.Received(work.Walk)
	at := noon.Add(time.Hour)
	_, err := w.handle(t.Context(), invocation{DetailType: "Scheduled Event", Time: at})
	if err == nil {
		t.Error("nothing is said of it")
	}
	steps := wiretest.Received[work.Remind](w.Twin)
	if len(steps) != 1 {
		t.Errorf("the tick asks for %+v", steps)
	}
}

func TestAPausedNotificationIsResumedWhenItIsDue(t *testing.T) {
	w := newWorld(t)
	w.add("ada")
	w.accepted(w.call("POST", notifications, fields{}, nil))
	w.Received(work.Walk)
	until := w.Time().Add(15 * time.Minute)
	w.Must(w.notifications.Pause(t.Context(), w.number(1), notification.ReasonQuota, until))

	status, answer := w.call("GET", notifications+"/1", nil, nil)
	if status != 200 || !strings.Contains(answer, `"status":"paused"`) ||
		!strings.Contains(answer, `"reason":"quota"`) {
		t.Errorf("got %d, %s", status, answer)
	}

	w.tickAt(until.Add(-time.Minute))
	if steps := w.Received(work.Walk); len(steps) != 0 {
		t.Errorf("before it is due, %d steps are asked for", len(steps))
	}

	for _, account := range []string{
		`{"SendingEnabled":true,` +
			`"SendQuota":{"Max24HourSend":500,"SentLast24Hours":490,"MaxSendRate":10}}`,
		`{"SendingEnabled":false,"SendQuota":{"Max24HourSend":-1,"MaxSendRate":10}}`,
	} {
		before := w.account
		w.account = account
		w.tickAt(until)
		if steps := w.Received(work.Walk); len(steps) != 0 {
			t.Errorf("while SES takes nothing, %d steps are asked for", len(steps))
		}
		w.account = before
	}

	w.tickAt(until)
	steps := wiretest.Received[work.ResumeShard](w.Twin)
	if len(steps) != job.Shards {
		t.Fatalf("when it is due, %d steps are asked for", len(steps))
	}
	for _, step := range steps {
		step.Shard = 0
		want := work.ResumeShard{JobID: jobID, Number: 1, At: clock.Of(until)}
		if step != want {
			t.Errorf("it asks for %+v, want %+v", step, want)
		}
	}
}

// manyPaused puts more notifications that are paused than are read together, due before
// the reminder that it sets.
func manyPaused(t *testing.T) *world {
	w := notified(t, "ada")
	w.remindEvery(fields{"every": "1h", "maximum": 1})
	w.Received(work.Walk)
	var paused []notification.Notification
	for number := 10; number < 130; number++ {
		paused = append(paused, notification.Notification{
			JobID:  jobID,
			Item:   fmt.Sprintf("notification#%06d", number),
			Number: number,
			Status: notification.Paused,
			Due:    job.DueJobs,
			DueAt:  job.Moment(clock.Of(noon)),
		})
	}
	w.Must(store.PutMany(t.Context(), w.jobs.Table, paused))
	w.account = `{"SendingEnabled":false,"SendQuota":{"Max24HourSend":-1,"MaxSendRate":10}}`
	return w
}

func TestWhatIsPausedHoldsUpNoReminder(t *testing.T) {
	w := manyPaused(t)
	w.tickAt(noon.Add(time.Hour))
	if steps := wiretest.Received[work.Remind](w.Twin); len(steps) != 1 {
		t.Errorf("the tick asks for %+v", steps)
	}
}

func TestATickEndsInTimeAndTheNextOneGoesOn(t *testing.T) {
	w := manyPaused(t)
	at := noon.Add(time.Hour)
	tick := func(lasts time.Duration) (reminders int) {
		t.Helper()
		ctx, cancel := context.WithDeadline(t.Context(), w.Time().Add(lasts))
		defer cancel()
		w.Must(w.tick(ctx, at))
		return len(wiretest.Received[work.Remind](w.Twin))
	}

	if got := tick(tickMargin); got != 0 {
		t.Error("a tick whose time is up goes on")
	}
	w.callTime = time.Second
	if got := tick(tickMargin + time.Minute); got != 0 {
		t.Error("a tick does more than its time suffices for")
	}
	for range 10 {
		at = at.Add(5 * time.Minute)
		if tick(tickMargin+time.Minute) > 0 {
			return
		}
	}
	t.Error("what is paused stands before the reminder in every tick")
}

func TestADeletedJobIsErasedThoughNobodyAskedForIt(t *testing.T) {
	w := newWorld(t)
	w.Must(w.jobs.Delete(t.Context(), jobID, noon))

	for _, tick := range []struct {
		after time.Duration
		want  int
	}{
		{job.EraseGap - time.Second, 0},
		{job.EraseGap, 1},
		{job.EraseGap, 0},
		{2 * job.EraseGap, 1},
	} {
		w.tickAt(noon.Add(tick.after))
		if got := wiretest.Received[work.EraseJob](w.Twin); len(got) != tick.want {
			t.Errorf("after %s the tick asks for %+v", tick.after, got)
		}
	}
}

func TestATickAsksSESOnceForAllThatIsPaused(t *testing.T) {
	w := newWorld(t)
	w.Must(w.jobs.Create(
		t.Context(),
		job.Job{ID: "j2", Status: job.Processed, CreatedAt: clock.Of(noon)},
	))

	for _, of := range []string{jobID, "j2"} {
		n, err := w.notifications.Create(t.Context(), notification.Notification{
			JobID:     of,
			ID:        "n",
			Audience:  job.Pending,
			CreatedAt: clock.Of(noon),
		}, nil)
		w.Must(err)
		w.Must(w.notifications.Pause(t.Context(), n, notification.ReasonQuota, noon))
	}

	w.tickAt(noon)

	if steps := w.Received(work.Walk); len(steps) != 2*job.Shards || w.calls != 1 {
		t.Errorf("%d steps are asked for, and SES %d times", len(steps), w.calls)
	}
}

func TestAJobWhoseFileNeverCameIsReported(t *testing.T) {
	w := newWorld(t)
	w.Must(w.jobs.Create(t.Context(), job.Job{
		ID:          "late",
		Status:      job.AwaitingFile,
		CreatedAt:   clock.Of(noon),
		UploadUntil: clock.Of(noon),
		ReportTo:    "boss@example.com",
	}))
	w.tickAt(noon)
	url := w.queues.URLs[work.Urgent]
	got, err := w.SQS.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl:       &url,
		AttributeNames: []types.QueueAttributeName{"All"},
	})
	w.Must(err)

	if delayed := got.Attributes["ApproximateNumberOfMessagesDelayed"]; delayed != "1" {
		t.Errorf("%s reports wait for their event", delayed)
	}
}
