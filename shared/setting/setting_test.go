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
	r := reader(map[string]string{"LIFETIME": "3 days", "LEAST": "many", "WHO": "ada@example.com"})
	r.Required("NAME")
	r.Duration("LIFETIME")
	r.Number("LEAST")
	setting.Parse(r, "WHO", func(string) (int, error) { return 0, errors.New("bad") })
	setting.Optional(r, "NOBODY", func(string) (int, error) { return 0, errors.New("bad") })

	err := r.Err()
	if err == nil {
		t.Fatal("nothing is refused")
	}
	for _, want := range []string{"NAME is not set", "LIFETIME can't", "LEAST can't", "WHO can't"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in: %v", want, err)
		}
	}
	if strings.Contains(err.Error(), "ada@") || strings.Contains(err.Error(), "NOBODY") {
		t.Errorf("it says too much: %v", err)
	}
}
