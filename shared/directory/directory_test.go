package directory_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	local "latchkey/infra/local/dynamodb"
	"latchkey/infra/local/enginetest"
	"latchkey/shared/directory"
	"latchkey/shared/store"
	"latchkey/shared/user"
)

func newStore(t testing.TB) directory.Store {
	t.Helper()
	db, name := enginetest.Tables(t)
	return directory.Store{
		Table:   store.Table{DB: db, Name: name("directory")},
		Devices: user.Devices([]string{"Work Email", "Home Email", "SMS Phone"}),
	}
}

func profile(name string, fields map[string]string) user.Profile {
	return user.Profile{
		ID:       "id-" + name,
		Key:      name,
		Username: strings.ToUpper(name),
		Fields:   fields,
	}
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
	p, _ = p.Apply(user.Change{Fields: map[string]string{field: value}})
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
		{
			name:  "somebody who is there already",
			write: func() error { return s.Write(t.Context(), profile("ada", nil), nil, "j3#2") },
		},
		{
			name: "on an older version",
			write: func() error {
				return s.Write(t.Context(), with(before, user.Site, "C"), &before, "j3#2")
			},
		},
		{
			name:  "a removal on an older version",
			write: func() error { return s.Remove(t.Context(), before, "j3#2") },
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.write(); !errors.Is(err, directory.ErrChanged) {
				t.Errorf("got %v", err)
			}
		})
	}

	found, err := s.Get(t.Context(), "ada")
	if err != nil || found.Fields[user.Site] != "B" ||
		!slices.Equal(found.Writers, []string{"j2#2", "first#ada"}) {
		t.Errorf("got %+v, %v", found, err)
	}
}

// many makes changes that nobody may refuse, and gives which were.
func many(t testing.TB, s directory.Store, changes ...directory.Change) []bool {
	t.Helper()
	refused, err := s.WriteMany(t.Context(), changes)
	if err != nil {
		t.Fatal(err)
	}
	return refused
}

func TestOfManyChangesEachIsMadeOnTheVersionThatWasRead(t *testing.T) {
	s := newStore(t)
	there := profile("there", map[string]string{user.Site: "A", "Work Email": "t@example.com"})
	there.AddedBy = "j1"
	read := add(t, s, there, profile("changed", map[string]string{user.Site: "A"}))
	later := with(read[1], user.Site, "B")
	if err := s.Write(t.Context(), later, &read[1], "j2#2"); err != nil {
		t.Fatal(err)
	}

	var changes []directory.Change
	want := make([]bool, 40)
	for i := range want {
		changes = append(changes, directory.Change{
			Profile: profile(fmt.Sprint("user", i), map[string]string{user.Site: "C"}),
			Writer:  fmt.Sprint("j3#", i),
		})
	}
	changes[3] = directory.Change{Profile: profile("there", nil), Writer: "j3#3"}
	changes[30] = directory.Change{
		Profile: with(read[1], user.Site, "C"),
		Before:  &read[1],
		Writer:  "j3#30",
	}
	want[3], want[30] = true, true

	for range 2 { // as when the answer to the first call was lost
		if refused := many(t, s, changes...); !slices.Equal(refused, want) {
			t.Errorf("refused are %v", refused)
		}
	}

	alone := with(with(read[0], "Work Email", ""), user.Site, "D")
	if refused := many(
		t, s, directory.Change{Profile: alone, Before: &read[0], Writer: "j4#2"},
	); refused[0] {
		t.Error("on the version that was read it is refused")
	}

	if got := search(t, s, []string{""}, "t@example.com", 100); strings.Contains(got, "t@") {
		t.Errorf("the address that was taken away finds %q", got)
	}

	found, err := s.Get(t.Context(), "there")
	if err != nil || found.Fields[user.Site] != "D" || len(found.Fields) != 1 ||
		found.AddedBy != "j1" || found.Version != "j4#2" ||
		!slices.Equal(found.Writers, []string{"j4#2", "first#there"}) {
		t.Errorf("got %+v, %v", found, err)
	}

	if found, err := s.Get(t.Context(), "changed"); err != nil || found.Fields[user.Site] != "B" {
		t.Errorf("got %+v, %v", found, err)
	}
}

