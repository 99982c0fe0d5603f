package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// listed walks a list of members to its end, and tells each as "username state
// notification/device:delivery(reason)".
func (w *world) listed(id, query string) (told []string, pages int) {
	w.T.Helper()

	for cursor := ""; ; {
		status, answer := w.call("GET", "/api/jobs/"+id+"/members?"+query+cursor, "", nil)

		var page struct {
			Items []struct {
				Username, State string
				LastDelivery    *struct {
					Notification          *int
					Device, State, Reason string
				} `json:"last_delivery"`
			}
			Next *string `json:"next_cursor"`
		}
		w.Must(json.Unmarshal([]byte(answer), &page))

		if pages++; status != http.StatusOK || pages > 1000 {
			w.T.Fatalf("page %d: got %d, %s", pages, status, answer)
		}

		for _, m := range page.Items {
			text := m.Username + " " + m.State
			if d := m.LastDelivery; d != nil {
				text += fmt.Sprintf(" %d/%s:%s(%s)", *d.Notification, d.Device, d.State, d.Reason)
			}

			told = append(told, text)
		}

		if page.Next == nil {
			slices.Sort(told)
			return told, pages
		}

		cursor = "&cursor=" + *page.Next
	}
}

func TestMembersAreToldWithWhatBecameOfTheirMessages(t *testing.T) {
	w := newWorld(t)
	w.add("j1", job.Processed)

	ctx := t.Context()

	type sent = delivery.Delivery

	for _, m := range []struct {
		name  string
		state member.State
		sent  []sent // with the name's end
	}{
		{
			name:  "active",
			state: member.StatePending,
			sent:  []sent{{Name: "000001", State: delivery.Delivered}},
		},
		{
			name:  "bounced",
			state: member.StatePending,
			sent: []sent{
				{
					Name:   "000001",
					State:  delivery.Bounced,
					Reason: delivery.ReasonHardBounce,
				},
			},
		},
		{
			name:  "expired",
			state: member.StatePending,
			sent:  []sent{{Name: "000001", State: delivery.Delivered}},
		},
		{"fallen", member.StatePending, []sent{
			{Name: "000001", State: delivery.Bounced, Reason: delivery.ReasonHardBounce},
			{Name: "000001#2", Device: "SMS Phone", State: delivery.Sent},
		}},
		{"fresh", member.StatePending, nil},
		{"inactive", member.StateInactive, nil},
		{"later", member.StatePending, []sent{
			{Name: "000001", State: delivery.Delivered},
			{Name: "000001#2", Device: "SMS Phone", State: delivery.Sent},
			{Name: "000002", State: delivery.Bounced, Reason: delivery.ReasonMailboxFull},
		}},
		{"removed", member.StateRemoved, nil},
	} {
		id := "id-" + m.name
		w.Must(w.members.PutMany(ctx, []member.Member{
			{
				Key:      m.name,
				JobID:    "j1",
				Username: m.name,
				Row:      2,
				UserID:   id,
				Outcome:  member.Added,
				State:    m.state,
			},
		}))

		for _, d := range m.sent {
			d.UserID = id
			d.Name = "j1#" + d.Name
			d.Key = m.name
			d.Username = m.name
			d.At = clock.Of(noon)
			d.Channel = user.Email
			if d.Device == "" {
				d.Device = "Work Email"
			}

			w.Must(w.deliveries.Put(ctx, d))
		}
	}

	w.Must(w.credentials.Table.Put(
		ctx,
		credential.Credential{
			UserID:     "id-active",
			Generation: "g",
			FirstSetAt: clock.Of(noon),
		},
		"",
		nil,
	))
	link := token.Link{UserID: "id-expired", Purpose: token.Invite, Username: "expired"}
	link.Hash, link.ExpiresAt = "h", clock.Of(noon.Add(-time.Second))
	w.Must(w.tokens.Replace(ctx, link, nil))

	all := map[string]string{
		"active":   "active active 1/Work Email:delivered()",
		"bounced":  "bounced pending 1/Work Email:bounced(hard_bounce)",
		"expired":  "expired expired 1/Work Email:delivered()",
		"fallen":   "fallen pending 1/SMS Phone:sent()",
		"fresh":    "fresh pending",
		"inactive": "inactive inactive",
		"later":    "later pending 2/Work Email:bounced(mailbox_full)",
		"removed":  "removed removed",
	}
	for query, names := range map[string]string{
		"":              "active bounced expired fallen fresh inactive later removed",
		"state=pending": "bounced expired fallen fresh later",
		"state=expired": "expired",
		"state=active":  "active", "state=inactive": "inactive", "state=removed": "removed",
		"audience=pending":                 "bounced expired fallen fresh later",
		"audience=everyone":                "active bounced expired fallen fresh later",
		"audience=expired":                 "expired",
		"audience=unreached":               "bounced fresh",
		"audience=unreached&state=expired": "",
		"q=f&audience=unreached":           "fresh",
	} {
		for _, limit := range []string{"", "&limit=1", "&limit=2"} {
			var want []string
			for _, name := range strings.Fields(names) {
				want = append(want, all[name])
			}

			got, _ := w.listed("j1", strings.TrimPrefix(query+limit, "&"))
			if !slices.Equal(got, want) {
				t.Errorf("?%s%s: got\n%s", query, limit, strings.Join(got, "\n"))
			}
		}
	}
}

func TestAFewAmongManyMembersAreFoundInFewPages(t *testing.T) {
	w := newWorld(t)
	w.add("j1", job.Processed)

	var (
		members []member.Member
		want    []string
	)
	for i := range 6000 {
		name := fmt.Sprintf("user%04d", i)

		m := member.Member{
			Key:      name,
			JobID:    "j1",
			Username: name,
			Row:      i + 2,
			UserID:   "id-" + name,
			Outcome:  member.Added,
			State:    member.StatePending,
		}
		if i%2000 == 999 {
			m.State = member.StateInactive

			want = append(want, name+" inactive")
		}

		members = append(members, m)
	}

	w.Must(w.members.PutMany(t.Context(), members))

	if got, pages := w.listed("j1", "state=inactive"); !slices.Equal(got, want) || pages > 2 {
		t.Errorf("got %v in %d pages", got, pages)
	}
}
