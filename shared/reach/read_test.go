package reach_test

import (
	"slices"
	"strings"
	"testing"

	"latchkey/shared/reach"
	"latchkey/shared/setting"
	"latchkey/shared/user"
)

func reader(environment map[string]string) *setting.Reader {
	return setting.New(func(name string) string { return environment[name] })
}

func TestRulesAreRead(t *testing.T) {
	r := reader(map[string]string{
		"DEVICES":       "Work Email,SMS Phone,Work Phone",
		"LANGUAGE":      "German",
		"TIME_ZONE":     "Europe/Berlin",
		"SMS_COUNTRIES": "DE,AT",
	})

	rules := reach.Read(r)
	if err := r.Err(); err != nil {
		t.Fatal(err)
	}

	if want := []string{"Work Email", "SMS Phone"}; !slices.Equal(rules.Default, want) {
		t.Errorf("outside of a job a user is reached on %q", rules.Default)
	}
	if tag, zone := rules.Speech(user.Profile{}); tag.String() != "de" ||
		zone.String() != "Europe/Berlin" {
		t.Errorf("a user who says nothing is spoken to in %s, %s", tag, zone)
	}

	p := user.Profile{Fields: map[string]string{"SMS Phone": "+16502530000"}}
	for country, want := range map[string]int{"DE": 1, "AT": 1, "US": 0, "": 0} {
		p.Countries = map[string]string{"SMS Phone": country}
		if got := rules.Targets(p, []string{"SMS Phone"}, nil); len(got) != want {
			t.Errorf("a number of %q: %d targets", country, len(got))
		}
	}
}

func TestBadRulesAreRefused(t *testing.T) {
	r := reader(map[string]string{"LANGUAGE": "Klingonish", "TIME_ZONE": "Mars/Phobos"})
	reach.Read(r)

	err := r.Err()
	if err == nil {
		t.Fatal("they are read")
	}
	for _, name := range []string{"DEVICES", "LANGUAGE", "TIME_ZONE"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s isn't named in: %v", name, err)
		}
	}
}
