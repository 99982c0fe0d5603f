package user

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

func TestUsernames(t *testing.T) {
	for _, test := range []struct {
		name, text, shown, key string // shown "": it is refused
	}{
		{"a plain one", "Ada", "Ada", "ada"},
		{"is trimmed", "  Ada L. \t", "Ada L.", "ada l."},
		{"in invisible characters", "\ufeff\u200bAda\u00ad\u200e ", "Ada", "ada"},
		{"in marks of direction", "\u2067\u202bAda\u202c\u2069", "Ada", "ada"},
		{"with a no-break space", "Ada\u00a0L.", "Ada L.", "ada l."},
		{"with other spaces", "\u3000Ada\u2003\u202f L.\u00a0", "Ada L.", "ada l."},
		{"of invisible characters only", "\u200b\u200d\ufeff", "", ""},
		{"is brought into NFC", "Zoe\u0308", "Zo\u00eb", "zo\u00eb"},
		{"is folded as Unicode says", "STRASSE", "STRASSE", "strasse"},
		{"sharp s is folded to ss", "Straße", "Straße", "strasse"},
		{"capital sigma", "ΣΊΣΥΦΟΣ", "ΣΊΣΥΦΟΣ", "σίσυφοσ"},
		{"final sigma", "Σίσυφος", "Σίσυφος", "σίσυφοσ"},
		{"an address", "ada@Example.com", "ada@Example.com", "ada@example.com"},
		{
			name:  "a hundred letters",
			text:  strings.Repeat("é", 100),
			shown: strings.Repeat("é", 100),
			key:   strings.Repeat("é", 100),
		},
		{"more", strings.Repeat("é", 101), "", ""},
		{"nothing", " ", "", ""},
		{"a slash", "a/b", "", ""},
		{"a hash", "#administrators", "", ""},
		{"a question mark", "a?b", "", ""},
		{"a percent sign", "a%b", "", ""},
		{"a line break inside", "a\nb", "", ""},
		{"a control character", "a\u0007b", "", ""},
		{"no UTF-8", "a\xff", "", ""},
		{"a dot", ".", "", ""},
		{"two dots", " .. ", "", ""},
		{"three dots", "...", "...", "..."},
		{"a dot among letters", "a.b", "a.b", "a.b"},
		{"a zero-width space inside", "a\u200bb", "", ""},
		{"a soft hyphen inside", "a\u00adb", "", ""},
		{"a mark of direction inside", "a\u202eb", "", ""},
		{"a byte order mark inside", "a\ufeffb", "", ""},
		{"a joiner inside", "a\u200db", "", ""},
		{"an emoji with a variation selector", "a\u2764\ufe0f", "a\u2764\ufe0f", "a\u2764\ufe0f"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := ParseUsername(test.text)
			if got != test.shown || (err == nil) != (test.shown != "") {
				t.Errorf("got %q, %v", got, err)
			}

			if err == nil && Key(got) != test.key {
				t.Errorf("its key is %q, want %q", Key(got), test.key)
			}

			if err == nil && Key(Key(got)) != Key(got) {
				t.Errorf("the key's key is %q", Key(Key(got)))
			}
		})
	}
}

func TestApply(t *testing.T) {
	before := map[string]string{"First Name": "Ada", "Site": "A"}
	for _, test := range []struct {
		name    string
		change  map[string]string
		want    map[string]string
		differs bool
	}{
		{"a missing column leaves the value", map[string]string{}, before, false},
		{"the same value changes nothing", map[string]string{"Site": "A"}, before, false},
		{
			name:    "another value",
			change:  map[string]string{"Site": "B"},
			want:    map[string]string{"First Name": "Ada", "Site": "B"},
			differs: true,
		},
		{
			name:    "a new field",
			change:  map[string]string{"Desk": "7"},
			want:    map[string]string{"First Name": "Ada", "Site": "A", "Desk": "7"},
			differs: true,
		},
		{
			name:    "a blank one clears it",
			change:  map[string]string{"Site": ""},
			want:    map[string]string{"First Name": "Ada"},
			differs: true,
		},
		{
			name:   "a blank one where there is none changes nothing",
			change: map[string]string{"Desk": ""},
			want:   before,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := Profile{Fields: maps.Clone(before)}

			got, differs := p.Apply(Change{Fields: test.change})
			if !maps.Equal(got.Fields, test.want) || differs != test.differs {
				t.Errorf("got %v, %t", got, differs)
			}

			if !maps.Equal(p.Fields, before) {
				t.Errorf("the profile itself became %v", p.Fields)
			}
		})
	}
}

