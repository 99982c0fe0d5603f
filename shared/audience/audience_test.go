package audience_test

import (
	"testing"
	"time"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/audience"
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// noon is far ahead: DynamoDB Local deletes what its own clock finds past its "delete_at".
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// people are members of the job j1, each with what is said of them; the notification that
// is sent is its second.
var people = []struct {
	name     string
	profile  bool
	userID   string // of the profile, where it isn't the member's
	inactive bool
	active   bool
	expires  time.Duration // of the latest link; 0: there is none
	link     delivery.Name // the notification that brought it
	states   map[int]delivery.State
}{
	{name: "new", profile: true},
	{name: "holds a link", profile: true, expires: time.Millisecond},
	{
		name:    "expired",
		profile: true,
		expires: -time.Millisecond,
		states:  map[int]delivery.State{1: delivery.Sent},
	},
	{
		name:    "renewed by this one",
		profile: true,
		expires: time.Hour,
		link:    delivery.NameOf("j1", 2),
	},
	{
		name:    "reached",
		profile: true,
		expires: time.Hour,
		states:  map[int]delivery.State{1: delivery.Delivered},
	},
	{
		name:    "bounced",
		profile: true,
		expires: time.Hour,
		states:  map[int]delivery.State{1: delivery.Bounced},
	},
	{name: "sent by this one", profile: true, states: map[int]delivery.State{2: delivery.Sent}},
	{name: "active", profile: true, active: true},
	{name: "inactive", profile: true, inactive: true},
	{name: "removed"},
	{name: "another by now", profile: true, userID: "other"},
}

func TestDecide(t *testing.T) {
	db, name := enginetest.Tables(t)
	table := func(of string) store.Table { return store.Table{DB: db, Name: name(of)} }
	judge := audience.Judge{
		Directory:   directory.Store{Table: table("directory")},
		Credentials: credential.Store{Table: table("credentials")},
		Tokens:      token.Store{Table: table("tokens")},
		Deliveries:  delivery.Store{Table: table("deliveries")},
	}

	var members []member.Member
	for _, p := range people {
		id := "id-" + p.name

		members = append(members, member.Member{Key: p.name, JobID: "j1", UserID: id})
		if p.profile {
			profile := user.Profile{ID: id, Key: p.name, Fields: map[string]string{}}
			if p.userID != "" {
				profile.ID = p.userID
			}

			if p.inactive {
				profile.Fields[user.Status] = user.Inactive
			}

			must(t, judge.Directory.Write(t.Context(), profile, nil, "j1#"+p.name))
		}

		if p.active {
			must(t, judge.Credentials.Table.Put(
				t.Context(), credential.Credential{UserID: id, Generation: "g"}, "", nil,
			))
		}

		if p.expires != 0 {
			must(t, judge.Tokens.Replace(t.Context(), token.Link{
				UserID:   id,
				Purpose:  token.Invite,
				Delivery: p.link,
				Sent:     token.Sent{Hash: "h", ExpiresAt: clock.Of(noon.Add(p.expires))},
			}, nil))
		}

		for number, state := range p.states {
			must(t, judge.Deliveries.Put(t.Context(), delivery.Delivery{
				UserID: id,
				Name:   delivery.NameOf("j1", number),
				Key:    p.name,
				State:  state,
				At:     clock.Of(noon),
			}))
		}
	}

	members = append(members, member.Member{Key: "failed row", JobID: "j1", Outcome: member.Failed})

	const in = ""

	everybodyOut := map[string]string{
		"inactive":       delivery.ReasonInactive,
		"removed":        delivery.ReasonRemoved,
		"another by now": delivery.ReasonRemoved,
		"failed row":     delivery.ReasonRemoved,
	}
	for _, test := range []struct {
		of   job.Audience
		want map[string]string // who is out beside, and why
	}{
		{job.Everyone, nil},
		{job.Named, nil},
		{job.Pending, map[string]string{"active": delivery.ReasonActive}},
		{job.Expired, map[string]string{
			"active":           delivery.ReasonActive,
			"new":              delivery.ReasonNotExpired,
			"holds a link":     delivery.ReasonNotExpired,
			"reached":          delivery.ReasonNotExpired,
			"bounced":          delivery.ReasonNotExpired,
			"sent by this one": delivery.ReasonNotExpired,
		}},
		{job.Unreached, map[string]string{
			"active":  delivery.ReasonActive,
			"expired": delivery.ReasonReached,
			"reached": delivery.ReasonReached,
		}},
	} {
		t.Run(string(test.of), func(t *testing.T) {
			verdicts, err := judge.Decide(
				t.Context(),
				test.of,
				members,
				delivery.NameOf("j1", 2),
				noon,
			)
			must(t, err)

			if len(verdicts) != len(members) {
				t.Fatalf("%d verdicts", len(verdicts))
			}

			for i, v := range verdicts {
				want := everybodyOut[v.Member.Key]
				if want == in {
					want = test.want[v.Member.Key]
				}

				if v.Member.Key != members[i].Key || v.Reason != want || v.In != (want == in) ||
					v.Active != (v.Member.Key == "active") {
					t.Errorf("%s: in is %t, %q; want %q", v.Member.Key, v.In, v.Reason, want)
				}
			}
		})
	}
}
