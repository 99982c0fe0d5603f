package main

import (
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/tally"
	"latchkey/shared/token"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

// remindEvery gives the job reminders, as an administrator does.
func (w *world) remindEvery(every time.Duration, maximum int, audience job.Audience) {
	w.T.Helper()
	j := w.job()
	asked := &job.Reminders{
		ID:       "r" + every.String(),
		Every:    clock.SpanOf(every),
		Maximum:  maximum,
		Audience: audience,
		BuiltIn:  true,
	}
	last := w.number(j.Notifications).CreatedAt
	_, err := w.jobs.SetReminders(w.T.Context(), j, asked, asked.After(j.Reminded, last))
	w.Must(err)
}

// due returns the step that the schedule asks for at a time.
func (w *world) due(at time.Time) work.Remind {
	w.T.Helper()
	return work.Remind{JobID: jobID,
		Number: w.job().Reminded + 1,
		At:     clock.Of(at),
	}
}

// rule takes the step of a time and what follows from it: a notification is sent as soon
// as it is made.
func (w *world) rule(at time.Time) {
	w.T.Helper()
	w.Set(at)
	w.take(w.due(at))
	w.walkAll()
	w.finish()
}

// notified is a job whose users were notified at noon.
func notified(t *testing.T, names ...string) *world {
	t.Helper()
	w := newWorld(t)
	w.add(names...)
	w.begin(job.Pending)
	w.walkAll()
	w.finish()
	return w
}

func TestRemindersAreSentUntilTheMaximumIsReached(t *testing.T) {
	w := notified(t, "ada", "bob")
	w.remindEvery(time.Hour, 2, job.Pending)
	if got := w.next(); !got.Equal(noon.Add(time.Hour)) {
		t.Errorf("the first is due at %s", got)
	}

	w.rule(noon.Add(time.Hour - time.Second))
	w.wantNotifications("before it is due", 1)
	w.rule(noon.Add(time.Hour))
	w.wantNotifications("when it is due", 2)

	n := w.number(2)
	if n.Trigger != notification.ByReminder || n.Counts.Audience != 2 ||
		n.CreatedAt != clock.Of(noon.Add(time.Hour)) ||
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

// The step that made the reminder's notification died before it had its walk begin.
func TestAReminderThatWasStoredAndNotSentIsSent(t *testing.T) {
	w := notified(t, "ada")
	w.remindEvery(time.Hour, 3, job.Pending)
	w.Set(noon.Add(time.Hour))
	step := work.Remind{JobID: jobID, Number: 1, At: clock.Of(w.Time())}
	w.take(step)

	if lost := w.Received(work.Walk); len(lost) != job.Shards {
		t.Fatalf("%d steps were asked for", len(lost))
	}

	w.take(step)
	w.walkAll()
	w.finish()

	if n := w.number(2); n.Status != notification.Sent || n.Counts.Audience != 1 {
		t.Errorf("it is %s, with %+v", n.Status, n.Counts)
	}

	w.take(step)
	w.walkAll()
	w.wantNotifications("after the step has come a third time", 2)
}

// The step has read the reminders before an administrator changed them, and stores its
// notification after that.
func TestAReminderOfChangedRemindersIsNotSent(t *testing.T) {
	w := notified(t, "ada")
	w.remindEvery(time.Hour, 3, job.Pending)

	due := noon.Add(time.Hour)
	w.Set(due)
	read := w.job()
	w.remindEvery(48*time.Hour, 3, job.Pending)
	w.Must(w.remind(
		t.Context(),
		read,
		work.Remind{JobID: jobID, Number: 1, At: clock.Of(due)},
	))
	w.wantNotifications("an hour after the first", 1)

	if got := w.next(); !got.Equal(noon.Add(48 * time.Hour)) {
		t.Errorf("the next is due at %s", got)
	}
}

func TestRemindersEndWhenEverybodyHasActed(t *testing.T) {
	w := notified(t, "ada", "bob")
	w.remindEvery(time.Hour, 20, job.Pending)
	w.setPassword("ada")
	w.rule(noon.Add(time.Hour))

	if n := w.number(2); n.Counts.Audience != 1 {
		t.Errorf("the first reminder is for %d", n.Counts.Audience)
	}

	w.setPassword("bob")
	w.rule(noon.Add(2 * time.Hour))
	w.wantNotifications("when everybody has acted", 2)

	if j := w.job(); j.RemindAt() != 0 || j.Reminders == nil {
		t.Errorf("the next is due at %s of %+v", w.next(), j.Reminders)
	}
}

func TestOfManyUsersACountIsAskedForBeforeAnybodyIsReminded(t *testing.T) {
	w := newWorld(t)
	w.Must(w.jobs.Create(t.Context(), job.Job{
		ID:            "many",
		Status:        job.Processed,
		Devices:       []string{"Work Email"},
		LinkLifetime:  3600,
		CreatedAt:     clock.Of(noon),
		Notifications: 1,
		Rows:          &job.Rows{Valid: tally.Inline + 1},
		Tally:         &job.Tally{Pending: 5, AsOf: clock.Of(noon)},
		Reminders: &job.Reminders{
			ID:       "r",
			Every:    3600,
			Maximum:  3,
			Audience: job.Pending,
			BuiltIn:  true,
		},
		Due:   job.DueJobs,
		DueAt: job.Moment(clock.Of(noon.Add(time.Hour))),
	}))
	w.Must(w.jobs.Table.Put(t.Context(), notification.Notification{
		JobID:  "many",
		Item:   "notification#000001",
		Number: 1,
		Status: notification.Sent,
	}, "", nil))
	w.Set(noon.Add(time.Hour))
	remind := work.Remind{JobID: "many", Number: 1, At: clock.Of(w.Time())}
	w.take(remind)

	steps := wiretest.Received[work.TallyShard](w.Twin)
	if len(steps) != job.Shards {
		t.Fatalf("got %+v", steps)
	}

	for _, step := range steps { // which find that nobody is pending any more
		w.take(step)
	}

	w.Pass(5 * time.Minute)
	remind.At = clock.Of(w.Time())
	w.take(remind)
	w.walkAll()

	j, err := w.jobs.Get(t.Context(), "many")
	if err != nil || j.Notifications != 1 || j.RemindAt() != 0 {
		t.Errorf("got %+v, %v", j, err)
	}
}

func TestAReminderWaitsForTheLastNotification(t *testing.T) {
	w := notified(t, "ada")
	w.remindEvery(time.Hour, 3, job.Pending)
	w.Set(noon.Add(30 * time.Minute))
	w.begin(job.Pending)

	if got := w.next(); !got.Equal(noon.Add(90 * time.Minute)) {
		t.Errorf("after a notification the next is due at %s", got)
	}

	at := noon.Add(2 * time.Hour)
	batches := w.Received(work.Walk)
	w.take(w.due(at)) // while it runs
	w.wantNotifications("while one runs", 2)

	for _, step := range batches {
		w.take(step)
	}

	w.finish()
	w.rule(at.Add(5 * time.Minute))
	w.wantNotifications("when it is sent", 3)
}

func TestNobodyOfTheAudienceIsNoReminder(t *testing.T) {
	w := notified(t, "ada")
	w.remindEvery(time.Hour, 1, job.Expired)
	w.rule(noon.Add(time.Hour))
	w.wantNotifications("while no link has expired", 1)

	if got, j := w.next(), w.job(); !got.Equal(noon.Add(2*time.Hour)) || j.Reminded != 0 {
		t.Errorf("the next is due at %s, after %d", got, j.Reminded)
	}

	w.Must(w.Tokens.Replace(t.Context(), token.Link{
		UserID:  "id-ada",
		Purpose: token.Invite,
		Sent:    token.Sent{Hash: "h", ExpiresAt: clock.Of(noon.Add(90 * time.Minute))},
	}, nil))
	w.rule(noon.Add(2 * time.Hour))
	w.wantNotifications("when one has", 2)
}

func TestTwoRulesAtOnceSendOneReminder(t *testing.T) {
	w := notified(t, "ada")
	w.remindEvery(time.Hour, 3, job.Pending)

	due := noon.Add(2 * time.Hour)
	w.Set(due)
	first, second, third := w.due(due), w.due(due), w.due(due.Add(time.Second))
	for _, step := range []work.Remind{first, second, third} {
		w.take(step)
	}
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

func (w *world) wantNotifications(when string, want int) {
	w.T.Helper()

	if got := w.job().Notifications; got != want {
		w.T.Errorf("%s there are %d notifications, want %d", when, got, want)
	}
}

func (w *world) next() time.Time {
	w.T.Helper()

	at := w.job().RemindAt()
	if at == 0 {
		return time.Time{}
	}
	return at.Time().UTC()
}
