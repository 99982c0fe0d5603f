package message

import (
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // the zones of users: the machine that runs a function may have none

	"golang.org/x/text/language"

	"latchkey/shared/translation"
	"latchkey/shared/user"
)

// forms are the words for a number of things, by the plural categories of the language.
// {count} stands for the number. A form may do without: Arabic has a word for two days.
type forms map[string]string

type words struct {
	tag language.Tag // whose words they are

	// Time has the places {weekday}, {day}, {month}, {year}, {time} and {zone}.
	Time string `json:"time"`
	// Zone has the place {zone}, for the zone's IANA name.
	Zone string `json:"zone"`
	// Weekdays begin with Sunday. They and Months are in the case that Time needs.
	Weekdays [7]string  `json:"weekdays"`
	Months   [12]string `json:"months"`

	Days    forms `json:"days"`
	Hours   forms `json:"hours"`
	Minutes forms `json:"minutes"`
	Seconds forms `json:"seconds"`
	// Group stands between the thousands of a number.
	Group   string `json:"group"`
	Copy    string `json:"copy"`    // what to do without the button; its address follows
	Help    string `json:"help"`    // {contact} is whom to ask
	Support string `json:"support"` // who helps, where the deployment doesn't say
	Peers   string `json:"peers"`   // the same for an administrator
	Drop    string `json:"drop"`    // who gave a role that came in a dropped file
}

// time writes a time in a zone, to the minute and with the zone's name: "Wednesday, 25
// November 2026 at 14:05 (Europe/Berlin time)", "… (UTC+2)". No zone is UTC.
func (w words) time(t time.Time, zone *time.Location) string {
	name := "UTC"
	if zone != nil && zone != time.UTC {
		t = t.In(zone)
		name = user.ShownTimeZone(zone.String())
		if !strings.HasPrefix(name, "UTC") {
			name = strings.ReplaceAll(w.Zone, "{zone}", name)
		}
	} else {
		t = t.UTC()
	}

	return strings.NewReplacer(
		"{weekday}", w.Weekdays[t.Weekday()],
		"{day}", strconv.Itoa(t.Day()),
		"{month}", w.Months[t.Month()-1],
		"{year}", strconv.Itoa(t.Year()),
		"{time}", t.Format("15:04"),
		"{zone}", name,
	).Replace(w.Time)
}

// duration writes a duration in its largest unit and the next: "3 days", "2 days 12
// hours", "1 hour", "45 seconds". Days begin at two, so that a link of 24 hours doesn't
// seem to last until midnight. From an hour on the duration is rounded to the minute,
// below to the second. What is past is "0 seconds".
func (w words) duration(d time.Duration) string {
	d = max(d, 0)
	if d >= time.Hour {
		d = d.Round(time.Minute)
	} else {
		d = d.Round(time.Second)
	}

	units := []struct {
		length, from time.Duration
		names        forms
	}{
		{24 * time.Hour, 48 * time.Hour, w.Days},
		{time.Hour, time.Hour, w.Hours},
		{time.Minute, time.Minute, w.Minutes},
		{time.Second, 0, w.Seconds},
	}

	for i, unit := range units {
		if d < unit.from {
			continue
		}

		text := w.counted(unit.names, int(d/unit.length))
		rest := d % unit.length
		if i+1 < len(units) && rest >= units[i+1].length {
			text += " " + w.counted(units[i+1].names, int(rest/units[i+1].length))
		}
		return text
	}

	return "" // the last unit takes any
}

func (w words) counted(names forms, n int) string {
	return strings.ReplaceAll(names[translation.Category(w.tag, n)], "{count}", strconv.Itoa(n))
}

// number writes a number of at least 0 with its thousands apart: "1,000,000".
func (w words) number(n int) string {
	digits := strconv.Itoa(n)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + w.Group + digits[i:]
	}
	return digits
}
