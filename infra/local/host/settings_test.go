package host

import (
	"maps"
	"strings"
	"testing"

	"latchkey/shared/topology"
)

func TestTheLocalHostRefusesWhatADeploymentRefuses(t *testing.T) {
	tests := []struct {
		name        string
		environment map[string]string
		want        string // the lines of the error begin with it
	}{
		{
			"a lifetime below its own minimum",
			map[string]string{"LINK_LIFETIME": "5m"},
			"LINK_LIFETIME is 5m: it has to be from LINK_LIFETIME_MINIMUM (10m) " +
				"to LINK_LIFETIME_MAXIMUM (720h)",
		},
		{
			"a code that lives longer than NIST allows",
			map[string]string{"CODE_LIFETIME": "11m"},
			`CODE_LIFETIME is "11m" (how long a code works): ` +
				"it has to be a duration like 72h or 10m, at most 10m",
		},
		{
			"a password that is too short",
			map[string]string{"PASSWORD_MINIMUM": "7"},
			`PASSWORD_MINIMUM is "7" (the shortest password, in code points): ` +
				"it has to be a whole number, at least 8, at most 128",
		},
		{
			"a sender that is no address",
			map[string]string{"SENDER": "nobody"},
			`SENDER is "nobody" (the address that email comes from): it has to be an email address`,
		},
		{
			"a base URL without TLS that isn't this machine's",
			map[string]string{"BASE_URL": "http://users.example"},
			`BASE_URL is "http://users.example"`,
		},
		{
			"no device that can be sent to",
			map[string]string{"DEVICES": "Work Phone"},
			`DEVICES is "Work Phone": one at least has to have Email or SMS in its name`,
		},
		{
			"all that is wrong at once",
			map[string]string{
				"TIME_ZONE":         "Mars/Olympus",
				"RENEW_GAP":         "0s",
				"LATCHKEY_SES_RATE": "x",
			},
			"LATCHKEY_SES_RATE is \"x\"\nRENEW_GAP is \"0s\"\nTIME_ZONE is \"Mars/Olympus\"",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := readSettings(test.environment, topology.Latchkey.Parameters)
			if err == nil {
				t.Fatal("it is taken")
			}

			lines := strings.Split(err.Error(), "\n")
			wanted := strings.Split(test.want, "\n")
			if len(lines) != len(wanted) {
				t.Fatalf("got %q, want lines that begin with %q", lines, wanted)
			}
			for i := range lines {
				if !strings.HasPrefix(lines[i], wanted[i]) {
					t.Errorf("got %q, want a line that begins with %q", lines[i], wanted[i])
				}
			}
		})
	}
}

func TestTheSendersAddressIsVerifiedUnlessIdentitiesAreGiven(t *testing.T) {
	const sender = "Müller GmbH <hi@müller.test>"
	for _, test := range []struct{ identities, want string }{
		{"", "hi@xn--mller-kva.test"},
		{"northwind.test, a@b.test", "northwind.test|a@b.test"},
	} {
		s, err := readSettings(map[string]string{
			"SENDER":                  sender,
			"LATCHKEY_SES_IDENTITIES": test.identities,
		}, topology.Latchkey.Parameters)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(s.sesIdentities, "|"); got != test.want {
			t.Errorf("verified are %q, want %q", got, test.want)
		}
	}
}

func TestTheLocalHostTakesTheTimesOfATest(t *testing.T) {
	given := map[string]string{
		"LINK_LIFETIME_MINIMUM": "1s",
		"LINK_LIFETIME":         "1s",
		"RENEW_GAP":             "1s",
		"CODE_LIFETIME":         "1s",
		"SMS_COUNTRIES":         "us, de",
	}
	s, err := readSettings(given, topology.Latchkey.Parameters)
	if err != nil {
		t.Fatal(err)
	}

	want := maps.Clone(given)
	want["SMS_COUNTRIES"] = "US,DE"
	want["COMPANY"] = "Northwind" // the host's own
	want["PASSWORD_MINIMUM"] = "15"
	for name, value := range want {
		if got := s.parameters[name]; got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
}