func TestManyChangesStoreWhatOneStores(t *testing.T) {
	one, together := newStore(t), newStore(t)
	for _, p := range []user.Profile{
		administrator("ada"),
		profile("bob", map[string]string{
			"Work Email": "b@example.com",
			"Home Email": "h@example.com",
			user.Site:    "A",
		}),
		profile("cem", nil),
	} {
		before := add(t, one, p)[0]
		if many(t, together, directory.Change{Profile: p, Writer: "first#" + p.Key})[0] {
			t.Fatalf("%s is refused", p.Key)
		}

		after := with(with(before, "Work Email", ""), "Desk", "7")
		if err := one.Write(t.Context(), after, &before, "j2#2"); err != nil {
			t.Fatal(err)
		}
		change := directory.Change{Profile: after, Before: &before, Writer: "j2#2"}
		if many(t, together, change)[0] {
			t.Fatalf("the change of %s is refused", p.Key)
		}

		var items [2]map[string]any
		for i, s := range []directory.Store{one, together} {
			shard := fmt.Sprintf("%02d", user.ShardOf(p.Key))
			key := store.Key{"shard": shard, "username": p.Key}
			err := s.Table.Get(t.Context(), key, &items[i])
			if err != nil {
				t.Fatal(err)
			}
			delete(items[i], "write")
		}
		if !reflect.DeepEqual(items[0], items[1]) {
			t.Errorf("got %v, want %v", items[1], items[0])
		}
	}
}

func TestManyChangesMayNotTakeAnAdministratorAway(t *testing.T) {
	s := newStore(t)
	before := add(t, s, administrator("ada"), administrator("bob"))[0]
	_, err := s.WriteMany(t.Context(), []directory.Change{
		{Profile: with(before, user.Role, "Clerk"), Before: &before, Writer: "j2#2"},
	})
	if found, _ := s.Get(t.Context(), "ada"); err == nil || !found.Administrator() {
		t.Errorf("got %v, %+v", err, found)
	}
}

func TestTheLastWritersAreKnown(t *testing.T) {
	s := newStore(t)

	p := add(t, s, profile("ada", nil))[0]
	for i := range 12 {
		err := s.Write(t.Context(), with(p, user.Site, fmt.Sprint(i)), &p, fmt.Sprintf("j%d#2", i))
		if err != nil {
			t.Fatal(err)
		}

		p, err = s.Get(t.Context(), "ada")
		if err != nil {
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
					err = s.Write(
						t.Context(),
						with(before, fmt.Sprint("Column ", i), "x"),
						&before,
						fmt.Sprintf("j%d#2", i),
					)
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
		"removed": func(t *testing.T, s directory.Store, p user.Profile) error {
			return s.Remove(t.Context(), p, "j9#2")
		},
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
			{
				name:   "not where the others are no administrators",
				others: []user.Profile{profile("bob", nil)},
				want:   directory.ErrLastAdministrator,
			},
			{
				name:   "not where the other administrator is inactive",
				others: []user.Profile{inactive},
				want:   directory.ErrLastAdministrator,
			},
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

	if names := administratorsOf(t, s); !slices.Equal(names, []string{"bob"}) {
		t.Errorf("administrators are %v", names)
	}

	err = s.Remove(t.Context(), before, "j4#2")
	if !errors.Is(err, directory.ErrLastAdministrator) && !errors.Is(err, directory.ErrChanged) {
		t.Errorf("one who is gone is removed again: %v", err)
	}
}

func administratorsOf(t *testing.T, s directory.Store) (names []string) {
	t.Helper()
	for name, err := range s.Administrators(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
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
						results[i] = s.Remove(t.Context(), p, fmt.Sprintf("j%d#2", i))
						if !errors.Is(results[i], directory.ErrChanged) {
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

			names := administratorsOf(t, s)
			if len(names) != 1 || refused != 1 {
				t.Errorf("%v are left, %d were refused", names, refused)
			}
		})
	}
}

// lagging is a transport by which an index shows these names, whatever is in the table.
type lagging []string

func (l lagging) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.Header.Get("X-Amz-Target"), ".Query") {
		return http.DefaultTransport.RoundTrip(r)
	}

	var items []string
	for _, name := range l {
		items = append(items, fmt.Sprintf(`{"username":{"S":%q}}`, name))
	}
	body := fmt.Sprintf(`{"Count":%d,"Items":[%s]}`, len(l), strings.Join(items, ","))
	return &http.Response{
		StatusCode: http.StatusOK,
		Body:       io.NopCloser(strings.NewReader(body)),
	}, nil
}

