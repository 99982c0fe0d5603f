package credential_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/store"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func newStore(t testing.TB) credential.Store {
	t.Helper()
	db, name := enginetest.Tables(t)
	return credential.Store{Table: store.Table{DB: db, Name: name("credentials")}}
}

func TestSet(t *testing.T) {
	s := newStore(t)

	first := credential.Credential{UserID: "u1", Hash: "h1", Generation: "g1", FirstSetAt: 1}
	for _, test := range []struct {
		name   string
		next   credential.Credential
		before *credential.Credential
		want   error
	}{
		{"the first password of a user is set", first, nil, nil},
		{
			name:   "a first one is set once",
			next:   credential.Credential{UserID: "u1", Hash: "h2", Generation: "g2"},
			before: nil,
			want:   store.ErrCondition,
		},
		{
			name:   "another is set in the place of the one before",
			next:   credential.Credential{UserID: "u1", Hash: "h3", Generation: "g3"},
			before: &first,
			want:   nil,
		},
		{
			name:   "and not in the place of one that is gone",
			next:   credential.Credential{UserID: "u1", Hash: "h4", Generation: "g4"},
			before: &first,
			want:   store.ErrCondition,
		},
		{
			name:   "nor where there is none",
			next:   credential.Credential{UserID: "u2", Hash: "h4", Generation: "g4"},
			before: &first,
			want:   store.ErrCondition,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := s.Set(t.Context(), test.next, test.before); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}

	if found, err := s.Get(t.Context(), "u1"); err != nil || found.Hash != "h3" {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestRehashKeepsAPasswordThatWasChangedMeanwhile(t *testing.T) {
	s := newStore(t)
	for _, test := range []struct {
		name, kept, read, want string
	}{
		{"the same password gets its new hash", "old", "old", "new"},
		{"another one stays", "other", "old", "other"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := s.Table.Put(
				t.Context(),
				credential.Credential{UserID: "u1", Hash: test.kept, Generation: "g1"},
				"",
				nil,
			)
			if err != nil {
				t.Fatal(err)
			}

			err = s.Rehash(
				t.Context(), credential.Credential{UserID: "u1", Hash: test.read}, "new", noon,
			)
			if err != nil {
				t.Fatal(err)
			}

			if found, err := s.Get(t.Context(), "u1"); err != nil || found.Hash != test.want ||
				found.Generation != "g1" {
				t.Errorf("got %+v, %v", found, err)
			}
		})
	}
}

func TestWhoIsActive(t *testing.T) {
	s := newStore(t)
	for _, id := range []string{"u1", "u3"} {
		err := s.Set(t.Context(), credential.Credential{
			UserID:     id,
			Hash:       "h",
			Generation: "g",
			FirstSetAt: clock.Of(noon),
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
	}

	ids := []string{"u1", "u2", "u3"}

	active, err := s.Active(t.Context(), ids)
	if got := fmt.Sprint(active); err != nil || got != "map[u1:true u3:true]" {
		t.Errorf("got %s, %v", got, err)
	}

	since, err := s.Activated(t.Context(), ids)
	if err != nil || len(since) != 2 || since["u3"] != clock.Of(noon) {
		t.Errorf("got %v, %v", since, err)
	}

	if found, err := s.WithoutHash(t.Context(), "u1"); err != nil || found.Hash != "" ||
		found.Generation != "g" {
		t.Errorf("without the hash: got %+v, %v", found, err)
	}

	if _, err := s.WithoutHash(t.Context(), "u2"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a pending user: %v", err)
	}
}
