package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/notification"
	"latchkey/shared/token"
	"latchkey/shared/topology"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

func TestAWalkThatIsDoneTwiceMakesTheSameBatches(t *testing.T) {
	w := newWorld(t)
	names := inShard(3, 250)
	w.add(names...)
	n := w.begin(job.Pending)

	step := work.CutShard{JobID: jobID, Number: n.Number, Shard: 3}
	w.take(step)
	first, _ := w.batches()
	// Between the two, some of each batch have set a password, and somebody has come who
	// would be in the first.
	w.setPassword(names[0], names[120], names[249])
	w.add(strings.Replace(names[50], "user", "user0", 1))
	w.take(step)

	second, told := w.batches()
	if len(first) != 3 || !maps.Equal(first, second) {
		t.Errorf(
			"got %d batches, then %d: the same is %t",
			len(first),
			len(second),
			maps.Equal(first, second),
		)
	}

	for name, times := range told {
		if times != 1 {
			t.Errorf("the second walk tells of %s %d times", name, times)
		}
	}

	var all []string
	for seq := range 3 {
		all = append(all, strings.Fields(first[fmt.Sprint("1/3/", seq)])...)
	}

	if !slices.Equal(all, names) {
		t.Errorf("%d users are in batches, want %d", len(all), len(names))
	}
}

// A shard of a million members has 62,500. Where a call takes 20 ms, one step goes over it,
// and where a call takes seconds, a few.
func TestAStepWorksUntilItsTimeIsNearlyUp(t *testing.T) {
	const members = 2_500
	f, _ := topology.Latchkey.Function("walk")

	for callTime, most := range map[time.Duration]int{
		20 * time.Millisecond: 1,
		5 * time.Second:       5,
	} {
		t.Run(callTime.String(), func(t *testing.T) {
			w := newWorld(t)
			w.add(inShard(3, members)...)
			w.begin(job.Pending)
			w.callTime = callTime
			began := w.Time()

			steps := w.takeAll(work.Walk) - (job.Shards - 1) // the other shards are empty
			took := w.Time().Sub(began)
			if steps > most {
				t.Errorf("%d steps in %s, want at most %d", steps, took, most)
			}
			if most == 1 && took*62_500/members > f.Timeout-margin {
				t.Errorf("%d members take %s: a million aren't walked in one step", members, took)
			}

			w.callTime = 0
			w.finish()
			if n := w.number(1); n.Status != notification.Sent || n.Counts.Sent != members {
				t.Errorf("it is %s, with %+v", n.Status, n.Counts)
			}
		})
	}
}

// The walk died when it had made the last batch and not told deliver yet; then all its
// users became active.
func TestABatchThatWasMadeAndNotToldOfIsToldOfThoughNobodyIsLeftInIt(t *testing.T) {
	w := newWorld(t)
	names := inShard(3, 2)
	w.add(names...)
	n := w.begin(job.Pending)
	_, err := w.notifications.PutBatch(
		t.Context(),
		batchRef(n, 3, 0),
		notification.Cut{Usernames: names, Next: names[1], End: true},
	)
	w.Must(err)
	w.setPassword(names...)
	w.walkAll()
	w.finish()

	if got := w.number(1); got.Status != notification.Sent || got.Counts.Audience != 2 {
		t.Errorf("it is %s, with %+v", got.Status, got.Counts)
	}
}

func TestEveryAudienceIsWalkedWhole(t *testing.T) {
	w := newWorld(t)

	var names []string
	for i := range 60 {
		names = append(names, fmt.Sprintf("user%d", i))
	}

	w.add(names...)
	w.setPassword(names[:20]...)

	for _, name := range names[20:30] { // expired
		w.Must(w.Tokens.Replace(t.Context(), token.Link{
			UserID:  "id-" + name,
			Purpose: token.Invite,
			Sent:    token.Sent{Hash: "h", ExpiresAt: clock.Of(noon)},
		}, nil))
	}

	for i, name := range names[30:40] { // reached, but for the first half
		state := delivery.Bounced
		if i >= 5 {
			state = delivery.Sent
		}

		w.Must(w.Deliveries.Put(t.Context(), delivery.Delivery{
			UserID: "id-" + name,
			Name:   delivery.NameOf(jobID, 1),
			Key:    name,
			State:  state,
			At:     clock.Of(noon),
		}))
	}

	for _, test := range []struct {
		name     string
		audience job.Audience
		named    []string
		want     int
	}{
		{"pending", job.Pending, nil, 40},
		{"everyone", job.Everyone, nil, 60},
		{"expired", job.Expired, nil, 10},
		{"unreached", job.Unreached, nil, 35},
		{"named", job.Named, []string{"USER0", "USER59"}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			made := w.begin(test.audience, test.named...)
			w.walkAll()
			w.finish()

			n := w.number(made.Number)
			if n.Status != notification.Sent || n.Counts.Audience != test.want ||
				n.Counts.Sent != test.want {
				t.Errorf("it is %s, with %+v", n.Status, n.Counts)
			}
		})
	}
}

