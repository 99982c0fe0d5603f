package main

import (
	"strings"
	"testing"

	"latchkey/shared/config"
)

func TestSettings(t *testing.T) {
	all := settings{
		Company:        "Example",
		Bucket:         "uploads",
		SupportContact: "help@example.test",
		AppURL:         "https://app.example.test/",
	}

	tests := []struct {
		name        string
		environment []string
		want        settings
		names       []string // what the error names; none: there is no error
	}{
		{
			"the company and the bucket will do",
			[]string{"COMPANY=Example", "BUCKET=uploads"},
			settings{Company: "Example", Bucket: "uploads"},
			nil,
		},
		{
			"everything is read",
			[]string{
				"COMPANY=Example",
				"BUCKET=uploads",
				"SUPPORT_CONTACT=help@example.test",
				"APP_URL=https://app.example.test/",
			},
			all,
			nil,
		},
		{
			"an empty parameter is one that isn't given",
			[]string{"COMPANY=Example", "BUCKET=uploads", "SUPPORT_CONTACT=", "APP_URL="},
			settings{Company: "Example", Bucket: "uploads"},
			nil,
		},
		{
			"a missing and a bad one are both named",
			[]string{"APP_URL=javascript:alert(1)"},
			settings{},
			[]string{"COMPANY", "BUCKET", "APP_URL"},
		},
		{"a company without a name is none", []string{"COMPANY="}, settings{}, []string{"COMPANY"}},
		{
			"an address without a host is none",
			[]string{"COMPANY=Example", "APP_URL=/app"},
			settings{},
			[]string{"APP_URL"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := config.Read[settings](test.environment)
			if len(test.names) == 0 {
				if err != nil || got != test.want {
					t.Errorf("got %+v, %v; want %+v", got, err, test.want)
				}

				return
			}

			if err == nil {
				t.Fatal("there is no error")
			}

			for _, name := range test.names {
				if !strings.Contains(err.Error(), name) {
					t.Errorf("the error doesn't name %s: %v", name, err)
				}
			}
		})
	}
}
