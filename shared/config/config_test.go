package config_test

import (
	"encoding"
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/shared/config"
)

// secret is a setting whose error doesn't quote it.
type secret struct{ text string }

var _ encoding.TextUnmarshaler = (*secret)(nil)

func (s *secret) UnmarshalText(text []byte) error {
	if s.text = string(text); s.text == "bad" {
		return errors.New("too short")
	}
	return nil
}

type settings struct {
	Table   string   `env:"TABLE_JOBS,required"`
	Company string   `env:"COMPANY"`
	Count   int      `env:"COUNT,required"`
	Devices []string `env:"DEVICES"`
	Key     secret   `env:"CODE_KEY"`
	config.Lifetimes
}

func good(further ...string) []string {
	return append([]string{
		"TABLE_JOBS=jobs",
		"COUNT=3",
		"LINK_LIFETIME=72h",
		"LINK_LIFETIME_MINIMUM=10m",
		"LINK_LIFETIME_MAXIMUM=720h",
		"PATH=/bin",
		"odd",
	}, further...)
}

func TestRead(t *testing.T) {
	got, err := config.Read[settings](good("DEVICES=Work Email,SMS Phone", "COMPANY=A=B"))
	if err != nil {
		t.Fatal(err)
	}

	if got.Table != "jobs" || got.Company != "A=B" || got.Count != 3 || len(got.Devices) != 2 ||
		got.Default != 72*time.Hour ||
		got.Minimum != 10*time.Minute {
		t.Errorf("got %+v", got)
	}
}

func TestAllThatIsMissingOrBadComesInOneError(t *testing.T) {
	for _, test := range []struct {
		name        string
		environment []string
		names       []string
		hides       string
	}{
		{
			name: "nothing at all",
			names: []string{
				"TABLE_JOBS",
				"COUNT",
				"LINK_LIFETIME",
				"LINK_LIFETIME_MINIMUM",
				"LINK_LIFETIME_MAXIMUM",
			},
			hides: "COMPANY",
		},
		{
			name:        "set to nothing is not set",
			environment: append(good()[1:], "TABLE_JOBS="),
			names:       []string{"TABLE_JOBS"},
			hides:       "COUNT",
		},
		{"a number that is none", good("COUNT=many"), []string{`"COUNT"`}, "Count"},
		{
			name:        "a span without a unit, in an embedded struct",
			environment: good("LINK_LIFETIME_MINIMUM=10"),
			names:       []string{`"LINK_LIFETIME_MINIMUM"`},
			hides:       `"LINK_LIFETIME"`,
		},
		{
			name:        "a bad secret isn't quoted",
			environment: good("CODE_KEY=bad"),
			names:       []string{"CODE_KEY", "too short"},
			hides:       "=bad",
		},
		{"a missing and two bad ones", []string{
			"COUNT=x",
			"LINK_LIFETIME=y",
			"LINK_LIFETIME_MINIMUM=1m",
			"LINK_LIFETIME_MAXIMUM=1h",
		},
			[]string{`"TABLE_JOBS"`, `"COUNT"`, `"LINK_LIFETIME"`}, "MAXIMUM"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := config.Read[settings](test.environment)
			if err == nil {
				t.Fatal("there is no error")
			}

			for _, name := range test.names {
				if !strings.Contains(err.Error(), name) {
					t.Errorf("%v doesn't name %s", err, name)
				}
			}

			if strings.Contains(err.Error(), test.hides) {
				t.Errorf("%v says %s", err, test.hides)
			}
		})
	}
}
