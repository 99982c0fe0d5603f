package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/topology"
	"latchkey/shared/user"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

// noon is when the clock begins.
var noon = wiretest.Noon

const jobID = "j1"

// world is a processed job.
type world struct {
	*wiretest.Twin
	handler
	callTime time.Duration // that a call of a table takes, by the twin's clock
}

// slow lets the time of a call pass.
type slow struct{ *world }

func (s slow) RoundTrip(request *http.Request) (*http.Response, error) {
	s.Pass(s.callTime)
	return http.DefaultTransport.RoundTrip(request)
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{Twin: wiretest.New(t, "walk", nil)}
	w.Transports["dynamodb"] = slow{w}
	w.handler = newHandler(w.Wire)
	w.Must(w.jobs.Create(t.Context(), job.Job{
		ID:           jobID,
		Status:       job.Processed,
		Devices:      []string{"Work Email", "SMS Phone"},
		LinkLifetime: 3600,
		CreatedAt:    clock.Of(noon),
		Notify:       job.Pending,
		Rows:         &job.Rows{},
		Tally:        &job.Tally{},
	}))
	return w
}

// add makes users who are members of the job.
func (w *world) add(names ...string) {
	w.T.Helper()

	var changes []directory.Change
	var members []member.Member
	for i, name := range names {
		p := user.Profile{
			ID:       "id-" + name,
			Key:      name,
			Username: strings.ToUpper(name),
			Fields:   map[string]string{"Work Email": name + "@example.com"},
		}
		changes = append(changes, directory.Change{Profile: p, Writer: "j1#" + name})
		members = append(members, member.Member{
			Key:      name,
			JobID:    jobID,
			Username: p.Username,
			Row:      i + 2,
			UserID:   p.ID,
			Outcome:  member.Added,
			State:    member.StatePending,
		})
	}

	_, err := w.Directory.WriteMany(w.T.Context(), changes)
	w.Must(err)
	w.Must(w.members.PutMany(w.T.Context(), members))
}

// inShard gives n names of one shard.
func inShard(shard, n int) []string {
	var names []string
	for i := 0; len(names) < n; i++ {
		if name := fmt.Sprintf("user%06d", i); user.ShardOf(name) == shard {
			names = append(names, name)
		}
	}

	return names
}

func (w *world) setPassword(names ...string) {
	w.T.Helper()

	for _, name := range names {
		w.Must(w.Credentials.Table.Put(
			w.T.Context(),
			credential.Credential{UserID: "id-" + name, Generation: "g"},
			"",
			nil,
		))
	}
}

// walkAll takes the walk's steps until there are none.
func (w *world) walkAll() {
	w.T.Helper()
	w.takeAll(work.Walk)
}

// takeAll takes the steps on a queue until there are none, each in the time that the
// function has for it, and returns how many there were.
func (w *world) takeAll(queue work.Queue) (steps int) {
	w.T.Helper()
	f, _ := topology.Latchkey.Function("walk")
	for {
		received := w.Received(queue)
		if len(received) == 0 {
			return steps
		}

		for _, step := range received {
			deadline := w.Time().Add(f.Timeout)
			ctx, cancel := context.WithDeadline(w.T.Context(), deadline)
			w.takeIn(ctx, step)
			cancel()
			if late := w.Time().Sub(deadline); late > 0 {
				w.T.Errorf("%T took %s longer than it may", step, late)
			}
			steps++
		}
	}
}

// batches gives the users of each batch that was made, and of which deliver was told, by
// its name; and how often it was told of each.
func (w *world) batches() (users map[string]string, told map[string]int) {
	w.T.Helper()

	users, told = map[string]string{}, map[string]int{}
	for _, message := range w.Received(work.Bulk) {
		m := message.(work.DeliverBatch)
		name := fmt.Sprintf("%d/%d/%d", m.Number, m.Shard, m.Seq)
		told[name]++
		held := lease.Lease{Owner: "test", Until: w.Time()}
		batch, err := w.notifications.Claim(
			w.T.Context(), notification.RefOf(m), held, w.Time(),
		)
		w.Must(err)

		if !batch.Done {
			var names []string
			for _, open := range batch.Open {
				names = append(names, open.Key)
			}
			users[name] = strings.Join(names, " ")
		}
	}

	return users, told
}

// finish has all batches of notifications sent.
func (w *world) finish() {
	w.T.Helper()
	users, _ := w.batches()
	w.settle(users, func(n int) notification.Counts {
		return notification.Counts{Audience: n, Sent: n}
	})
}

// settle ends the batches that are given by their names, each with the counts of its
// users.
func (w *world) settle(users map[string]string, result func(users int) notification.Counts) {
	w.T.Helper()
	ctx := w.T.Context()
	for name, list := range users {
		ref := notification.BatchRef{JobID: jobID}
		_, err := fmt.Sscanf(name, "%d/%d/%d", &ref.Number, &ref.Shard, &ref.Seq)
		w.Must(err)

		counts := result(len(strings.Fields(list)))
		w.Must(w.notifications.FinishBatch(ctx, ref, lease.Lease{Owner: "test"}, counts))
		w.Must(w.settler.Settle(ctx, w.number(ref.Number), ref.Shard))
	}
}

func (w *world) number(n int) notification.Notification {
	w.T.Helper()
	found, err := w.notifications.Get(w.T.Context(), jobID, n)
	w.Must(err)

	return found
}

func (w *world) job() job.Job {
	w.T.Helper()
	j, err := w.jobs.Get(w.T.Context(), jobID)
	w.Must(err)

	return j
}

// begin stores a notification as an administrator asks for it, and asks for its steps.
func (w *world) begin(audience job.Audience, usernames ...string) notification.Notification {
	w.T.Helper()
	n, err := w.steps.Begin(w.T.Context(), notification.Notification{
		JobID:        jobID,
		ID:           fmt.Sprint("n", w.job().Notifications+1),
		Audience:     audience,
		BuiltIn:      true,
		Devices:      []string{"Work Email"},
		LinkLifetime: 3600,
		Trigger:      notification.ByAdministrator,
		CreatedAt:    clock.Of(w.Time()),
		CreatedBy:    "ADMIN",
	}, usernames)
	w.Must(err)
	return n
}

// take takes a step, as if the queue had given it out.
func (w *world) take(step work.Message) {
	w.T.Helper()
	w.takeIn(w.T.Context(), step)
}

func (w *world) takeIn(ctx context.Context, step work.Message) {
	w.T.Helper()
	w.Must(w.handler.take(ctx, work.Received{Message: step, Owner: "test"}))
}
