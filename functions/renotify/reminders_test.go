package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/shared/api"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/tally"
	"latchkey/shared/token"
	"latchkey/shared/walk"
)

const reminders = "/api/jobs/j1/reminders"

// act has users set their passwords, as a tally sees it.
func (w *world) act(names ...string) {
	w.t.Helper()
	w.setPassword(names...)

	for _, name := range names {
		w.must(w.members.Mark(
			w.t.Context(),
			name,
			"id-"+name,
			member.StateActive,
			member.StatePending,
		))
	}
}

// rule runs the schedule's rule at a time, and what follows from it: a notification is
// sent as soon as it is made.
func (w *world) rule(at time.Time) {
	w.t.Helper()
	w.clock = at
	w.tickAt(at)
	w.walkAll()
	w.finish()
}

func (w *world) tickAt(at time.Time) {
	w.t.Helper()

	tick := fmt.Sprintf(
		`{"detail-type":"Scheduled Event","source":"aws.events","time":%q,"detail":{}}`,
		at.UTC().Format(time.RFC3339),
	)
	_, err := w.handle(w.t.Context(), json.RawMessage(tick))
	w.must(err)
}

// remindEvery asks for reminders, and gives the answer.
func (w *world) remindEvery(body fields) job.RemindersView {
	w.t.Helper()

	status, answer := w.call("PUT", reminders, body, nil)
	if status != 200 {
		w.t.Fatalf("got %d, %s", status, answer)
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
	w.must(json.Unmarshal([]byte(answer), &got))

	view := job.RemindersView{
		Maximum: got.Maximum,
		Subject: got.Subject,
		Body:    got.Body,
		SMS:     got.SMS,
		Sent:    got.Sent,
	}
	if got.NextAt != nil {
		view.NextAt = api.Milli(got.NextAt.UnixMilli())
	}

	return view
}

// notified is a job whose users were notified at noon.
func notified(t *testing.T, names ...string) *world {
	t.Helper()
	w := newWorld(t)
	w.add(names...)
	w.must2(w.call("POST", notifications, fields{}, nil))
	w.walkAll()
	w.finish()

	return w
}

func (w *world) wantNotifications(when string, want int) {
	w.t.Helper()

	if got := w.job().Notifications; got != want {
		w.t.Errorf("%s there are %d notifications, want %d", when, got, want)
	}
}

func (w *world) next() time.Time {
	w.t.Helper()

	at := w.job().RemindAt()
	if at == 0 {
		return time.Time{}
	}
	return time.UnixMilli(at).UTC()
}

func TestRemindersAreSentUntilTheMaximumIsReached(t *testing.T) {
	w := notified(t, "ada", "bob")
	got := w.remindEvery(fields{"every": "1h", "maximum": 2})
	if got.NextAt != api.Milli(noon.Add(time.Hour).UnixMilli()) || got.Sent != 0 {
		t.Errorf("got %+v", got)
	}

	w.rule(noon.Add(time.Hour - time.Second))
	w.wantNotifications("before it is due", 1)
	w.rule(noon.Add(time.Hour))
	w.wantNotifications("when it is due", 2)

	n := w.number(2)
	if n.Trigger != notification.ByReminder || n.Counts.Audience != 2 ||
		n.CreatedAt != noon.Add(time.Hour).UnixMilli() ||
		n.BuiltInKind() != message.Renotification ||
		!n.BuiltIn {
		t.Errorf("got %+v", n)
	}

	w.rule(noon.Add(time.Hour))
	w.rule(noon) // an event that comes late
	w.wantNotifications("after the same rule again", 2)
	w.rule(noon.Add(26 * time.Hour)) // the rule didn't run for a day
	w.wantNotifications("a day later", 3)

	if got := w.next(); !got.IsZero() {
		t.Errorf("at the maximum the next is due at %s", got)
	}

	w.rule(noon.Add(100 * time.Hour))
	w.wantNotifications("after the maximum", 3)
}

func TestTwoRulesAtOnceSendOneReminder(t *testing.T) {
	w := notified(t, "ada")
	w.remindEvery(fields{"every": "1h", "maximum": 3})

	due := noon.Add(2 * time.Hour)
	w.clock = due
	w.tickAt(due)
	w.tickAt(due)
	w.tickAt(due.Add(time.Second))
	w.walkAll()
	w.finish()
	w.wantNotifications("after three rules", 2)

	if j := w.job(); j.Reminded != 1 {
		t.Errorf("%d were sent", j.Reminded)
	}

	if got := w.next(); !got.Equal(due.Add(time.Hour)) {
		t.Errorf("the next is due at %s", got)
	}
}

// The step that made the reminder's notification died before it had its walk begin.
func TestAReminderThatWasStoredAndNotSentIsSent(t *testing.T) {
	w := notified(t, "ada")
	w.remindEvery(fields{"every": "1h", "maximum": 3})
	w.clock = noon.Add(time.Hour)
	step := walk.Step{Kind: walk.Remind, JobID: jobID, Number: 1, At: w.clock.UnixMilli()}
	w.must(w.step(t.Context(), step))

	if lost := received[walk.Step](w, w.walk); len(lost) != job.Shards {
		t.Fatalf("%d steps were asked for", len(lost))
	}

	w.must(w.step(t.Context(), step))
	w.walkAll()
	w.finish()

	if n := w.number(2); n.Status != notification.Sent || n.Counts.Audience != 1 {
		t.Errorf("it is %s, with %+v", n.Status, n.Counts)
	}

	w.must(w.step(t.Context(), step))
	w.walkAll()
	w.wantNotifications("after the step has come a third time", 2)
}

// The step has read the reminders before an administrator changed them, and stores its
// notification after that.
func TestAReminderOfChangedRemindersIsNotSent(t *testing.T) {
	w := notified(t, "ada")
	w.remindEvery(fields{"every": "1h", "maximum": 3})

	due := noon.Add(time.Hour)
	w.clock = due
	read := w.job()
	w.remindEvery(fields{"every": "48h", "maximum": 3})
	w.must(w.remind(
		t.Context(),
		read,
		walk.Step{Kind: walk.Remind, JobID: jobID, Number: 1, At: due.UnixMilli()},
	))
	w.wantNotifications("an hour after the first", 1)

	if got := w.next(); !got.Equal(noon.Add(48 * time.Hour)) {
		t.Errorf("the next is due at %s", got)
	}
}

func TestRemindersEndWhenEverybodyHasActed(t *testing.T) {
	w := notified(t, "ada", "bob")
	w.remindEvery(fields{"every": "1h", "maximum": 20})
	w.act("ada")
	w.rule(noon.Add(time.Hour))

	if n := w.number(2); n.Counts.Audience != 1 {
		t.Errorf("the first reminder is for %d", n.Counts.Audience)
	}

	w.act("bob")
	w.rule(noon.Add(2 * time.Hour))
	w.wantNotifications("when everybody has acted", 2)

	if j := w.job(); j.RemindAt() != 0 || j.Reminders == nil {
		t.Errorf("the next is due at %s of %+v", w.next(), j.Reminders)
	}
}

func TestOfManyUsersACountIsAskedForBeforeAnybodyIsReminded(t *testing.T) {
	w := newWorld(t)
	w.must(w.jobs.Create(t.Context(), job.Job{
		ID:            "many",
		Status:        job.Processed,
		Devices:       []string{"Work Email"},
		LinkLifetime:  3600,
		CreatedAt:     noon.UnixMilli(),
		Notifications: 1,
		Rows:          &job.Rows{Valid: tally.Inline + 1},
		Tally:         &job.Tally{Pending: 5, AsOf: noon.UnixMilli()},
		Reminders: &job.Reminders{
			ID:       "r",
			Every:    3600,
			Maximum:  3,
			Audience: job.Pending,
			BuiltIn:  true,
		},
		Due:   job.DueJobs,
		DueAt: job.Moment(noon.Add(time.Hour).UnixMilli()),
	}))
	w.must(w.jobs.Table.Put(t.Context(), notification.Notification{
		JobID:  "many",
		Item:   "notification#000001",
		Number: 1,
		Status: notification.Sent,
	}, "", nil))
	w.clock = noon.Add(time.Hour)
	w.tickAt(w.clock)

	steps := received[walk.Step](w, w.walk)
	if len(steps) != 1 || steps[0].Kind != walk.Remind {
		t.Fatalf("got %+v", steps)
	}

	w.must(w.step(t.Context(), steps[0]))

	steps = received[walk.Step](w, w.walk)
	if len(steps) != job.Shards || steps[0].Kind != walk.Tally {
		t.Fatalf("got %+v", steps)
	}

	for _, step := range steps { // which find that nobody is pending any more
		w.must(w.step(t.Context(), step))
	}

	w.clock = w.clock.Add(5 * time.Minute)
	w.tickAt(w.clock)
	w.walkAll()

	j, err := w.jobs.Get(t.Context(), "many")
	if err != nil || j.Notifications != 1 || j.RemindAt() != 0 {
		t.Errorf("got %+v, %v", j, err)
	}
}

func TestAReminderWaitsForTheLastNotification(t *testing.T) {
	w := notified(t, "ada")
	w.remindEvery(fields{"every": "1h", "maximum": 3})
	w.clock = noon.Add(30 * time.Minute)
	w.must2(w.call("POST", notifications, fields{}, nil))

	if got := w.next(); !got.Equal(noon.Add(90 * time.Minute)) {
		t.Errorf("after a notification the next is due at %s", got)
	}

	at := noon.Add(2 * time.Hour)
	w.tickAt(at) // while it runs
	remind := received[walk.Step](w, w.walk)

	var batches []walk.Step
	for _, step := range remind {
		if step.Kind == walk.Batch {
			batches = append(batches, step)
			continue
		}

		w.must(w.step(t.Context(), step))
	}

	w.wantNotifications("while one runs", 2)

	for _, step := range batches {
		w.must(w.step(t.Context(), step))
	}

	w.finish()
	w.rule(at.Add(5 * time.Minute))
	w.wantNotifications("when it is sent", 3)
}

func TestNobodyOfTheAudienceIsNoReminder(t *testing.T) {
	w := notified(t, "ada")
	w.remindEvery(fields{"every": "1h", "maximum": 1, "audience": "expired"})
	w.rule(noon.Add(time.Hour))
	w.wantNotifications("while no link has expired", 1)

	if got, j := w.next(), w.job(); !got.Equal(noon.Add(2*time.Hour)) || j.Reminded != 0 {
		t.Errorf("the next is due at %s, after %d", got, j.Reminded)
	}

	w.must(w.Tokens.Replace(t.Context(), token.Link{
		UserID: "id-ada",
		Kind:   token.Invite,
		Sent:   token.Sent{Hash: "h", ExpiresAt: noon.Add(90 * time.Minute).UnixMilli()},
	}, nil))
	w.rule(noon.Add(2 * time.Hour))
	w.wantNotifications("when one has", 2)
}

func TestReminders(t *testing.T) {
	t.Run("are set before there is a notification, and count from it", func(t *testing.T) {
		w := newWorld(t)
		w.add("ada")

		if got := w.remindEvery(fields{"every": "24h", "maximum": 3}); got.NextAt != (api.Time{}) {
			t.Errorf("got %+v", got)
		}

		w.clock = noon.Add(time.Minute)
		w.must(w.step(t.Context(), walk.Step{Kind: walk.Notify, JobID: jobID}))

		if got := w.next(); !got.Equal(noon.Add(24*time.Hour + time.Minute)) {
			t.Errorf("the next is due at %s", got)
		}
	})
	t.Run("of a job that waits for its file leave that due", func(t *testing.T) {
		w := newWorld(t)
		w.must(w.jobs.Table.Delete(
			t.Context(),
			map[string]string{"job": jobID, "item": "job"},
			"",
			nil,
		))
		w.must(w.jobs.Create(t.Context(), job.Job{
			ID:          jobID,
			Status:      job.AwaitingFile,
			CreatedAt:   noon.UnixMilli(),
			UploadUntil: noon.UnixMilli(),
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
			w.rule(noon.Add(time.Hour))

			for range 2 {
				if status, answer := w.call("DELETE", reminders, nil, nil); status != 204 {
					t.Errorf("got %d, %s", status, answer)
				}
			}

			w.rule(noon.Add(3 * time.Hour))
			w.wantNotifications("without reminders", 2)

			got := w.remindEvery(fields{"every": "1h", "maximum": 2})
			if got.Sent != 1 || got.NextAt != api.Milli(noon.Add(2*time.Hour).UnixMilli()) {
				t.Errorf("got %+v", got)
			}

			w.rule(noon.Add(4 * time.Hour))
			w.rule(noon.Add(6 * time.Hour))
			w.wantNotifications("with the maximum of the job", 3)
		},
	)
	t.Run("end with their job", func(t *testing.T) {
		w := notified(t, "ada")
		w.remindEvery(fields{"every": "1h", "maximum": 2})
		w.must(w.jobs.Delete(t.Context(), jobID, noon))

		if due, err := w.jobs.Due(t.Context(), noon.Add(time.Hour)); err != nil || len(due) != 0 {
			t.Errorf("due are %v, %v", due, err)
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

		w.must2(w.call("POST", notifications, fields{"subject": "Please come"}, nil))

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
	w.must(w.jobs.Table.Put(t.Context(), map[string]string{
		"job":    jobID,
		"item":   "notification#000009",
		"due":    job.DueJobs,
		"due_at": job.Moment(1),
		"number": "x",
	}, "", nil))

	tick := `{"detail-type":"Scheduled Event","source":"aws.events",` +
		`"time":"2100-03-01T13:00:00Z","detail":{}}`
	if _, err := w.handle(t.Context(), json.RawMessage(tick)); err == nil {
		t.Error("nothing is said of it")
	}

	w.walkAll()
	w.wantNotifications("after the tick", 2)
}

func TestAPausedNotificationGoesOnWhenItIsDue(t *testing.T) {
	w := newWorld(t)
	w.add(inShard(3, 250)...)
	w.must2(w.call("POST", notifications, fields{}, nil))
	w.walkAll()
	first, _ := w.batches() // their messages are gone
	pause := func() {
		w.must(w.notifications.Pause(
			t.Context(),
			w.number(1),
			notification.ReasonQuota,
			w.clock.Add(15*time.Minute),
		))
	}
	pause()

	status, answer := w.call("GET", notifications+"/1", nil, nil)
	if status != 200 || !strings.Contains(answer, `"status":"paused"`) ||
		!strings.Contains(answer, `"reason":"quota"`) {
		t.Errorf("got %d, %s", status, answer)
	}

	w.tickAt(w.clock.Add(14 * time.Minute))
	w.walkAll()

	if n := w.number(1); n.Status != notification.Paused {
		t.Errorf("before it is due, it is %s", n.Status)
	}

	for _, account := range []string{
		`{"SendingEnabled":true,` +
			`"SendQuota":{"Max24HourSend":500,"SentLast24Hours":500,"MaxSendRate":10}}`,
		`{"SendingEnabled":false,"SendQuota":{"Max24HourSend":-1,"MaxSendRate":10}}`,
	} {
		before := w.account
		w.account = account
		w.tickAt(w.clock.Add(15 * time.Minute))

		if steps := received[walk.Step](w, w.walk); len(steps) != 0 {
			t.Errorf("while SES takes nothing, %d steps are asked for", len(steps))
		}

		w.account = before
	}

	late := walk.Step{
		Kind:   walk.Resume,
		JobID:  jobID,
		Number: 1,
		Shard:  3,
		At:     w.clock.Add(15 * time.Minute).UnixMilli(),
	}

	w.clock = w.clock.Add(15 * time.Minute)
	for range 2 {
		w.tickAt(w.clock)
	}

	w.walkAll()

	if n := w.number(1); n.Status != notification.Sending || n.Due != "" {
		t.Errorf("when it is due, it is %s", n.Status)
	}

	again, told := w.batches()
	if len(again) != len(first) || len(told) != len(first) {
		t.Errorf("deliver is told of %v, want %v", told, first)
	}

	pause()
	w.must(w.step(t.Context(), late)) // a step that comes late leaves a new pause alone

	if n := w.number(1); n.Status != notification.Paused {
		t.Errorf("after a late step it is %s", n.Status)
	}
}

func TestATickAsksSESOnceForAllThatIsPaused(t *testing.T) {
	w := newWorld(t)
	w.must(w.jobs.Create(
		t.Context(),
		job.Job{ID: "j2", Status: job.Processed, CreatedAt: noon.UnixMilli()},
	))

	for _, of := range []string{jobID, "j2"} {
		n, err := w.notifications.Create(t.Context(), notification.Notification{
			JobID:     of,
			ID:        "n",
			Audience:  job.Pending,
			CreatedAt: noon.UnixMilli(),
		}, nil)
		w.must(err)
		w.must(w.notifications.Pause(t.Context(), n, notification.ReasonQuota, noon))
	}

	w.tickAt(noon)

	if steps := received[walk.Step](w, w.walk); len(steps) != 2*job.Shards || w.calls != 1 {
		t.Errorf("%d steps are asked for, and SES %d times", len(steps), w.calls)
	}
}

func TestAJobWhoseFileNeverCameIsReported(t *testing.T) {
	w := newWorld(t)
	w.must(w.jobs.Create(t.Context(), job.Job{
		ID:          "late",
		Status:      job.AwaitingFile,
		CreatedAt:   noon.UnixMilli(),
		UploadUntil: noon.UnixMilli(),
		ReportTo:    "boss@example.com",
	}))
	w.tickAt(noon)
	got, err := w.queues.GetQueueAttributes(
		t.Context(),
		&sqs.GetQueueAttributesInput{
			QueueUrl:       &w.urgent.URL,
			AttributeNames: []types.QueueAttributeName{"All"},
		},
	)
	w.must(err)

	if delayed := got.Attributes["ApproximateNumberOfMessagesDelayed"]; delayed != "1" {
		t.Errorf("%s reports wait for their event", delayed)
	}
}
