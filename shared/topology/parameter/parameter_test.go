package parameter_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/topology"
	"latchkey/shared/topology/parameter"
)

func TestAValueIsOfItsKind(t *testing.T) {
	tests := []struct {
		name        string
		kind        topology.ValueKind
		given, want string // want is "" for a value that is refused
	}{
		{"a text", topology.OneLine, "Northwind", "Northwind"},
		{"a text with a line break", topology.OneLine, "North\nwind", ""},
		{"a text with a tab", topology.OneLine, "North\twind", ""},
		{"spaces around a value go", topology.OneLine, " Northwind ", "Northwind"},
		{
			"an address with a name", topology.Address,
			"Northwind <a@b.example>",
			"Northwind <a@b.example>",
		},
		{"an address that is none", topology.Address, "nobody", ""},
		{"an origin", topology.Origin, "https://users.example", "https://users.example"},
		{
			"an origin with a slash", topology.Origin,
			"https://users.example/",
			"https://users.example",
		},
		{
			"an origin of this machine", topology.Origin,
			"http://localhost:8080",
			"http://localhost:8080",
		},
		{
			"an origin in capitals", topology.Origin,
			"HTTPS://Users.Example:443/",
			"https://users.example",
		},
		{
			"an origin with a port of its own", topology.Origin,
			"https://users.example:8443",
			"https://users.example:8443",
		},
		{"an origin without TLS", topology.Origin, "http://users.example", ""},
		{"an origin with a path", topology.Origin, "https://users.example/latchkey", ""},
		{"an origin with a user", topology.Origin, "https://ada@users.example", ""},
		{"an origin without a host", topology.Origin, "https://", ""},
		{"a URL with a path", topology.URL, "https://users.example/a", "https://users.example/a"},
		{"a URL without TLS", topology.URL, "http://users.example/a", ""},
		{"a duration", topology.Duration, "1h30m", "1h30m"},
		{"a duration without a unit", topology.Duration, "72", ""},
		{"a duration of nothing", topology.Duration, "0s", ""},
		{"a negative duration", topology.Duration, "-1h", ""},
		{"a number", topology.Number, "15", "15"},
		{"no whole number", topology.Number, "15.5", ""},
		{"a language by its name", topology.Language, "German", "German"},
		{"a language by its tag", topology.Language, "de-AT", "de-AT"},
		{"no language", topology.Language, "Klingonese", ""},
		{"a time zone", topology.TimeZone, "UTC", "UTC"},
		{"no time zone", topology.TimeZone, "Mars/Olympus", ""},
		{"a list", topology.List, "Work Email, SMS Phone", "Work Email,SMS Phone"},
		{"a list with a blank part", topology.List, "Desk,", ""},
		{"a list with a part twice", topology.List, "Work Email,work email", ""},
		{"countries", topology.Countries, "us, de", "US,DE"},
		{"no country", topology.Countries, "US,XX", ""},
		{"a kind that has no rule", topology.ValueKind("a colour"), "red", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parameter.Check(topology.Parameter{Kind: test.kind}, test.given)
			if got != test.want || (err == nil) != (test.want != "") {
				t.Errorf("got %q, %v, want %q", got, err, test.want)
			}
		})
	}
}

func TestAPatternIsAKindOfItsOwn(t *testing.T) {
	stage := topology.Parameter{Kind: "lower-case letters", Pattern: `^[a-z]+$`}
	if got, err := parameter.Check(stage, "prod"); got != "prod" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := parameter.Check(stage, "Prod"); got != "" || err == nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAParameterSaysWhatItWants(t *testing.T) {
	length := topology.Parameter{
		Kind:    topology.Number,
		Default: "15",
		Least:   "8",
		Most:    "128",
		Means:   "the shortest password",
	}
	company := topology.Parameter{Kind: topology.OneLine, Required: true, Means: "who speaks"}
	contact := topology.Parameter{Kind: topology.OneLine, Means: "whom to ask"}

	tests := []struct {
		name        string
		p           topology.Parameter
		given, want string
		failure     string
	}{
		{"a blank value is the default", length, " ", "15", ""},
		{"the least value is good", length, "8", "8", ""},
		{"the greatest value is good", length, "128", "128", ""},
		{
			"a value below its bound is refused", length, "7", "",
			`is "7" (the shortest password): it has to be a whole number, ` +
				"at least 8, at most 128",
		},
		{
			"a value above its bound is refused", length, "129", "",
			`is "129" (the shortest password): it has to be a whole number, ` +
				"at least 8, at most 128",
		},
		{
			"what is required must be given", company, "", "",
			"is missing (who speaks): it has to be a text",
		},
		{"what isn't required may be missing", contact, "", "", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := parameter.Check(test.p, test.given)
			failure := ""
			if err != nil {
				failure = err.Error()
			}
			if got != test.want || failure != test.failure {
				t.Errorf("got %q, %q, want %q, %q", got, failure, test.want, test.failure)
			}
		})
	}
}

// defaults are the values of a deployment that gives only what it must.
func defaults(more ...string) map[string]string {
	values := map[string]string{}
	for _, p := range topology.Latchkey.Parameters {
		values[p.Name] = p.Default
	}
	for i := 0; i < len(more); i += 2 {
		values[more[i]] = more[i+1]
	}
	return values
}

func TestEveryDefaultIsAGoodValue(t *testing.T) {
	for _, p := range topology.Latchkey.Parameters {
		if p.Required {
			continue
		}
		if got, err := parameter.Check(p, ""); got != p.Default || err != nil {
			t.Errorf("%s has the default %q: %q, %v", p.Name, p.Default, got, err)
		}
	}
}

func TestValuesMustNotContradictEachOther(t *testing.T) {
	tests := []struct {
		name   string
		values map[string]string
		want   []string
	}{
		{"the defaults don't", defaults(), nil},
		{
			"bounds of a lifetime are allowed themselves",
			defaults("LINK_LIFETIME", "10m", "LINK_LIFETIME_MINIMUM", "10m"), nil,
		},
		{
			"a lifetime below its own minimum does",
			defaults("LINK_LIFETIME", "5m"),
			[]string{"link lifetime is 5m: it has to be from link lifetime minimum (10m) " +
				"to link lifetime maximum (720h)"},
		},
		{
			"a lifetime beyond its own maximum does",
			defaults("LINK_LIFETIME", "721h"),
			[]string{"link lifetime is 721h: it has to be from link lifetime minimum (10m) " +
				"to link lifetime maximum (720h)"},
		},
		{
			"devices of which none can be sent to do",
			defaults("DEVICES", "Work Phone"),
			[]string{`devices is "Work Phone": one at least has to have Email or SMS in its name`},
		},
		{
			"all of them are told",
			defaults("DEVICES", "Work Phone", "LINK_LIFETIME", "1s", "LINK_LIFETIME_MINIMUM", "2s"),
			[]string{
				"link lifetime is 1s: it has to be from link lifetime minimum (2s) " +
					"to link lifetime maximum (720h)",
				`devices is "Work Phone": one at least has to have Email or SMS in its name`,
			},
		},
	}
	spoken := func(name string) string {
		return strings.ToLower(strings.ReplaceAll(name, "_", " "))
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			if err := errors.Join(parameter.Contradictions(test.values, spoken)...); err != nil {
				got = strings.Split(err.Error(), "\n")
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
