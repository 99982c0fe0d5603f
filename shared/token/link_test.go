package token

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/store"
)

// noon is far ahead: DynamoDB Local deletes what its own clock finds past its "delete_at".
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

func newStore(t testing.TB) Store {
	t.Helper()
	db, name := enginetest.Tables(t)
	return Store{Table: store.Table{DB: db, Name: name("tokens")}}
}

func sent(hash string, lasts time.Duration) Sent {
	return Sent{Hash: hash, SentAt: clock.Of(noon), ExpiresAt: clock.Of(noon.Add(lasts))}
}

func TestFind(t *testing.T) {
	older := sent("older", time.Minute)
	older.SentAt = clock.Of(noon.Add(-2 * time.Hour))
	old := sent("old", time.Hour)
	old.SentAt = clock.Of(noon.Add(-time.Hour))

	invite := Link{Purpose: Invite, Sent: sent("new", time.Hour), Previous: []Sent{old, older}}
	reset := invite
	reset.Purpose = Reset

	end := noon.Add(time.Hour)
	never := time.Time{}
	for _, test := range []struct {
		name  string
		link  Link
		hash  string
		setAt time.Time // of the user's password
		now   time.Time
		want  State
	}{
		{"the latest works", invite, "new", never, noon, Valid},
		{"until the last millisecond", invite, "new", never, end.Add(-time.Millisecond), Valid},
		{"and not at its end, though the item is there", invite, "new", never, end, Expired},
		{"one that was replaced is known as such", invite, "old", never, noon, Replaced},
		{"so is one that had expired before", invite, "older", never, end, Replaced},
		{"none works after a password was set", invite, "new", end, end, Used},
		{"nor one that was made after it", invite, "new", older.at(), noon, Used},
		{"nor does a replaced one", invite, "old", noon, noon, Used},
		{"a used one stays used after its end", invite, "new", noon, end, Used},
		{"a made-up one is invalid", invite, "other", never, noon, Invalid},
		{"an empty hash is no link", invite, "", never, noon, Invalid},
		{"a part of a hash is no link", invite, "ne", never, noon, Invalid},
		{
			"a reset works if the password was set before",
			reset, "new", noon.Add(-time.Millisecond), noon, Valid,
		},
		{"not if it was set since", reset, "new", noon.Add(time.Millisecond), end, Used},
		{"nor in the same millisecond", reset, "new", noon, end, Used},
		{"a replaced reset that was used", reset, "older", old.at(), noon, Used},
		{"a reset that was replaced since then", reset, "old", older.at(), noon, Replaced},
		{"a pending user's reset works, too", reset, "new", never, noon, Valid},
	} {
		t.Run(test.name, func(t *testing.T) {
			var setAt clock.Millis
			if test.setAt != never {
				setAt = clock.Of(test.setAt)
			}

			found, got := test.link.Find(test.hash, setAt, test.now)
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}

			if (got == Invalid) != (found.Hash == "") || got != Invalid && found.Hash != test.hash {
				t.Errorf("it found the link %q", found.Hash)
			}
		})
	}
}

func (s Sent) at() time.Time { return s.SentAt.Time() }

func TestReplaceKeepsTheLastFive(t *testing.T) {
	s := newStore(t)

	var before *Link
	for i := range 8 {
		link := Link{
			UserID:   "u1",
			Purpose:  Invite,
			Username: "ada",
			Sent:     sent(fmt.Sprint("hash-", i), time.Hour),
		}
		if err := s.Replace(t.Context(), link, before); err != nil {
			t.Fatal(err)
		}

		found, err := s.Link(t.Context(), "u1", Invite)
		if err != nil {
			t.Fatal(err)
		}

		before = &found
	}

	var hashes []string
	for _, old := range before.Previous {
		hashes = append(hashes, old.Hash)
	}

	if want := []string{
		"hash-6",
		"hash-5",
		"hash-4",
		"hash-3",
		"hash-2",
	}; before.Hash != "hash-7" || !slices.Equal(hashes, want) {
		t.Errorf("got %s, %v; want hash-7, %v", before.Hash, hashes, want)
	}

	kept := before.DeleteAt - clock.SecondOf(before.ExpiresAt.Time())
	if kept < 90*24*3600 {
		t.Errorf("the item is kept for %d s after its end: "+
			"an old link is soon taken for a made-up one", kept)
	}
}

