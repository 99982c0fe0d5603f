package message

import (
	"testing"
	"time"

	"golang.org/x/text/language"
)

func TestATimeIsWrittenInTheUsersZone(t *testing.T) {
	zone := func(name string) *time.Location {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}

		return zone
	}
	for _, test := range []struct {
		name, at string
		zone     *time.Location
		want     string
	}{
		{
			"no zone is UTC",
			"2026-11-25T13:05:00Z",
			nil,
			"Wednesday, 25 November 2026 at 13:05 (UTC)",
		},
		{
			"UTC",
			"2026-11-25T13:05:00+01:00",
			time.UTC,
			"Wednesday, 25 November 2026 at 12:05 (UTC)",
		},
		{
			"a zone by its city",
			"2026-11-25T13:05:59Z",
			zone("Europe/Berlin"),
			"Wednesday, 25 November 2026 at 14:05 (Europe/Berlin time)",
		},
		{
			"summer time",
			"2026-07-01T13:05:00Z",
			zone("Europe/Berlin"),
			"Wednesday, 1 July 2026 at 15:05 (Europe/Berlin time)",
		},
		{
			"a city of two words",
			"2026-11-25T03:05:00Z",
			zone("America/New_York"),
			"Tuesday, 24 November 2026 at 22:05 (America/New York time)",
		},
		{
			"a zone's older name",
			"2026-11-25T03:05:00Z",
			zone("US/Eastern"),
			"Tuesday, 24 November 2026 at 22:05 (US/Eastern time)",
		},
		{
			"an offset whose name has the opposite sign",
			"2026-11-25T13:05:00Z",
			zone("Etc/GMT-2"),
			"Wednesday, 25 November 2026 at 15:05 (UTC+2)",
		},
		{
			"half an hour's offset, and midnight",
			"2026-12-31T18:30:00Z",
			zone("Asia/Kolkata"),
			"Friday, 1 January 2027 at 00:00 (Asia/Kolkata time)",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			at, err := time.Parse(time.RFC3339, test.at)
			if err != nil {
				t.Fatal(err)
			}

			english := texts().words[0]
			if got := english.time(at, test.zone); got != test.want {
				t.Errorf("time = %q, want %q", got, test.want)
			}
		})
	}
}

func TestADurationIsWrittenAsPeopleSayIt(t *testing.T) {
	english := texts().words[0]
	for written, want := range map[string]string{
		"72h":       "3 days",
		"71h59m59s": "3 days",
		"72h0m29s":  "3 days",
		"60h":       "2 days 12 hours",
		"48h":       "2 days",
		"49h":       "2 days 1 hour",
		"720h":      "30 days",
		"47h59m":    "47 hours 59 minutes",
		"24h":       "24 hours",
		"1h":        "1 hour",
		"59m59.9s":  "1 hour",
		"90m":       "1 hour 30 minutes",
		"10m":       "10 minutes",
		"1m":        "1 minute",
		"61s":       "1 minute 1 second",
		"599.6s":    "10 minutes",
		"45s":       "45 seconds",
		"1s":        "1 second", "0.2s": "0 seconds", "0s": "0 seconds", "-5m": "0 seconds",
	} {
		d, err := time.ParseDuration(written)
		if err != nil {
			t.Fatal(err)
		}

		if got := english.duration(d); got != want {
			t.Errorf("duration(%s) = %q, want %q", written, got, want)
		}
	}
}

func TestGermanIsWrittenAsGermansWriteIt(t *testing.T) {
	l := texts()

	german := l.words[l.match(language.German)]
	for at, want := range map[string]string{
		"2026-11-25T13:05:00Z": "Mittwoch, 25. November 2026 um 14:05 Uhr (Zeitzone Europe/Berlin)",
		"2027-02-28T23:00:00Z": "Montag, 1. März 2027 um 00:00 Uhr (Zeitzone Europe/Berlin)",
	} {
		at, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}

		if got := german.time(at, berlin(t)); got != want {
			t.Errorf("time = %q, want %q", got, want)
		}
	}

	for d, want := range map[time.Duration]string{
		72 * time.Hour:   "3 Tage",
		60 * time.Hour:   "2 Tage 12 Stunden",
		49 * time.Hour:   "2 Tage 1 Stunde",
		24 * time.Hour:   "24 Stunden",
		90 * time.Minute: "1 Stunde 30 Minuten",
		10 * time.Minute: "10 Minuten",
		time.Second:      "1 Sekunde",
	} {
		if got := german.duration(d); got != want {
			t.Errorf("duration(%s) = %q, want %q", d, got, want)
		}
	}

	if got := german.number(1_234_567); got != "1.234.567" {
		t.Errorf("number = %q", got)
	}
}

func TestANumberHasItsThousandsApart(t *testing.T) {
	english := texts().words[0]
	for n, want := range map[int]string{
		0:         "0",
		7:         "7",
		999:       "999",
		1_000:     "1,000",
		12_345:    "12,345",
		999_999:   "999,999",
		1_000_000: "1,000,000",
	} {
		if got := english.number(n); got != want {
			t.Errorf("number(%d) = %q, want %q", n, got, want)
		}
	}
}
