package main

import (
	"strings"
	"testing"

	"latchkey/shared/setting"
)

func TestSettings(t *testing.T) {
	all := settings{
		company:        "Example",
		bucket:         "uploads",
		supportContact: "help@example.test",
		appURL:         "https://app.example.test/",
	}

	tests := []struct {
		name        string
		environment map[string]string
		want        settings
		names       []string // what the error names; none: there is no error
	}{
		{
			"the company and the bucket will do",
			map[string]string{"COMPANY": "Example", "BUCKET": "uploads"},
			settings{company: "Example", bucket: "uploads"},
			nil,
		},
		{
			"everything is read",
			map[string]string{
				"COMPANY":         "Example",
				"BUCKET":          "uploads",
				"SUPPORT_CONTACT": "help@example.test",
				"APP_URL":         "https://app.example.test/",
			},
			all,
			nil,
		},
		{
			"an empty parameter is one that isn't given",
			map[string]string{
				"COMPANY":         "Example",
				"BUCKET":          "uploads",
				"SUPPORT_CONTACT": "",
				"APP_URL":         "",
			},
			settings{company: "Example", bucket: "uploads"},
			nil,
		},
		{
			"a missing and a bad one are both named",
			map[string]string{"APP_URL": "javascript:alert(1)"},
			settings{},
			[]string{"COMPANY", "BUCKET", "APP_URL"},
		},
		{"a company without a name is none", map[string]string{
			"COMPANY": "",
		}, settings{}, []string{"COMPANY"}},
		{
			"an address without a host is none",
			map[string]string{"COMPANY": "Example", "APP_URL": "/app"},
			settings{},
			[]string{"APP_URL"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := setting.New(func(name string) string { return test.environment[name] })
			got := readSettings(r)
			err := r.Err()
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