// through gives the store by way of a transport.
func through(s directory.Store, transport http.RoundTripper) directory.Store {
	s.Table.DB = dynamodb.New(s.Table.DB.Options(), func(o *dynamodb.Options) {
		o.HTTPClient = &http.Client{Transport: transport}
		o.DisableValidateResponseChecksum = true // the transport's answers have none
	})
	return s
}

func TestTheLastAdministratorIsKnownWithoutTheIndex(t *testing.T) {
	for _, test := range []struct {
		name      string
		announced []string
		index     lagging
		want      error
	}{
		{"another who has just become one", []string{"bob"}, nil, nil},
		{"one of many", slices.Repeat([]string{"bob", "nobody"}, 200), nil, nil},
		{"one who was announced, and died", []string{"cem"}, nil, directory.ErrLastAdministrator},
		{"one who is none now", []string{"dan"}, lagging{"dan"}, directory.ErrLastAdministrator},
		{"one who was removed", nil, lagging{"eve", "ada"}, directory.ErrLastAdministrator},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newStore(t)
			ada := add(t, s, administrator("ada"), administrator("bob"), profile("dan", nil))[0]
			if test.want != nil {
				bob, err := s.Get(t.Context(), "bob")
				if err == nil {
					err = s.Remove(t.Context(), bob, "j1#2")
				}
				if err != nil {
					t.Fatal(err)
				}
			}

			late := through(s, test.index)
			for _, name := range test.announced {
				err := late.AnnounceAdministrators(t.Context(), []string{name})
				if err != nil {
					t.Fatal(err)
				}
			}
			if err := late.Remove(t.Context(), ada, "j2#2"); !errors.Is(err, test.want) {
				t.Errorf("got %v, want %v", err, test.want)
			}
		})
	}
}

func TestGet(t *testing.T) {
	s := newStore(t)
	add(t, s, profile("ada", nil), profile("bob", nil))

	for name, want := range map[string]error{
		"ada":                     nil,
		"cem":                     store.ErrNotFound,
		"":                        store.ErrNotFound,
		strings.Repeat("x", 1025): store.ErrNotFound,
	} {
		if _, err := s.Get(t.Context(), name); !errors.Is(err, want) {
			t.Errorf("%.10q: got %v", name, err)
		}
	}

	found, err := s.GetMany(t.Context(), []string{"ada", "bob", "cem"})
	if err != nil || len(found) != 2 || found["bob"].Username != "BOB" {
		t.Errorf("got %v, %v", found, err)
	}
}

// put writes profiles as process does, and gives them as they are read.
func put(t testing.TB, s directory.Store, version string, profiles ...user.Profile) []user.Profile {
	t.Helper()

	for i := range profiles {
		profiles[i].Version = version
	}

	if err := s.Hold(t.Context(), profiles...); err != nil {
		t.Fatal(err)
	}

	var read []user.Profile
	for _, p := range profiles {
		before, err := s.Get(t.Context(), p.Key)

		old := &before
		if errors.Is(err, store.ErrNotFound) {
			old = nil
		}

		if err := s.Write(t.Context(), p, old, version); err != nil {
			t.Fatal(err)
		}

		if old != nil {
			if err := s.Release(t.Context(), before, &p); err != nil {
				t.Fatal(err)
			}
		}

		found, err := s.Get(t.Context(), p.Key)
		if err != nil {
			t.Fatal(err)
		}

		read = append(read, found)
	}

	return read
}

