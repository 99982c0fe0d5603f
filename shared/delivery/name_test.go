package delivery_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode"

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
		}
	}
}

func TestTagsNameTheDeliveryAgain(t *testing.T) {
	for _, d := range []delivery.Delivery{
		{UserID: "u1", Name: delivery.NameOf("j1", 7), Part: delivery.Part("j1", 7, 3)},
		{
			UserID: "u1",
			Name:   delivery.NameOf("j1", 7).Nth(2),
			Part:   delivery.Part("j1", 7, 15),
		},
		{UserID: "u1", Name: "forgot#ABC"},
		{UserID: "u1", Name: "password-set#ABC#3"},
	} {
		tags := d.Tags()
		for name, value := range tags {
			if strings.ContainsFunc(value, func(r rune) bool {
				return !strings.ContainsRune("-_", r) && !unicode.IsLetter(r) && !unicode.IsDigit(r)
			}) {
				t.Errorf("the tag %s is %q, which SES refuses", name, value)
			}
		}

		got := delivery.FromTags(func(name string) string { return tags[name] })
		if !reflect.DeepEqual(got, []delivery.Delivery{d}) {
			t.Errorf("got %+v; want %+v", got, d)
		}
	}

	long := strings.Repeat("x", 257)
	for _, tags := range []map[string]string{
		nil,
		{"user": "u1"},
		{"delivery": "forgot_1"},
		{"user": long, "delivery": "forgot_1"},
		{"user": "u1", "delivery": long},
	} {
		if all := delivery.FromTags(func(name string) string { return tags[name] }); all != nil {
			t.Errorf("%v name %+v", tags, all)
		}
	}

	// A shard belongs to a notification's delivery alone, and has two digits.
	for _, tags := range []map[string]string{
		{"user": "u1", "delivery": "forgot_1", "shard": "03"},
		{"user": "u1", "delivery": "j1_000001", "shard": "3"},
	} {
		all := delivery.FromTags(func(name string) string { return tags[name] })
		if len(all) != 1 || all[0].Part != "" {
			t.Errorf("%v name %+v", tags, all)
		}
	}

	// One message for several users has a name among the deliveries of each.
	tags := delivery.Delivery{Name: "forgot#ABC", Users: []string{"u1", "u2"}}.Tags()
	got := delivery.FromTags(func(name string) string { return tags[name] })
	want := []delivery.Delivery{
		{UserID: "u1", Name: "forgot#ABC-u1"},
		{UserID: "u2", Name: "forgot#ABC-u2"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v of %v", got, tags)
	}
}
