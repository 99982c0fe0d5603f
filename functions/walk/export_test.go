package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/lease"
	"latchkey/shared/object"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/work"
)

func TestAnExportHasEveryMemberOfAStateInEveryShard(t *testing.T) {
	w := newWorld(t)
	w.add("ada", "bob", "eve", "=1+1")
	w.setPassword("bob")
	w.Must(w.Tokens.Replace(t.Context(), token.Link{
		UserID:   "id-eve",
		Purpose:  token.Invite,
		Username: "eve",
		Sent:     token.Sent{Hash: "h", ExpiresAt: clock.Of(noon) - 1},
	}, nil))

	for _, d := range []delivery.Delivery{
		{Name: delivery.NameOf(jobID, 1), Device: "Work Email", State: delivery.Delivered},
		{
			Name:   delivery.NameOf(jobID, 2),
			Device: "Work Email",
			State:  delivery.Bounced,
			Reason: delivery.ReasonHardBounce,
		},
		{
			Name:   delivery.NameOf(jobID, 2) + "#2",
			Device: "SMS Phone",
			State:  delivery.Failed,
			Reason: delivery.ReasonTries,
		},
	} {
		d.UserID, d.Key, d.Username, d.At = "id-eve", "eve", "EVE", clock.Of(noon)
		w.Must(w.Deliveries.Put(t.Context(), d))
	}

	for _, test := range []struct {
		name, filter string
		users        string // in any order, with their states
	}{
		{"all of them", "", "'=1+1:pending ADA:pending BOB:active EVE:expired"},
		{"the pending, with the expired", "pending", "'=1+1:pending ADA:pending EVE:expired"},
		{"the expired", "expired", "EVE:expired"},
		{"the active", "active", "BOB:active"},
		{"those of a state that nobody is in", "removed", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.export(test.filter)
			content, err := w.bucket.Read(t.Context(), object.Members(jobID, test.filter))
			w.Must(err)

			lines := strings.Split(strings.TrimSuffix(string(content), "\r\n"), "\r\n")
			header := "\uFEFFUser,First Name,Last Name,Row,Outcome,State,Activated At," +
				"Last Notification,Last Device,Last Delivery,Last Reason,Last Delivery At"
			if lines[0] != header {
				t.Errorf("got the header %q", lines[0])
			}

			found := map[string]bool{}
			for _, line := range lines[1:] {
				cells := strings.Split(line, ",")
				found[cells[0]+":"+cells[5]] = true

				last := ",,,,"
				if cells[0] == "EVE" {
					last = "2,SMS Phone,failed,tries,2100-03-01T12:00:00Z"
				}

				if got := strings.Join(cells[7:], ","); got != last {
					t.Errorf("the last delivery of %s is %s", cells[0], got)
				}
			}

			wanted := strings.Fields(test.users)
			for _, one := range wanted {
				if !found[one] {
					t.Errorf("%s is missing in %v", one, found)
				}
			}

			if len(found) != len(wanted) || len(lines)-1 != len(wanted) {
				t.Errorf("got %v, want %v", found, wanted)
			}
		})
	}
}

// export asks for an export, takes its steps, and returns how many there were.
func (w *world) export(filter string) (steps int) {
	w.T.Helper()
	_, _, err := w.jobs.AskExport(
		w.T.Context(), jobID, filter, w.Time(), time.Minute, work.Lost,
	)
	w.Must(err)
	w.Must(w.queues.Send(w.T.Context(), work.ExportMembers{JobID: jobID, State: filter}, 0))
	return w.takeAll(work.Background)
}

func TestAnExportTakesAsManyStepsAsItNeeds(t *testing.T) {
	w := newWorld(t)
	const perShard = 8*pageMembers + 1
	w.add(slices.Concat(inShard(3, perShard), inShard(9, perShard))...)
	w.Must(w.jobs.Table.Update(
		t.Context(),
		store.Key{"job": jobID, "item": "job"},
		store.Update{
			Set:    "#rows.valid = :rows",
			Values: store.Values{":rows": exportDeliveries + 1},
		},
		nil,
	))
	w.callTime = 3 * time.Second

	if steps := w.export(""); steps < 2 || steps > 5 {
		t.Errorf("it takes %d steps", steps)
	}

	content, err := w.bucket.Read(t.Context(), object.Members(jobID, ""))
	w.Must(err)
	if versions := w.versions(); len(versions) != 1 {
		t.Errorf("in the bucket are %v", versions)
	}

	users := map[string]bool{}
	lines := strings.Split(strings.TrimSuffix(string(content), "\r\n"), "\r\n")
	for _, line := range lines[1:] {
		name, _, _ := strings.Cut(line, ",")
		users[name] = true
	}
	if len(lines) != 1+2*perShard || len(users) != 2*perShard {
		t.Errorf("it has %d lines of %d users", len(lines), len(users))
	}
}

func TestOfTwoStepsOfAnExportOneGoesOn(t *testing.T) {
	w := newWorld(t)
	w.add("ada")
	_, _, err := w.jobs.AskExport(t.Context(), jobID, "", w.Time(), time.Minute, work.Lost)
	w.Must(err)
	other := lease.Lease{Owner: "another", Until: w.Time().Add(time.Minute)}
	_, err = w.jobs.ClaimExport(t.Context(), jobID, "", other, w.Time())
	w.Must(err)

	step := work.ExportMembers{JobID: jobID}
	w.take(step)
	if _, err := w.bucket.Read(t.Context(), object.Members(jobID, "")); err == nil {
		t.Error("both write the file")
	}

	// The other one has died: the step, which is taken again, goes on.
	w.Set(other.Until.Add(time.Second))
	for range 2 {
		w.take(step)
	}
	if _, err := w.bucket.Read(t.Context(), object.Members(jobID, "")); err != nil {
		t.Error(err)
	}
}