// search reads a whole search, page by page.
func search(
	t testing.TB, s directory.Store, starts []string, address string, limit int,
) string {
	t.Helper()

	var names []string
	for after, pages := "", 0; ; pages++ {
		found, next, err := s.Search(t.Context(), starts, address, after, limit)
		if err != nil || len(found) > limit || pages > 200 {
			t.Fatalf("page %d has %d: %v", pages, len(found), err)
		}

		for _, p := range found {
			names = append(names, p.Key)
		}

		if next == "" {
			return strings.Join(names, " ")
		}

		after = next
	}
}

func TestSearch(t *testing.T) {
	s := newStore(t)

	var (
		all      []string
		profiles []user.Profile
	)
	for _, name := range []string{
		"ada",
		"ada2",
		"adalbert",
		"bob",
		"ümit",
		"山田",
		"zoe",
		"ada lovelace",
		"a",
	} {
		all = append(all, name)
		profiles = append(
			profiles,
			profile(
				name,
				map[string]string{
					"Work Email": name + "@example.com",
					"Home Email": "all@example.com",
					"SMS Phone":  "+16502530000",
				},
			),
		)
	}

	put(t, s, "j1#2", profiles...)
	put(
		t,
		s,
		"j1#3",
		administrator("zz"),
		profile("all@example.com", nil),
		profile(
			"twice",
			map[string]string{"Work Email": "One@example.com", "Home Email": "one@example.com"},
		),
	)
	slices.Sort(all)

	for _, test := range []struct{ name, start, address, want string }{
		{"by the start of the username", "ada", "", "ada ada lovelace ada2 adalbert"},
		{"by the whole of it", "adalbert", "", "adalbert"},
		{"by letters beyond the first plane", "山", "", "山田"},
		{"by nothing that is there", "adb", "", ""},
		{"by the names of items that are no profiles", "newest", "", ""},
		{
			name: "all",
			want: strings.Join(append([]string{
				"a",
				"ada",
				"ada lovelace",
				"ada2",
				"adalbert",
				"all@example.com",
				"bob",
				"twice",
				"zoe",
				"zz",
			}, all[len(all)-2:]...), " "),
		},
		{"by an address", "bob@example.com", "bob@example.com", "bob"},
		{"by an address in other letters", "one@EXAMPLE.com", "one@EXAMPLE.com", "twice"},
		{"by a number that many have", "+16502530000", "+16502530000", strings.Join(all, " ")},
		{
			name:    "by an address that is a username as well",
			start:   "all@example.com",
			address: "all@example.com",
			want:    "a ada ada lovelace ada2 adalbert all@example.com bob zoe ümit 山田",
		},
		{"by the start of an address", "bob@example", "bob@example", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, limit := range []int{1, 3, 200} {
				got := search(t, s, []string{test.start}, test.address, limit)
				if got != test.want {
					t.Errorf("limit %d: got %q, want %q", limit, got, test.want)
				}
			}
		})
	}
}

func TestAPageOfOneShardIsRead(t *testing.T) {
	s := newStore(t)
	var names []string
	var profiles []user.Profile
	for i := 0; len(names) < 60; i++ {
		name := fmt.Sprintf("user%04d", i)
		if user.ShardOf(name) == 3 || i == 7 {
			names = append(names, name)
			profiles = append(profiles, profile(name, nil))
		}
	}
	put(t, s, "j1#2", profiles...)

	for _, limit := range []int{1, 25, 59, 60, 200} {
		got := search(t, s, []string{"user"}, "", limit)
		if got != strings.Join(names, " ") {
			t.Errorf("limit %d: got %s", limit, got)
		}
	}
}