func TestReplaceOverALinkThatItHasNotRead(t *testing.T) {
	s := newStore(t)

	first := Link{UserID: "u1", Purpose: Invite, Sent: sent("first", time.Hour)}
	if err := s.Replace(t.Context(), first, nil); err != nil {
		t.Fatal(err)
	}

	err := s.Replace(
		t.Context(), Link{UserID: "u1", Purpose: Invite, Sent: sent("second", time.Hour)}, &first,
	)
	if err != nil {
		t.Fatal(err)
	}

	for _, test := range []struct {
		name   string
		before *Link
	}{
		{"that was thought not to be there", nil},
		{"that is another by now", &first},
	} {
		t.Run(test.name, func(t *testing.T) {
			now, err := s.Link(t.Context(), "u1", Invite)
			if err != nil {
				t.Fatal(err)
			}

			err = s.Replace(
				t.Context(),
				Link{UserID: "u1", Purpose: Invite, Sent: sent(test.name, time.Hour)},
				test.before,
			)
			if err != nil {
				t.Fatal(err)
			}

			found, err := s.Link(t.Context(), "u1", Invite)
			if err != nil || found.Hash != test.name || found.Previous[0].Hash != now.Hash ||
				found.Previous[len(found.Previous)-1].Hash != "first" {
				t.Errorf("got %+v, %v", found, err)
			}
		})
	}

	t.Run("that is gone by now", func(t *testing.T) {
		gone := Link{UserID: "u2", Purpose: Invite, Sent: sent("gone", time.Hour)}
		err := s.Replace(
			t.Context(), Link{UserID: "u2", Purpose: Invite, Sent: sent("new", time.Hour)}, &gone,
		)
		if err != nil {
			t.Fatal(err)
		}

		if found, err := s.Link(t.Context(), "u2", Invite); err != nil || found.Hash != "new" ||
			found.Previous != nil {
			t.Errorf("got %+v, %v", found, err)
		}
	})
}

func TestALinkThatWasNeverSentIsTakenBack(t *testing.T) {
	link := func(hash string) Link {
		return Link{
			UserID:   "u1",
			Purpose:  Invite,
			Username: "ada",
			Delivery: delivery.Name("of " + hash),
			Sent:     sent(hash, time.Hour),
		}
	}
	for _, test := range []struct {
		name   string
		before []string // the links before, as they were made
		read   int      // how many of them were read before the unsent one was made
		after  string   // a link that was made since
		want   string
	}{
		{"the one before works again", []string{"a", "b"}, 2, "", "b"},
		{"where there was none, it stays", nil, 0, "", "unsent"},
		{"one that was made since stays", []string{"a"}, 1, "c", "c"},
		{"one that came between isn't lost", []string{"a", "b"}, 1, "", "unsent"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)

			var latest, read *Link
			for i, hash := range test.before {
				if err := s.Replace(t.Context(), link(hash), latest); err != nil {
					t.Fatal(err)
				}

				found, err := s.Link(t.Context(), "u1", Invite)
				if err != nil {
					t.Fatal(err)
				}

				if latest = &found; i < test.read {
					read = latest
				}
			}

			if err := s.Replace(t.Context(), link("unsent"), read); err != nil {
				t.Fatal(err)
			}

			if test.after != "" {
				if err := s.Replace(t.Context(), link(test.after), read); err != nil {
					t.Fatal(err)
				}
			}

			for range 2 {
				if err := s.Undo(t.Context(), link("unsent"), read); err != nil {
					t.Fatal(err)
				}
			}

			found, err := s.Link(t.Context(), "u1", Invite)
			if err != nil || found.Hash != test.want ||
				found.Delivery != delivery.Name("of "+test.want) {
				t.Errorf("got %+v, %v", found, err)
			}
		})
	}
}

