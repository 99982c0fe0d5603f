package delivery_test

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/shared/delivery"
)

func TestWhatANameSays(t *testing.T) {
	for _, test := range []struct {
		name delivery.Name
		text string
		kind string
		job  string
	}{
		{delivery.NameOf("0j1", 7), "0j1#000007", "notification", "0j1"},
		{delivery.NameOf("0j1", 7).Nth(1), "0j1#000007", "notification", "0j1"},
		{delivery.NameOf("0j1", 7).Nth(2), "0j1#000007#2", "notification", "0j1"},
		{delivery.NameOutside(delivery.KindForgot, "ABC"), "forgot#ABC", "forgot", ""},
		{delivery.NameOutside(delivery.KindTest, "ABC").Nth(3), "test#ABC#3", "test", ""},
	} {
		if string(test.name) != test.text {
			t.Errorf("got %s, want %s", test.name, test.text)
		}

		if kind, job := test.name.Kind(), test.name.JobID(); kind != test.kind || job != test.job {
			t.Errorf("%s: got kind %q of job %q", test.name, kind, job)
		}
	}

	if part := delivery.Part("0j1", 7, 3); part != "0j1#000007#03" {
		t.Errorf("the part is %s", part)
	}
}

func TestOnlyAJobsDeliveryHasANumber(t *testing.T) {
	for name, want := range map[delivery.Name]string{
		delivery.NameOf("j1", 7):        "7",
		delivery.NameOf("j1", 7).Nth(3): "7",
		"forgot#ABC":                    "none",
		"forgot#ABC#2":                  "none",
		"forgot#12":                     "none",
		"plain":                         "none",
	} {
		got := "none"
		if n := name.Number(); n != nil {
			got = fmt.Sprint(*n)
		}

		if got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestNamesOfDevicesAreTakenApartAgain(t *testing.T) {
	for _, base := range []delivery.Name{delivery.NameOf("j1", 7), "forgot#ABC", "plain"} {
		for k := 1; k < 4; k++ {
			name := base.Nth(k)
			if base == "plain" && k > 1 {
				continue // no name is without a #
			}

			if gotBase, gotK := name.Base(); gotBase != base || gotK != k {
				t.Errorf("%s: got %s and %d", name, gotBase, gotK)
			}

			if tag := name.Tag(); delivery.FromTag(tag) != name ||
				strings.ContainsAny(tag, "#") {
				t.Errorf("%s is tagged %s", name, tag)
			}
		}
	}
}
