package user

import "testing"

func TestTimeZoneNamed(t *testing.T) {
	for text, want := range map[string]string{
		"Europe/Berlin":                   "Europe/Berlin",
		"europe/berlin":                   "Europe/Berlin",
		"AMERICA/NEW YORK":                "America/New_York",
		"America/NewYork":                 "America/New_York",
		"asia/hochiminh":                  "Asia/Ho_Chi_Minh",
		"W._Europe_Standard_Time":         "Europe/Berlin",
		" _":                              "",
		"america/argentina/buenos_aires":  "America/Argentina/Buenos_Aires",
		"us/eastern":                      "US/Eastern",
		"Asia/Calcutta":                   "Asia/Calcutta",
		"utc":                             "UTC",
		"etc/gmt-2":                       "Etc/GMT-2",
		"W. Europe Standard Time":         "Europe/Berlin",
		"eastern standard time":           "America/New_York",
		"GMT Standard Time":               "Europe/London",
		"UTC-11":                          "Etc/GMT+11",
		"Central European Standard Time":  "Europe/Warsaw",
		"Tokyo Standard Time":             "Asia/Tokyo",
		"Dateline Standard Time":          "Etc/GMT+12",
		"Mars/Olympus":                    "",
		"":                                "",
		"Local":                           "",
		"posix/US/Eastern":                "",
		"../../etc/passwd":                "",
		"Eastern Standard Time (Mexico) ": "",
	} {
		if got, ok := TimeZoneNamed(text); got != want || ok != (want != "") {
			t.Errorf("%q is %q, %t; want %q", text, got, ok, want)
		}
	}
}

func TestShownTimeZone(t *testing.T) {
	for name, want := range map[string]string{
		"Europe/Berlin":    "Europe/Berlin",
		"America/New_York": "America/New York",
		"US/Eastern":       "US/Eastern",
		"Etc/GMT-2":        "UTC+2",
		"Etc/GMT-14":       "UTC+14",
		"Etc/GMT+11":       "UTC-11",
		"Etc/GMT":          "UTC",
		"Etc/GMT0":         "UTC",
		"Etc/GMT+0":        "UTC",
		"Etc/GMT-0":        "UTC",
		"Etc/UTC":          "Etc/UTC",
		"UTC":              "UTC",
	} {
		if got := ShownTimeZone(name); got != want {
			t.Errorf("%s is shown as %s, want %s", name, got, want)
		}
	}
}