func TestALinkSucceedsExactlyTheOneBefore(t *testing.T) {
	s := newStore(t)
	first := Link{UserID: "u1", Purpose: Invite, Sent: sent("a", time.Hour)}
	second, third := first, first
	second.Sent = sent("b", time.Hour)
	third.Sent = sent("c", time.Hour)
	for _, step := range []struct {
		link   Link
		before *Link
		want   error
	}{
		{first, nil, nil},
		{second, nil, store.ErrCondition},
		{second, &first, nil},
		{third, &first, store.ErrCondition},
	} {
		if err := s.Succeed(t.Context(), step.link, step.before); !errors.Is(err, step.want) ||
			(err == nil) != (step.want == nil) {
			t.Errorf("%s: got %v", step.link.Hash, err)
		}
	}

	if found, err := s.Link(t.Context(), "u1", Invite); err != nil || found.Hash != "b" ||
		len(found.Previous) != 1 {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestLinksThatReplaceEachOtherAtOnceLoseNone(t *testing.T) {
	s := newStore(t)

	const at = 5 // as many as are kept, with the one that stays

	var group sync.WaitGroup
	for i := range at {
		group.Go(func() {
			err := s.Replace(
				t.Context(),
				Link{UserID: "u1", Purpose: Reset, Sent: sent(fmt.Sprint("hash-", i), time.Hour)},
				nil,
			)
			if err != nil {
				t.Error(err)
			}
		})
	}

	group.Wait()

	found, err := s.Link(t.Context(), "u1", Reset)
	if err != nil {
		t.Fatal(err)
	}

	known := map[string]bool{found.Hash: true}
	for _, old := range found.Previous {
		known[old.Hash] = true
	}

	if len(known) != at {
		t.Errorf("known are %v", known)
	}
}

func TestManyLinksAreWrittenWithoutACondition(t *testing.T) {
	s := newStore(t)
	link := func(userID, hash string) Link {
		return Link{UserID: userID, Purpose: Invite, Username: userID, Sent: sent(hash, time.Hour)}
	}

	first := link("u1", "first").InPlaceOf(nil)
	second := link("u1", "second").InPlaceOf(&first)
	other := link("u2", "other").InPlaceOf(nil)
	for range 2 { // twice makes no difference
		if err := s.PutMany(t.Context(), []Link{second, other}); err != nil {
			t.Fatal(err)
		}
	}

	found, err := s.Links(t.Context(), []string{"u1", "u2", "u3"}, Invite)
	if err != nil || len(found) != 2 || found["u2"].Hash != "other" ||
		found["u1"].Hash != "second" || len(found["u1"].Previous) != 1 ||
		found["u1"].Previous[0].Hash != "first" {
		t.Errorf("got %+v, %v", found, err)
	}

	kept := found["u1"].DeleteAt - clock.SecondOf(found["u1"].ExpiresAt.Time())
	if kept < 90*24*3600 {
		t.Errorf("it is kept for %d s after its end", kept)
	}

	both, err := s.OfUser(t.Context(), "u1")
	if err != nil || len(both) != 1 || both[Invite].Hash != "second" {
		t.Errorf("got %+v, %v", both, err)
	}
}

func TestExpiryAndLinksOfSeveralUsers(t *testing.T) {
	s := newStore(t)
	for i, kind := range []Purpose{Invite, Reset, Invite} {
		link := Link{
			UserID:   fmt.Sprint("u", i),
			Purpose:  kind,
			Delivery: delivery.Name(fmt.Sprint("n", i)),
			Sent:     sent("hash", time.Duration(i)*time.Hour),
		}
		if err := s.Replace(t.Context(), link, nil); err != nil {
			t.Fatal(err)
		}
	}

	ids := []string{"u0", "u1", "u2", "u3"}
	expiry, err := s.Expiry(t.Context(), ids)

	want := map[string]Expiry{
		"u0": {clock.Of(noon), "n0"},
		"u2": {clock.Of(noon.Add(2 * time.Hour)), "n2"},
	}
	if err != nil || fmt.Sprint(expiry) != fmt.Sprint(want) {
		t.Errorf("got %v, %v; want %v", expiry, err, want)
	}

	links, err := s.Links(t.Context(), ids, Reset)
	if err != nil || len(links) != 1 || links["u1"].Hash != "hash" {
		t.Errorf("got %v, %v", links, err)
	}
}

func TestTriesOfACode(t *testing.T) {
	s := newStore(t)
	code := *NewCode("hash", clock.Of(noon.Add(time.Minute)))
	link := Link{UserID: "u1", Purpose: Reset, Username: "ada", Sent: sent("link", time.Hour)}
	link.Code = &code
	put := func(t *testing.T) {
		if err := s.PutMany(t.Context(), []Link{link}); err != nil {
			t.Fatal(err)
		}
	}
	taken := func(t *testing.T) int {
		found, err := s.Link(t.Context(), "u1", Reset)
		if err != nil || found.Code == nil {
			t.Fatal("there is no code: ", err)
		}
		return found.Code.Tries
	}
	try := func(t *testing.T, address string, want error) {
		t.Helper()
		if err := s.Try(t.Context(), "u1", code, address); !errors.Is(err, want) {
			t.Fatalf("from %s: got %v, want %v", address, err, want)
		}
	}
	t.Run("five from one address, and another address has its own", func(t *testing.T) {
		put(t)

		for range 5 {
			try(t, "192.0.2.1", nil)
		}

		try(t, "192.0.2.1", ErrTries)
		try(t, "192.0.2.2", nil)
	})
	t.Run("fifty in all", func(t *testing.T) {
		put(t)

		for i := range 50 {
			try(t, fmt.Sprint("192.0.2.", i), nil)
		}

		try(t, "198.51.100.1", ErrTries)
	})
	t.Run("a right one costs none", func(t *testing.T) {
		put(t)

		for range 20 {
			try(t, "192.0.2.1", nil)
			if err := s.GiveBack(t.Context(), "u1", code, "192.0.2.1"); err != nil {
				t.Fatal(err)
			}
		}

		if n := taken(t); n != 0 {
			t.Errorf("%d tries", n)
		}
	})
	t.Run("what was not taken is not given back", func(t *testing.T) {
		put(t)
		try(t, "192.0.2.1", nil)

		for _, address := range []string{"192.0.2.2", "192.0.2.1", "192.0.2.1"} {
			if err := s.GiveBack(t.Context(), "u1", code, address); err != nil {
				t.Fatal(err)
			}
		}

		if n := taken(t); n != 0 {
			t.Errorf("%d tries", n)
		}
	})
	t.Run("a newer code begins anew, and the older has none left", func(t *testing.T) {
		put(t)

		for range 5 {
			try(t, "192.0.2.1", nil)
		}

		before, err := s.Link(t.Context(), "u1", Reset)
		if err != nil {
			t.Fatal(err)
		}
		newer := link
		newer.Sent = sent("newer link", time.Hour)
		newer.Code = NewCode("newer", code.ExpiresAt)
		if err := s.Replace(t.Context(), newer, &before); err != nil {
			t.Fatal(err)
		}

		try(t, "192.0.2.2", ErrTries)

		if err := s.Try(t.Context(), "u1", *newer.Code, "192.0.2.1"); err != nil {
			t.Error(err)
		}

		// One that was never sent gives the older its place again, with its tries.
		if err := s.Undo(t.Context(), newer, &before); err != nil {
			t.Fatal(err)
		}
		try(t, "192.0.2.1", ErrTries)
		try(t, "192.0.2.2", nil)
	})
	t.Run("a newer link ends the code of the older", func(t *testing.T) {
		put(t)

		newer := Link{UserID: "u1", Purpose: Reset, Sent: sent("without a code", time.Hour)}
		if err := s.Replace(t.Context(), newer, &link); err != nil {
			t.Fatal(err)
		}

		try(t, "192.0.2.1", ErrTries)
	})
	t.Run("a user without a link has none", func(t *testing.T) {
		if err := s.Try(t.Context(), "u2", Code{}, "192.0.2.1"); !errors.Is(err, ErrTries) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("many at once get no more than there are", func(t *testing.T) {
		put(t)

		var (
			taken atomic.Int32
			group sync.WaitGroup
		)
		for range 32 {
			group.Go(func() {
				err := s.Try(t.Context(), "u1", code, "192.0.2.1")
				if err == nil {
					taken.Add(1)
				} else if !errors.Is(err, ErrTries) {
					t.Error(err)
				}
			})
		}

		group.Wait()

		if taken.Load() != 5 {
			t.Errorf("%d tries were taken", taken.Load())
		}
	})
}

func TestWhatALinksCodeIsWorth(t *testing.T) {
	link := Link{Purpose: Reset, Sent: sent("link", time.Hour)}
	link.Code = NewCode("code", clock.Of(noon.Add(time.Minute)))

	end := noon.Add(time.Minute)
	for _, test := range []struct {
		name  string
		setAt clock.Millis // of the user's password
		now   time.Time
		want  State
	}{
		{"it works", 0, noon, Valid},
		{"until the last millisecond", 0, end.Add(-time.Millisecond), Valid},
		{"and not at its end, though its link does", 0, end, Expired},
		{"nor after a password was set", clock.Of(end), noon, Used},
		{"nor in the millisecond in which one was", link.SentAt, noon, Used},
		{"it works if one was set before", link.SentAt - 1, noon, Valid},
		{"a used one stays used after its end", link.SentAt, end, Used},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := link.CodeState(test.setAt, test.now); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestSessionsAreKeptByTheirHash(t *testing.T) {
	s := newStore(t)

	session := Session{
		UserID:     "u1",
		Username:   "ada",
		Generation: "g1",
		ExpiresAt:  clock.Of(noon.Add(1500 * time.Millisecond)),
	}
	if err := s.PutSession(t.Context(), session, "h1"); err != nil {
		t.Fatal(err)
	}

	found, err := s.Session(t.Context(), "u1", "h1")
	if err != nil || found.Generation != "g1" {
		t.Fatalf("got %+v, %v", found, err)
	}

	if found.DeleteAt <= clock.SecondOf(found.ExpiresAt.Time()) {
		t.Error("it is deleted before its end")
	}

	for _, missing := range [][2]string{{"u1", "h2"}, {"u2", "h1"}} {
		_, err := s.Session(t.Context(), missing[0], missing[1])
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%v: %v", missing, err)
		}
	}

	for range 2 { // ending it twice doesn't matter
		if err := s.EndSession(t.Context(), "u1", "h1"); err != nil {
			t.Fatal(err)
		}
	}

	if _, err := s.Session(t.Context(), "u1", "h1"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("it is there after its end: %v", err)
	}
}