func TestWhoSharesAnAddress(t *testing.T) {
	s := newStore(t)
	const address = "desk@example.com"
	fields := map[string]string{"Work Email": "ada@example.com", "Home Email": address}
	before := put(t, s, "j1#2", profile("ada", fields))[0]
	after := with(before, "Work Email", address) // the holding isn't released yet
	if err := s.Write(t.Context(), after, &before, "j2#2"); err != nil {
		t.Fatal(err)
	}

	shares := func(want bool) {
		t.Helper()
		got, err := s.Shared(t.Context(), []directory.Holder{{Address: address, Key: "ada"}})
		if err != nil || !slices.Equal(got, []bool{want}) {
			t.Errorf("got %v, %v", got, err)
		}
	}
	shares(false)
	put(t, s, "j3#2", profile("bob", map[string]string{"SMS Phone": "1", "Home Email": address}))
	shares(true)
}

func TestWhoSharesAnyOfManyAddresses(t *testing.T) {
	s := newStore(t)
	of := func(name, address string) user.Profile {
		return profile(name, map[string]string{"Work Email": address})
	}
	var profiles []user.Profile
	for i := range 300 {
		profiles = append(profiles, of(fmt.Sprintf("desk%03d", i), "desk@example.com"))
	}
	profiles = append(profiles, of("eve", "pair@example.com"), of("fay", "pair@example.com"))

	var asked []directory.Holder
	for i := range 20 {
		name := fmt.Sprintf("own%02d", i)
		address := name + "@example.com"
		profiles = append(profiles, of(name, address))
		asked = append(asked, directory.Holder{Address: address, Key: name})
	}
	put(t, s, "j1#2", profiles...)
	asked = append(asked,
		directory.Holder{Address: "desk@example.com", Key: "desk007"},
		directory.Holder{Address: "pair@example.com", Key: "eve"},
		directory.Holder{Address: "nobody@example.com", Key: "gone"},
		directory.Holder{Address: "new@example.com", Key: "new1"}, // not in the index yet
		directory.Holder{Address: "new@example.com", Key: "new2"},
	)
	const want = "desk007 eve new1 new2"

	inPages, calls := paged(t, s)
	for _, by := range []directory.Store{s, inPages} {
		shared, err := by.Shared(t.Context(), asked)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, holder := range asked {
			if shared[i] {
				got = append(got, holder.Key)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	// The items of who has an address alone fill three pages. Reading all would take 33.
	if n := calls.Load(); n > 9 {
		t.Errorf("%d calls", n)
	}
	if none, err := s.Shared(t.Context(), nil); err != nil || len(none) != 0 {
		t.Errorf("of nobody: %v, %v", none, err)
	}
}

// paged returns the store by way of pages as small as DynamoDB's, and how many calls it makes.
func paged(t *testing.T, s directory.Store) (directory.Store, *atomic.Int32) {
	t.Helper()
	calls := &atomic.Int32{}
	gate := local.NewGate(*s.Table.DB.Options().BaseEndpoint, local.Faults{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		gate.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	s.Table.DB = local.Client(server.URL)
	return s, calls
}

func TestASearchFindsTheLastCharactersOfUnicode(t *testing.T) {
	s := newStore(t)
	names := []string{"ada", "ada\U0010ffff", "ada\U0010ffffz", "\U0010ffff", "\U0010ffffz"}
	var profiles []user.Profile
	for _, name := range names {
		profiles = append(profiles, profile(name, nil))
	}
	put(t, s, "j1#2", profiles...)

	for start, want := range map[string]string{
		"":               strings.Join(names, " "),
		"ada":            strings.Join(names[:3], " "),
		"ada\U0010ffff":  strings.Join(names[1:3], " "),
		"\U0010ffff":     strings.Join(names[3:], " "),
		"\U0010ffffzz":   "",
		"ada\U0010ffffy": "",
	} {
		for _, limit := range []int{1, 2, 200} {
			if got := search(t, s, []string{start}, "", limit); got != want {
				t.Errorf("%q, limit %d: got %q, want %q", start, limit, got, want)
			}
		}
	}
}

func TestASearchMayHaveTwoStarts(t *testing.T) {
	s := newStore(t)
	var profiles []user.Profile
	for _, name := range []string{"ada love", "ada+love", "ada", "ada+", "bob", "ada lace"} {
		profiles = append(profiles, profile(name, map[string]string{"Work Email": "a@b.test"}))
	}
	put(t, s, "j1#2", profiles...)

	for _, test := range []struct {
		starts        []string
		address, want string
	}{
		{[]string{"ada l", "ada+l"}, "", "ada lace ada love ada+love"},
		{[]string{"ada", "ada+"}, "", "ada ada lace ada love ada+ ada+love"},
		{[]string{"x", "ada+"}, "", "ada+ ada+love"},
		{[]string{"ada l", "bob"}, "a@b.test", "ada ada lace ada love ada+ ada+love bob"},
	} {
		for _, limit := range []int{1, 2, 200} {
			if got := search(t, s, test.starts, test.address, limit); got != test.want {
				t.Errorf("%q, limit %d: got %q, want %q", test.starts, limit, got, test.want)
			}
		}
	}
}

func TestASearchFindsWhatIsTrue(t *testing.T) {
	for field, other := range map[string]string{
		"Work Email": "Home Email",
		"Home Email": "Work Email",
	} { // the first address, and a further one
		t.Run(field, func(t *testing.T) {
			s := newStore(t)
			finds := func(address, want string) {
				t.Helper()

				if got := search(t, s, []string{address}, address, 10); got != want {
					t.Errorf("%s finds %q", address, got)
				}
			}
			before := put(t, s, "j1#2", profile("ada", map[string]string{
				field: "old@example.com",
				other: "other@example.com",
			}))[0]
			after := put(t, s, "j2#2", with(before, field, "new@example.com"))[0]

			finds("old@example.com", "")
			finds("new@example.com", "ada")
			finds("other@example.com", "ada")
			// Held by a writer that died before it wrote.
			lost := with(after, field, "lost@example.com")

			lost.Version = "j3#2"
			if err := s.Hold(t.Context(), lost); err != nil {
				t.Fatal(err)
			}

			finds("lost@example.com", "")
			// Somebody writes the old address back while the writer that took it away
			// hasn't released it yet.
			again := put(t, s, "j4#2", with(after, field, "old@example.com"))[0]
			if err := s.Release(t.Context(), before, &after); err != nil {
				t.Fatal(err)
			}

			finds("old@example.com", "ada")
			// The first address becomes a further one, and the other way round; and one
			// is on both devices.
			both := with(with(again, field, "other@example.com"), other, "old@example.com")
			swapped := put(t, s, "j5#2", both)[0]

			finds("old@example.com", "ada")
			finds("other@example.com", "ada")

			same := put(t, s, "j6#2", with(swapped, field, "old@example.com"))[0]

			finds("old@example.com", "ada")
			finds("other@example.com", "")

			one := put(t, s, "j7#2", with(same, "Work Email", ""))[0]

			finds("old@example.com", "ada")

			if err := s.Remove(t.Context(), one, "j8#2"); err != nil {
				t.Fatal(err)
			}

			if err := s.Release(t.Context(), one, nil); err != nil {
				t.Fatal(err)
			}

			finds("old@example.com", "")
			finds("", "")
		})
	}
}

func TestItemsThatAreNoProfilesAreNobody(t *testing.T) {
	s := newStore(t)
	put(t, s, "j1#2", administrator("ada"), administrator("bob"))

	before, err := s.Get(t.Context(), "ada")
	if err != nil {
		t.Fatal(err)
	}

	if err := s.Remove(t.Context(), before, "j2#2"); err != nil { // makes the guard
		t.Fatal(err)
	}

	for _, name := range []string{"guard", "newest", "#administrators"} {
		if _, err := s.Get(t.Context(), name); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if got := search(t, s, []string{""}, "", 10); got != "bob" {
		t.Errorf("listed are %s", got)
	}
}
