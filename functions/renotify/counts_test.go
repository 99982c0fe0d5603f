package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/notification"
	"latchkey/shared/user"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

// shown asks for the job's first notification, and gives its counts.
func (w *world) shown() notification.Counts {
	w.T.Helper()
	status, answer := w.call(http.MethodGet, "/api/jobs/j1/notifications/1", nil, nil)

	var v struct{ Counts notification.Counts }
	if w.Must(json.Unmarshal([]byte(answer), &v)); status != http.StatusOK {
		w.T.Fatalf("answered %d %s", status, answer)
	}

	return v.Counts
}

func (w *world) delivered(name string, k int, state delivery.State) {
	w.T.Helper()
	w.Must(w.Deliveries.Put(w.T.Context(), delivery.Delivery{
		UserID:   "id-" + name,
		Name:     delivery.NameOf(jobID, 1).Nth(k),
		Part:     delivery.Part(jobID, 1, user.ShardOf(name)),
		Key:      name,
		Username: name,
		Device:   fmt.Sprint("Device ", k),
		Channel:  "email",
		State:    state,
		At:       clock.Of(noon),
	}))
}

func TestCountsFollowWhatBecameOfTheMessages(t *testing.T) {
	w := newWorld(t)
	w.add("ada", "bob", "cem")
	w.accepted(w.call(http.MethodPost, "/api/jobs/j1/notifications", fields{}, nil))
	w.batched(1, "ada", "bob", "cem")

	if got, want := w.shown(), (notification.Counts{Audience: 3, Queued: 3}); got != want {
		t.Errorf("before it is sent: %+v", got)
	}

	w.Pass(2 * time.Second)
	w.delivered("ada", 1, delivery.Sent)
	w.delivered("bob", 1, delivery.Sent)
	w.delivered("cem", 1, delivery.Sent)
	w.send(1, "ada", "bob", "cem")

	if got, want := w.shown(), (notification.Counts{Audience: 3, Sent: 3}); got != want {
		t.Errorf("when it is sent: %+v", got)
	}

	w.Pass(2 * time.Second)
	w.delivered("ada", 1, delivery.Delivered)
	w.delivered("bob", 1, delivery.Bounced)
	w.delivered("bob", 2, delivery.Delivered)
	w.delivered("cem", 1, delivery.Bounced)

	got, want := w.shown(), (notification.Counts{Audience: 3, Delivered: 2, Bounced: 1})
	if got != want {
		t.Errorf("after feedback: %+v", got)
	}

	for _, limit := range []int{1, 2, 200} {
		for state, want := range map[string]string{
			"":           "ada 1 delivered, bob 1 bounced, bob 2 delivered, cem 1 bounced",
			"delivered":  "ada 1 delivered, bob 2 delivered",
			"bounced":    "bob 1 bounced, cem 1 bounced",
			"sent":       "",
			"complained": "",
		} {
			if got := strings.Join(w.listed(state, limit), ", "); got != want {
				t.Errorf("%q, %d a page: got %s, want %s", state, limit, got, want)
			}
		}
	}
}

// listed lists the first notification's deliveries in a state, in pages of a limit.
func (w *world) listed(state string, limit int) (all []string) {
	w.T.Helper()
	query := url.Values{"limit": {fmt.Sprint(limit)}}
	if state != "" {
		query.Set("state", state)
	}

	for {
		path := "/api/jobs/j1/notifications/1/deliveries"
		_, answer := w.call(http.MethodGet, path+"?"+query.Encode(), nil, nil)
		var list struct {
			Items []struct{ Username, Device, State string }
			Next  string `json:"next_cursor"`
		}
		w.Must(json.Unmarshal([]byte(answer), &list))
		if len(list.Items) > limit {
			w.T.Errorf("a page of %d has %d", limit, len(list.Items))
		}

		for _, d := range list.Items {
			all = append(all, d.Username+" "+strings.TrimPrefix(d.Device, "Device ")+" "+d.State)
		}
		if list.Next == "" {
			slices.Sort(all)
			return all
		}
		query.Set("cursor", list.Next)
	}
}

func TestCursorsOfDeliveriesThatNobodyWasGiven(t *testing.T) {
	w := newWorld(t)
	w.add("ada")
	w.accepted(w.call(http.MethodPost, "/api/jobs/j1/notifications", fields{}, nil))
	w.batched(1, "ada")

	for _, at := range []position{
		{Shard: -1},
		{Shard: job.Shards},
		{Batch: -1},
		{User: -1},
		{User: notification.BatchSize},
		{Shown: -1},
		{After: strings.Repeat("u", 65)},
	} {
		query := url.Values{"cursor": {*api.NextCursor(at)}}
		path := "/api/jobs/j1/notifications/1/deliveries?" + query.Encode()
		status, answer := w.call(http.MethodGet, path, nil, nil)
		if status != http.StatusUnprocessableEntity {
			t.Errorf("%+v: %d %s", at, status, answer)
		}
	}
}

func TestALargeAudienceIsCountedByTheWalk(t *testing.T) {
	w := newWorld(t)

	const many = 6000

	n, err := w.notifications.Create(t.Context(), notification.Notification{
		JobID:        jobID,
		ID:           "a",
		Audience:     job.Pending,
		Devices:      []string{"Work Email"},
		LinkLifetime: 3600,
		Trigger:      notification.ByAdministrator,
		CreatedAt:    clock.Of(noon),
		CreatedBy:    "ADMIN",
	}, nil)
	w.Must(err)
	ref := notification.BatchRef{JobID: jobID, Number: n.Number}
	_, err = w.notifications.PutBatch(
		t.Context(),
		ref,
		notification.Cut{Usernames: []string{"ada"}, End: true},
	)
	w.Must(err)
	held := lease.Lease{Owner: "test", Until: w.Time().Add(time.Minute)}
	_, err = w.notifications.Claim(t.Context(), ref, held, w.Time())
	w.Must(err)
	w.Must(w.notifications.Release(
		t.Context(),
		ref,
		held,
		notification.Counts{Audience: many, Sent: 2},
		nil,
	))
	w.delivered("ada", 1, delivery.Delivered)
	w.delivered("bob", 1, delivery.Bounced)

	for range 2 {
		got, want := w.shown(), (notification.Counts{Audience: many, Sent: 2, Queued: many - 2})
		if got != want {
			t.Errorf("before it is counted: %+v", got)
		}
	}

	steps := wiretest.Received[work.CountShard](w.Twin)
	if len(steps) != job.Shards {
		t.Errorf("%d steps are asked for", len(steps))
	}
	for _, step := range append(steps, steps...) { // which walk takes, each maybe twice
		w.Must(w.counter.CountShard(t.Context(), n, step.Shard))
	}

	got := w.shown()
	want := notification.Counts{Audience: many, Delivered: 1, Bounced: 1, Queued: many - 2}
	if got != want {
		t.Errorf("when it is counted: %+v", got)
	}
}