func TestTheCountryOfANumberGoesWithIt(t *testing.T) {
	const device = "SMS Phone"
	p, _ := Profile{}.Apply(Change{
		Fields:    map[string]string{device: "+16502530002", "Site": "A"},
		Countries: map[string]string{device: "US"},
	})

	for _, test := range []struct {
		name    string
		change  Change
		want    string
		differs bool
	}{
		{"another column leaves it", Change{Fields: map[string]string{"Site": "A"}}, "US", false},
		{
			name: "the same number changes nothing",
			change: Change{
				Fields:    map[string]string{device: "+16502530002"},
				Countries: map[string]string{device: "US"},
			},
			want: "US",
		},
		{
			name: "another number",
			change: Change{
				Fields:    map[string]string{device: "+493012345"},
				Countries: map[string]string{device: "DE"},
			},
			want:    "DE",
			differs: true,
		},
		{
			name:    "a number of no known country",
			change:  Change{Fields: map[string]string{device: "+88312345678"}},
			differs: true,
		},
		{"none", Change{Fields: map[string]string{device: ""}}, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, differs := p.Apply(test.change)
			if got.Countries[device] != test.want || differs != test.differs {
				t.Errorf("got %+v, %t", got, differs)
			}
			if p.Countries[device] != "US" {
				t.Errorf("the profile itself became %+v", p)
			}
		})
	}
}

func TestIDsAreOfTheRow(t *testing.T) {
	id, again := ID("j1#2"), ID("j1#2")
	if id != again || id == ID("j2#2") || len(id) != 26 || id != strings.ToLower(id) {
		t.Errorf("got %s", id)
	}
}

func TestWhoIsAnAdministrator(t *testing.T) {
	for roles, want := range map[string]bool{
		"":                      false,
		"Administrator":         true,
		"Clerk | Administrator": true,
		"administrator":         false,
		"Administrators":        false,
		"Clerk||":               false,
	} {
		if got := (Profile{Fields: map[string]string{Role: roles}}).Administrator(); got != want {
			t.Errorf("%q: %t", roles, got)
		}

		if (Profile{Fields: map[string]string{Role: roles, Status: Inactive}}).Administrator() {
			t.Errorf("%q, inactive: true", roles)
		}
	}
}

func TestDevices(t *testing.T) {
	devices := Devices(
		[]string{"Work Email", " Emergency SMS", "Pager", "Private E-Mail", "Emailish"},
	)

	var got []string
	for _, d := range devices {
		got = append(got, fmt.Sprint(d.Name, "=", d.Channel))
	}

	want := []string{
		"Work Email=email",
		"Emergency SMS=sms",
		"Pager=voice",
		"Private E-Mail=email",
		"Emailish=voice",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}

	names := SendableDevices(devices)
	if !slices.Equal(names, []string{"Work Email", "Emergency SMS", "Private E-Mail"}) {
		t.Errorf("sendable are %q", names)
	}

	if names := DefaultDevices(devices); !slices.Equal(names, []string{"Work Email"}) {
		t.Errorf("by default: %q", names)
	}

	names = DefaultDevices(Devices([]string{"Private Email", "Pager"}))
	if !slices.Equal(names, []string{"Private Email"}) {
		t.Errorf("by default, where none of the usual is: %q", names)
	}

	p := Profile{
		Fields: map[string]string{
			"Work Email":                "a",
			"Home Email":                "b",
			"Home Email" + StatusSuffix: Inactive,
		},
	}
	if p.Address("Work Email") != "a" || p.Address("Home Email") != "" || p.Address("Pager") != "" {
		t.Errorf("addresses of %v", p.Fields)
	}
}
