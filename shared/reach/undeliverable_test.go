package reach_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/clock"
	"latchkey/shared/reach"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

func newStore(t testing.TB) reach.Addresses {
	t.Helper()
	db, name := enginetest.Tables(t)
	return reach.Addresses{Table: store.Table{DB: db, Name: name("addresses")}}
}

func TestMarked(t *testing.T) {
	s := newStore(t)

	bounced := reach.AddressKey(user.Email, "ada@example.com")
	cleared := reach.AddressKey(user.Email, "cem@example.com")
	fine := reach.AddressKey(user.Email, "bob@example.com")
	for _, err := range []error{
		s.Mark(t.Context(), bounced, "hard_bounce", noon),
		s.Mark(t.Context(), cleared, "complaint", noon),
		s.Clear(t.Context(), cleared, noon.Add(time.Hour)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}

	// two users may have one address
	marked, err := s.Marked(t.Context(), []string{bounced, fine, cleared, bounced})
	if err != nil || len(marked) != 1 || !marked[bounced] {
		t.Errorf("got %v, %v", marked, err)
	}

	marks, err := s.Marks(t.Context(), []string{bounced, fine})
	want := reach.Mark{Reason: "hard_bounce", At: clock.Of(noon)}
	if err != nil || len(marks) != 1 || marks[bounced] != want {
		t.Errorf("got %v, %v", marks, err)
	}

	if marked, err := s.Marked(t.Context(), nil); err != nil || len(marked) > 0 {
		t.Errorf("of none: got %v, %v", marked, err)
	}
}

func TestTheLatestOfMarksAndClearingsCountsInWhateverOrderTheyAreTold(t *testing.T) {
	s := newStore(t)

	type told struct {
		reason string // "" for a clearing
		at     time.Duration
	}

	bounce, complaint := told{"hard_bounce", time.Minute}, told{"complaint", 3 * time.Minute}
	for i, test := range []struct {
		name string
		told []told
		want string
	}{
		{"a mark", []told{bounce}, "hard_bounce"},
		{"a mark twice", []told{bounce, bounce}, "hard_bounce"},
		{"a later mark", []told{bounce, complaint}, "complaint"},
		{"an earlier mark, late", []told{complaint, bounce}, "complaint"},
		{"cleared", []told{bounce, {"", 2 * time.Minute}}, ""},
		{"cleared, and told of the mark late", []told{{"", 2 * time.Minute}, bounce}, ""},
		{"cleared, and marked anew", []told{bounce, {"", 2 * time.Minute}, complaint}, "complaint"},
		{
			name: "marked anew, and told of the clearing late",
			told: []told{bounce, complaint, {"", 2 * time.Minute}},
			want: "complaint",
		},
		{
			name: "cleared twice, the first time late",
			told: []told{bounce, {"", 4 * time.Minute}, {"", 2 * time.Minute}, complaint},
			want: "",
		},
		{"cleared at the moment of the mark", []told{bounce, {"", time.Minute}}, ""},
	} {
		key := fmt.Sprint("key", i)
		for _, one := range test.told {
			var err error
			if one.reason == "" {
				err = s.Clear(t.Context(), key, noon.Add(one.at))
			} else {
				err = s.Mark(t.Context(), key, one.reason, noon.Add(one.at))
			}

			if err != nil {
				t.Fatal(err)
			}
		}

		marks, err := s.Marks(t.Context(), []string{key})
		if err != nil || marks[key].Reason != test.want {
			t.Errorf("%s: got %v, %v", test.name, marks, err)
		}
	}
}

func TestAMarkIsOfTheAddressInAnyLetterCase(t *testing.T) {
	s := newStore(t)
	written := []string{"ada@example.com", "Ada@Example.com", "ADA@EXAMPLE.COM", "aDA@example.COM"}

	for i, text := range written {
		at := noon.Add(time.Duration(i) * time.Hour)
		err := s.Mark(t.Context(), reach.AddressKey(user.Email, text), "complaint", at)
		if err != nil {
			t.Fatal(err)
		}

		other := reach.AddressKey(user.Email, written[(i+1)%len(written)])
		marked, err := s.Marked(t.Context(), []string{other})
		if err != nil || !marked[other] {
			t.Errorf("%s: the mark isn't found: %v", text, err)
		}

		if err := s.Clear(t.Context(), other, at); err != nil {
			t.Fatal(err)
		}
		if marked, err := s.Marked(t.Context(), []string{other}); err != nil || len(marked) > 0 {
			t.Errorf("%s: the mark isn't cleared: %v", text, err)
		}
	}
}

func TestAKeyTellsNoAddress(t *testing.T) {
	key := reach.AddressKey(user.Email, "ada@example.com")
	if strings.Contains(key, "ada") || key == reach.AddressKey(user.SMS, "ada@example.com") ||
		key == reach.AddressKey(user.Email, "ada@example.org") {
		t.Errorf("got %s", key)
	}
}
