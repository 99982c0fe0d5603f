package stack

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/topology"
	"latchkey/shared/topology/parameter"
)

// given are the parameters that every deployment needs, and more.
func given(more map[string]any) func(string) any {
	all := map[string]any{
		"company": "Northwind",
		"sender":  "Northwind <no-reply@northwind.example>",
	}
	maps.Copy(all, more)
	return func(name string) any { return all[name] }
}

func TestReadParameters(t *testing.T) {
	for _, test := range []struct {
		name    string
		context map[string]any
		want    map[string]string // by environment name; "" is not there
	}{
		{
			"what isn't given has its default, or isn't there",
			nil,
			map[string]string{"STAGE": "prod", "LINK_LIFETIME": "72h", "REPLY_TO": ""},
		},
		{
			"a blank is not given",
			map[string]any{"link-lifetime": " ", "reply-to": ""},
			map[string]string{"LINK_LIFETIME": "72h", "REPLY_TO": ""},
		},
		{
			"a number and a truth may be JSON",
			map[string]any{"password-minimum": 20.0, "ses-sandbox": true},
			map[string]string{"PASSWORD_MINIMUM": "20", "SES_SANDBOX": "true"},
		},
		{
			"and so may a list",
			map[string]any{"devices": []any{"Work Email", "SMS Phone"}},
			map[string]string{"DEVICES": "Work Email,SMS Phone"},
		},
		{
			"a list loses the spaces around its commas",
			map[string]any{"devices": "Work Email, SMS Phone"},
			map[string]string{"DEVICES": "Work Email,SMS Phone"},
		},
		{
			"countries are written as ISO 3166 has them",
			map[string]any{"sms-countries": "us, de"},
			map[string]string{"SMS_COUNTRIES": "US,DE"},
		},
		{
			"a base URL loses its last slash",
			map[string]any{"base-url": "https://users.example/"},
			map[string]string{"BASE_URL": "https://users.example"},
		},
		{
			"a base URL may be this machine's",
			map[string]any{"base-url": "http://localhost:8080"},
			map[string]string{"BASE_URL": "http://localhost:8080"},
		},
		{
			"bounds are allowed themselves",
			map[string]any{"reset-lifetime": "24h", "password-minimum": "8"},
			map[string]string{"RESET_LIFETIME": "24h", "PASSWORD_MINIMUM": "8"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			p, err := ReadParameters(given(test.context))
			if err != nil {
				t.Fatal(err)
			}

			for name, want := range test.want {
				if got, there := p.values[name]; got != want || there != (want != "") {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}

func TestBadParameters(t *testing.T) {
	for _, test := range []struct {
		name    string
		context map[string]any
		want    string // each line of the error begins with it
	}{
		{"what is required is missing", map[string]any{"company": nil}, "company is missing"},
		{
			"an address that SES has no form for",
			map[string]any{"sender": "müller@northwind.example"},
			`sender is "müller@northwind.example"`,
		},
		{
			"all that is wrong is said at once",
			map[string]any{"company": "", "sender": "nobody", "log-days": "8"},
			"company is missing\nsender is \"nobody\"\nlog-days is \"8\"",
		},
		{"no duration", map[string]any{"link-lifetime": "3 days"}, `link-lifetime is "3 days"`},
		{"a duration of nothing", map[string]any{"renew-gap": "0s"}, `renew-gap is "0s"`},
		{"above its bound", map[string]any{"code-lifetime": "11m"}, `code-lifetime is "11m"`},
		{"below its bound", map[string]any{"password-minimum": "7"}, `password-minimum is "7"`},
		{"no whole number", map[string]any{"password-minimum": 15.5}, `password-minimum is "15.5"`},
		{"no language", map[string]any{"language": "Klingonese"}, `language is "Klingonese"`},
		{
			"no time zone",
			map[string]any{"time-zone": "Mars/Olympus"},
			`time-zone is "Mars/Olympus"`,
		},
		{"no country", map[string]any{"sms-countries": "US,XX"}, `sms-countries is "US,XX"`},
		{
			"a part of a list twice",
			map[string]any{"devices": "Work Email,work email"},
			`devices is "Work Email,work email"`,
		},
		{
			"a blank part of a list",
			map[string]any{"custom-fields": "Desk,"},
			`custom-fields is "Desk,"`,
		},
		{"a list of other things", map[string]any{"devices": []any{1.0}}, `devices is "[1]"`},
		{
			"no device that can be sent to",
			map[string]any{"devices": "Work Phone"},
			`devices is "Work Phone"`,
		},
		{
			"a base URL with a path",
			map[string]any{"base-url": "https://users.example/latchkey"},
			"base-url is ",
		},
		{
			"a base URL without TLS",
			map[string]any{"base-url": "http://users.example"},
			"base-url is ",
		},
		{"a line break in a text", map[string]any{"company": "North\nwind"}, "company is "},
		{
			"a stage that can't be in a bucket's name",
			map[string]any{"stage": "Prod_1"},
			"stage is ",
		},
		{
			"a stage that is too long for it",
			map[string]any{"stage": "abcdefghijklmnopq"},
			"stage is ",
		},
		{"an unknown architecture", map[string]any{"architecture": "amd64"}, "architecture is "},
		{
			"a domain without a certificate",
			map[string]any{"domain": "users.example"},
			"domain and certificate-arn",
		},
		{
			"a certificate without a domain",
			map[string]any{"certificate-arn": "arn:aws:acm:eu-west-1:123456789012:certificate/1"},
			"domain and certificate-arn",
		},
		{
			"no certificate's ARN",
			map[string]any{"domain": "users.example", "certificate-arn": "1"},
			"certificate-arn is ",
		},
		{"a hosted zone without a domain", map[string]any{"hosted-zone": "Z1"}, "hosted-zone is "},
		{
			"a lifetime beyond its own maximum",
			map[string]any{"link-lifetime": "721h"},
			"link-lifetime is 721h",
		},
		{
			"a lifetime below its own minimum",
			map[string]any{"link-lifetime": "5m"},
			"link-lifetime is 5m",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := ReadParameters(given(test.context))
			if err == nil {
				t.Fatal("it is taken")
			}

			lines, wanted := strings.Split(err.Error(), "\n"), strings.Split(test.want, "\n")
			if !slices.EqualFunc(lines, wanted, strings.HasPrefix) {
				t.Errorf("got %q, want lines that begin with %q", lines, wanted)
			}
		})
	}
}

func TestEveryBoundIsAGoodValueItself(t *testing.T) {
	for _, p := range slices.Concat(topology.Latchkey.Parameters, ownParameters) {
		for _, bound := range []string{p.Least, p.Most} {
			if bound == "" {
				continue
			}
			if got, err := parameter.Check(p, bound); got != bound || err != nil {
				t.Errorf("%s has the bound %q: %q, %v", p.Name, bound, got, err)
			}
		}
	}
}

func TestAnErrorSaysWhatItWants(t *testing.T) {
	_, err := ReadParameters(given(map[string]any{"reset-lifetime": "48h"}))

	const want = `reset-lifetime is "48h" (how long a forgot-password link works): ` +
		`it has to be a duration like 72h or 10m, at most 24h`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestUnknownNames(t *testing.T) {
	context := map[string]any{
		"renewgap":                  "1s",
		"renew-gap":                 "1s",
		"stage":                     "x",
		"aws:cdk:version-reporting": true,
		"@aws-cdk/core:flag":        true,
		"cli-telemetry":             false,
	}
	if got := Unknown(context); !slices.Equal(got, []string{"renewgap"}) {
		t.Errorf("got %q, want renewgap alone", got)
	}
}
