package setting_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/setting"
)

func reader(environment map[string]string) *setting.Reader {
	return setting.New(func(name string) string { return environment[name] })
}

func TestSettingsAreRead(t *testing.T) {
	r := reader(map[string]string{
		"NAME":     "Northwind",
		"LIFETIME": "72h",
		"LEAST":    "15",
		"DEVICES":  "a,b c",
	})

	if got := r.Required("NAME"); got != "Northwind" {
		t.Errorf("a text is %q", got)
	}
	if got := r.Duration("LIFETIME"); got != 72*time.Hour {
		t.Errorf("a duration is %v", got)
	}
	if got := r.Number("LEAST"); got != 15 {
		t.Errorf("a number is %d", got)
	}
	if got := r.List("DEVICES"); !slices.Equal(got, []string{"a", "b c"}) {
		t.Errorf("a list is %q", got)
	}
	if text, list := r.Text("NONE"), r.List("NEITHER"); text != "" || list != nil {
		t.Errorf("what is missing is %q and %q", text, list)
	}
	if r.Err() != nil {
		t.Errorf("refused: %v", r.Err())
	}
	want := []string{"DEVICES", "LEAST", "LIFETIME", "NAME", "NEITHER", "NONE"}
	if got := r.Asked(); !slices.Equal(got, want) {
		t.Errorf("asked for %q", got)
	}
}

func TestAllThatIsWrongComesInOneError(t *testing.T) {
	r := reader(map[string]string{
		"LINK_LIFETIME":    "3 days",
		"PASSWORD_MINIMUM": "many",
		"LANGUAGE":         "Klingon",
		"WHO":              "ada@example.com",
	})
	r.Required("NAME")
	r.Duration("LINK_LIFETIME")
	r.Number("PASSWORD_MINIMUM")
	setting.Parse(r, "LANGUAGE", func(string) (int, error) { return 0, errors.New("bad") })
	setting.Parse(r, "WHO", func(string) (int, error) { return 0, errors.New("bad") })
	setting.Optional(r, "NOBODY", func(string) (int, error) { return 0, errors.New("bad") })

	err := r.Err()
	if err == nil {
		t.Fatal("nothing is refused")
	}
	for _, want := range []string{
		"NAME is not set",
		"LINK_LIFETIME can't be read: it has to be a duration like 72h",
		"PASSWORD_MINIMUM can't be read: it has to be a whole number, at least 8, at most 128",
		"LANGUAGE can't be read: it has to be a language, by its English name",
		"WHO can't be read",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	for _, value := range []string{"3 days", "many", "Klingon", "ada@", "NOBODY"} {
		if strings.Contains(err.Error(), value) {
			t.Errorf("it says %q: %v", value, err)
		}
	}
}