func TestAnAudienceOfNobodyIsSentAtOnce(t *testing.T) {
	w := newWorld(t)
	w.begin(job.Pending)
	w.walkAll()

	if n := w.number(1); n.Status != notification.Sent || n.FinishedAt == 0 {
		t.Errorf("it is %s", n.Status)
	}
}

func TestTheUploadsNotificationIsMadeOnce(t *testing.T) {
	w := newWorld(t)
	w.add("ada", "bob")

	asked := work.NotifyUploaded{JobID: jobID}
	w.take(asked)
	w.take(asked) // every worker that sees the job's end asks for it

	if got := w.job().Notifications; got != 1 {
		t.Fatalf("%d notifications", got)
	}

	w.walkAll()
	w.finish()
	w.take(asked)

	if got := w.job().Notifications; got != 1 {
		t.Fatalf("when it is sent, there are %d", got)
	}

	w.walkAll()
	w.begin(job.Pending)
	w.walkAll()
	w.finish()
	w.take(asked) // a message that comes late

	if got := w.job().Notifications; got != 2 {
		t.Errorf("after the administrator's there are %d", got)
	}
}

// inRound has users become members by rows that a round has done.
func (w *world) inRound(round int, names ...string) {
	w.T.Helper()
	w.add(names...)
	found, err := w.members.GetMany(w.T.Context(), jobID, names)
	w.Must(err)

	var members []member.Member
	for _, m := range found {
		m.Round = round
		members = append(members, m)
	}
	w.Must(w.members.PutMany(w.T.Context(), members))
}

func TestWhoseRowsWereDoneInALaterRoundIsInvitedOnce(t *testing.T) {
	w := newWorld(t)
	first := work.NotifyUploaded{JobID: jobID, Round: 1}
	second := work.NotifyUploaded{JobID: jobID, Round: 2}
	w.inRound(1, "ada")
	w.take(first)
	w.walkAll()
	users, _ := w.batches()

	// While the first is sent, the second waits.
	w.inRound(2, "bob")
	w.take(second)
	if got := w.job().Notifications; got != 1 {
		t.Fatalf("%d notifications while the first is sent", got)
	}
	w.settle(users, func(n int) notification.Counts {
		return notification.Counts{Audience: n, Sent: n}
	})

	for range 2 {
		w.take(second)
		w.take(first) // late
	}
	w.walkAll()
	later, _ := w.batches()
	got := fmt.Sprint(slices.Collect(maps.Values(users)), slices.Collect(maps.Values(later)))
	if got != "[ada] [bob]" || w.job().Notifications != 2 {
		t.Errorf("%d notifications are for %s", w.job().Notifications, got)
	}
}

func TestARoundWhoseMessageComesFirstInvitesThoseOfTheOneBefore(t *testing.T) {
	w := newWorld(t)
	w.inRound(1, "ada")
	w.inRound(2, "bob")
	w.take(work.NotifyUploaded{JobID: jobID, Round: 2})
	w.walkAll()
	w.finish()
	w.take(work.NotifyUploaded{JobID: jobID, Round: 1})

	if n := w.number(1); n.Counts.Audience != 2 || w.job().Notifications != 1 {
		t.Errorf("%d notifications, the first for %d", w.job().Notifications, n.Counts.Audience)
	}
}

func TestOfSeveralStepsOnlyTheOneThatFailsComesBack(t *testing.T) {
	w := newWorld(t)
	w.add("ada")
	w.begin(job.Pending)

	body := func(step work.Message) string {
		text, err := work.Encode(step)
		w.Must(err)
		return text
	}
	event := events.SQSEvent{Records: []events.SQSMessage{
		{
			MessageId: "good",
			Body: body(
				work.CutShard{JobID: jobID, Number: 1, Shard: user.ShardOf("ada")},
			),
		},
		{MessageId: "no JSON", Body: "{"},
		{MessageId: "of no kind", Body: `{"kind":"dance","message":{}}`},
		{
			MessageId: "no such notification",
			Body:      body(work.CutShard{JobID: jobID, Number: 9}),
		},
		{MessageId: "of a deleted job", Body: body(work.TallyShard{JobID: "gone"})},
		{MessageId: "good too", Body: body(work.TallyShard{JobID: jobID})},
	}}
	answer, err := w.handle(t.Context(), event)
	w.Must(err)

	var failed []string
	for _, failure := range answer.BatchItemFailures {
		failed = append(failed, failure.ItemIdentifier)
	}

	if got := strings.Join(failed, ", "); got != "no JSON, of no kind, no such notification" {
		t.Errorf("failed: %s", got)
	}

	if users, _ := w.batches(); len(users) != 1 {
		t.Errorf("batches are %v", users)
	}
}
