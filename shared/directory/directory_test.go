package directory_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/directory"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

func newStore(t testing.TB) directory.Store {
	t.Helper()
	db, name := enginetest.Tables(t)
	return directory.Store{Table: store.Table{DB: db, Name: name("directory")}}
}

func profile(name string, fields map[string]string) user.Profile {
	return user.Profile{ID: "id-" + name, Key: name, Username: strings.ToUpper(name), Fields: fields}
}

func administrator(name string) user.Profile {
	return profile(name, map[string]string{user.Role: "Clerk|" + user.AdministratorRole})
}

// add writes new profiles, and gives them as they are read.
func add(t testing.TB, s directory.Store, profiles ...user.Profile) []user.Profile {
	t.Helper()
	var read []user.Profile
	for _, p := range profiles {
		if err := s.Write(t.Context(), p, nil, "first#"+p.Key); err != nil {
			t.Fatal(err)
		}
		found, err := s.Get(t.Context(), p.Key)
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, found)
	}
	return read
}

func with(p user.Profile, field, value string) user.Profile {
	p.Fields, _ = p.Apply(user.Change{Fields: map[string]string{field: value}})
	return p
}

func TestWriteIsMadeOnTheVersionThatWasRead(t *testing.T) {
	s := newStore(t)
	before := add(t, s, profile("ada", map[string]string{user.Site: "A"}))[0]
	if err := s.Write(t.Context(), with(before, user.Site, "B"), &before, "j2#2"); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name  string
		write func() error
	}{
		{"somebody who is there already", func() error { return s.Write(t.Context(), profile("ada", nil), nil, "j3#2") }},
		{"on an older version", func() error { return s.Write(t.Context(), with(before, user.Site, "C"), &before, "j3#2") }},
		{"a removal on an older version", func() error { return s.Remove(t.Context(), before, "j3#2") }},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.write(); !errors.Is(err, directory.ErrChanged) {
				t.Errorf("got %v", err)
			}
		})
	}
	found, err := s.Get(t.Context(), "ada")
	if err != nil || found.Fields[user.Site] != "B" || !slices.Equal(found.Writers, []string{"j2#2", "first#ada"}) {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestTheLastWritersAreKnown(t *testing.T) {
	s := newStore(t)
	p := add(t, s, profile("ada", nil))[0]
	for i := range 12 {
		if err := s.Write(t.Context(), with(p, user.Site, fmt.Sprint(i)), &p, fmt.Sprintf("j%d#2", i)); err != nil {
			t.Fatal(err)
		}
		var err error
		if p, err = s.Get(t.Context(), "ada"); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.Writers) != 8 || p.Writers[0] != "j11#2" || p.Writers[7] != "j4#2" {
		t.Errorf("got %v", p.Writers)
	}
}

func TestWritersAtOnceLoseNoColumn(t *testing.T) {
	s := newStore(t)
	add(t, s, profile("ada", nil))
	const jobs = 6 // fewer than the writers that are kept
	var group sync.WaitGroup
	for i := range jobs {
		group.Go(func() {
			for {
				before, err := s.Get(t.Context(), "ada")
				if err == nil {
					err = s.Write(t.Context(), with(before, fmt.Sprint("Column ", i), "x"), &before, fmt.Sprintf("j%d#2", i))
				}
				if errors.Is(err, directory.ErrChanged) {
					continue
				}
				if err != nil {
					t.Error(err)
				}
				return
			}
		})
	}
	group.Wait()
	found, err := s.Get(t.Context(), "ada")
	if err != nil || len(found.Fields) != jobs || len(found.Writers) != jobs+1 {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	lose := map[string]func(t *testing.T, s directory.Store, p user.Profile) error{
		"removed": func(t *testing.T, s directory.Store, p user.Profile) error { return s.Remove(t.Context(), p, "j9#2") },
		"demoted": func(t *testing.T, s directory.Store, p user.Profile) error {
			return s.Write(t.Context(), with(p, user.Role, "Clerk"), &p, "j9#2")
		},
		"made inactive": func(t *testing.T, s directory.Store, p user.Profile) error {
			return s.Write(t.Context(), with(p, user.Status, user.Inactive), &p, "j9#2")
		},
	}
	inactive := with(administrator("eve"), user.Status, user.Inactive)
	for how, do := range lose {
		for _, test := range []struct {
			name   string
			others []user.Profile
			want   error
		}{
			{"not where there is no other", nil, directory.ErrLastAdministrator},
			{"not where the others are no administrators", []user.Profile{profile("bob", nil)}, directory.ErrLastAdministrator},
			{"not where the other administrator is inactive", []user.Profile{inactive}, directory.ErrLastAdministrator},
			{"where there is another", []user.Profile{administrator("bob")}, nil},
		} {
			t.Run(how+", "+test.name, func(t *testing.T) {
				s := newStore(t)
				add(t, s, test.others...)
				before := add(t, s, administrator("ada"))[0]
				if err := do(t, s, before); !errors.Is(err, test.want) {
					t.Fatalf("got %v, want %v", err, test.want)
				}
				after, err := s.Get(t.Context(), "ada")
				if stays := err == nil && after.Administrator(); stays != (test.want != nil) {
					t.Errorf("ada is an administrator: %t, %v", stays, err)
				}
			})
		}
	}
}

func TestAnAdministratorMayChangeAndComeBack(t *testing.T) {
	s := newStore(t)
	before := add(t, s, administrator("ada"))[0]
	if err := s.Write(t.Context(), with(before, user.Site, "B"), &before, "j2#2"); err != nil {
		t.Errorf("the only one may not be changed: %v", err)
	}
	add(t, s, administrator("bob"))
	before, err := s.Get(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Remove(t.Context(), before, "j3#2"); err != nil {
		t.Fatal(err)
	}
	names, _, err := s.Administrators(t.Context(), nil)
	if err != nil || !slices.Equal(names, []string{"bob"}) {
		t.Errorf("administrators are %v, %v", names, err)
	}
	if err := s.Remove(t.Context(), before, "j4#2"); !errors.Is(err, directory.ErrLastAdministrator) && !errors.Is(err, directory.ErrChanged) {
		t.Errorf("one who is gone is removed again: %v", err)
	}
}

func TestOfAdministratorsRemovedAtOnceOneStays(t *testing.T) {
	for _, n := range []int{2, 5} {
		t.Run(fmt.Sprint(n, " at once"), func(t *testing.T) {
			s := newStore(t)
			var all []user.Profile
			for i := range n {
				all = append(all, administrator(fmt.Sprint("admin", i)))
			}
			all = add(t, s, all...)
			var group sync.WaitGroup
			results := make([]error, n)
			for i, p := range all {
				group.Go(func() {
					for {
						if results[i] = s.Remove(t.Context(), p, fmt.Sprintf("j%d#2", i)); !errors.Is(results[i], directory.ErrChanged) {
							return
						}
					}
				})
			}
			group.Wait()
			refused := 0
			for _, err := range results {
				if errors.Is(err, directory.ErrLastAdministrator) {
					refused++
				} else if err != nil {
					t.Error(err)
				}
			}
			names, _, err := s.Administrators(t.Context(), nil)
			if err != nil || len(names) != 1 || refused != 1 {
				t.Errorf("%v are left, %d were refused, %v", names, refused, err)
			}
		})
	}
}

func TestGet(t *testing.T) {
	s := newStore(t)
	add(t, s, profile("ada", nil), profile("bob", nil))
	for name, want := range map[string]error{"ada": nil, "cem": store.ErrNotFound, "": store.ErrNotFound, strings.Repeat("x", 2049): store.ErrNotFound} {
		if _, err := s.Get(t.Context(), name); !errors.Is(err, want) {
			t.Errorf("%.10q: got %v", name, err)
		}
	}
	found, err := s.GetMany(t.Context(), []string{"ada", "bob", "cem"})
	if err != nil || len(found) != 2 || found["bob"].Username != "BOB" {
		t.Errorf("got %v, %v", found, err)
	}
}

func TestCheckOpHoldsWhileTheProfileIsTheSame(t *testing.T) {
	s := newStore(t)
	before := add(t, s, profile("ada", nil))[0]
	check := func() error {
		op, err := s.CheckOp(before)
		if err != nil {
			t.Fatal(err)
		}
		return store.Transact(t.Context(), s.Table.DB, op)
	}
	if err := check(); err != nil {
		t.Fatal(err)
	}
	if err := s.Write(t.Context(), with(before, user.Site, "B"), &before, "j2#2"); err != nil {
		t.Fatal(err)
	}
	if err := check(); !errors.Is(err, store.ErrCondition) {
		t.Errorf("got %v", err)
	}
}
