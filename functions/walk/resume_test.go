package main

import (
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/notification"
	"latchkey/shared/user"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

func TestAPausedNotificationGoesOnWhenItsStepsCome(t *testing.T) {
	w := newWorld(t)
	w.add(inShard(3, 250)...)
	w.begin(job.Pending)
	w.walkAll()
	first, _ := w.batches() // their messages are gone
	pause := func() {
		until := w.Time().Add(15 * time.Minute)
		w.Must(w.notifications.Pause(t.Context(), w.number(1), notification.ReasonQuota, until))
	}
	pause()

	due := clock.Of(w.Time().Add(15 * time.Minute))
	late := work.ResumeShard{JobID: jobID, Number: 1, Shard: 3, At: due}
	early := late
	early.At = clock.Of(w.Time().Add(14 * time.Minute))
	w.take(early)
	if n := w.number(1); n.Status != notification.Paused {
		t.Errorf("before it is due, it is %s", n.Status)
	}

	w.Pass(15 * time.Minute)
	for range 2 { // two ticks may ask
		w.Must(w.steps.Resume(t.Context(), w.number(1), due))
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
	w.take(late) // a step that comes late leaves a new pause alone
	if n := w.number(1); n.Status != notification.Paused {
		t.Errorf("after a late step it is %s", n.Status)
	}
}

func TestACancelledNotificationEnds(t *testing.T) {
	for _, test := range []struct {
		name   string
		before func(w *world) // what was done when it is cancelled
		left   int            // batches that deliver is told of
	}{
		{
			name:   "before its walk has begun, whose steps were lost",
			before: func(w *world) { w.Received(work.Walk) },
		},
		{"before its walk has begun", func(*world) {}, 0},
		{
			name:   "when its batches were made, and their messages are there",
			before: func(w *world) { w.walkAll() },
			left:   3,
		},
		{
			name: "when it is paused, and they are gone",
			before: func(w *world) {
				w.walkAll()
				w.batches()
				until := w.Time().Add(time.Hour)
				n := w.number(1)
				w.Must(w.notifications.Pause(w.T.Context(), n, notification.ReasonQuota, until))
			},
			left: 3,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.add(inShard(3, 250)...)
			w.begin(job.Pending)
			test.before(w)

			for range 2 { // as renotify does, each time that it is asked
				n, err := w.notifications.Cancel(t.Context(), jobID, 1, w.Time())
				w.Must(err)
				w.Must(w.steps.Cut(t.Context(), n))
				w.Must(w.steps.Resume(t.Context(), n, 0))
			}
			w.walkAll()

			users, _ := w.batches()
			if len(users) != test.left {
				t.Errorf("deliver is told of %d batches, want %d", len(users), test.left)
			}
			w.settle(users, func(n int) notification.Counts { // which skips everybody
				return notification.Counts{Audience: n, Skipped: n}
			})

			n := w.number(1)
			if n.Status != notification.Cancelled || n.FinishedAt == 0 ||
				n.Counts.Audience != n.Counts.Skipped {
				t.Errorf("it is %s, with %+v", n.Status, n.Counts)
			}

			w.begin(job.Pending) // it is over
		})
	}
}

func TestALargeAudienceIsCountedByTheWalk(t *testing.T) {
	w := newWorld(t)
	n := w.begin(job.Pending)
	w.Received(work.Walk)
	for _, d := range []delivery.Delivery{
		{UserID: "id-ada", Key: "ada", State: delivery.Delivered},
		{UserID: "id-bob", Key: "bob", State: delivery.Bounced},
	} {
		d.Name = delivery.NameOf(jobID, 1)
		d.Part = delivery.Part(jobID, 1, user.ShardOf(d.Key))
		d.Username = d.Key
		d.At = clock.Of(noon)
		w.Must(w.Deliveries.Put(t.Context(), d))
	}

	w.Must(w.steps.Count(t.Context(), n))
	steps := wiretest.Received[work.CountShard](w.Twin)
	if len(steps) != job.Shards {
		t.Errorf("%d steps are asked for", len(steps))
	}
	for _, step := range append(steps, steps...) { // each may come twice
		w.take(step)
	}

	const many = 6000
	n.Counts = notification.Counts{Audience: many, Sent: 2, Queued: many - 2}
	got, err := w.counter.Of(t.Context(), n)
	want := notification.Counts{Audience: many, Delivered: 1, Bounced: 1, Queued: many - 2}
	if err != nil || got != want {
		t.Errorf("when it is counted: %+v, %v", got, err)
	}
}
