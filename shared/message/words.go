package message

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the zones of users: the machine that runs a function may have none

	"golang.org/x/text/language"
)

// words are a language's words for times, as its words.json has them.
type words struct {
	Time     string     `json:"time"` // {weekday}, {day}, {month}, {year}, {time} and {zone} stand for themselves
	Zone     string     `json:"zone"` // {zone} is the zone's IANA name
	Weekdays [7]string  `json:"weekdays"`
	Months   [12]string `json:"months"`
	// One and several.
	Days    [2]string `json:"days"`
	Hours   [2]string `json:"hours"`
	Minutes [2]string `json:"minutes"`
	Seconds [2]string `json:"seconds"`
	Support string    `json:"support"` // who helps, where the deployment doesn't say
}

// languages are those that have a folder; English comes first, for it is what a matcher falls back to.
var languages = sync.OnceValue(func() (all struct {
	folders []string
	words   []words
	matcher language.Matcher
}) {
	entries, err := texts.ReadDir("texts")
	if err != nil {
		panic(fmt.Errorf("list languages: %w", err)) // they are compiled in
	}
	all.folders = []string{"en"}
	for _, entry := range entries {
		if entry.Name() != "en" {
			all.folders = append(all.folders, entry.Name())
		}
	}
	var tags []language.Tag
	for _, folder := range all.folders {
		var w words
		file, err := texts.ReadFile("texts/" + folder + "/words.json")
		if err == nil {
			err = json.Unmarshal(file, &w)
		}
		if err != nil {
			panic(fmt.Errorf("read words of %s: %w", folder, err))
		}
		all.words = append(all.words, w)
		tags = append(tags, language.MustParse(folder))
	}
	all.matcher = language.NewMatcher(tags)
	return all
})

// speak gives the words and the folder of the language that suits best.
func speak(wanted language.Tag) (words, string) {
	all := languages()
	_, i, _ := all.matcher.Match(wanted)
	return all.words[i], all.folders[i]
}

// time writes a time in a zone, to the minute and with the zone's name: "Wednesday, 25 November 2026 at 14:05
// (Europe/Berlin time)".
func (w words) time(t time.Time, zone *time.Location) string {
	name := "UTC"
	if zone != nil && zone != time.UTC {
		t = t.In(zone)
		name = strings.ReplaceAll(w.Zone, "{zone}", strings.ReplaceAll(zone.String(), "_", " "))
	} else {
		t = t.UTC()
	}
	return strings.NewReplacer(
		"{weekday}", w.Weekdays[t.Weekday()], "{day}", strconv.Itoa(t.Day()), "{month}", w.Months[t.Month()-1],
		"{year}", strconv.Itoa(t.Year()), "{time}", t.Format("15:04"), "{zone}", name,
	).Replace(w.Time)
}

// duration writes a duration in its largest unit and the next: "3 days", "2 days 12 hours", "1 hour", "45 seconds". Days
// begin at two, so that a link of 24 hours doesn't seem to last until midnight. From an hour on it is rounded to the
// minute, below to the second; what is past is "0 seconds".
func (w words) duration(d time.Duration) string {
	d = max(d, 0)
	if d >= time.Hour {
		d = d.Round(time.Minute)
	} else {
		d = d.Round(time.Second)
	}
	units := []struct {
		length, from time.Duration
		names        [2]string
	}{
		{24 * time.Hour, 48 * time.Hour, w.Days},
		{time.Hour, time.Hour, w.Hours},
		{time.Minute, time.Minute, w.Minutes},
		{time.Second, 0, w.Seconds},
	}
	count := func(i int) string {
		n := d / units[i].length
		d -= n * units[i].length
		if n == 1 {
			return "1 " + units[i].names[0]
		}
		return strconv.FormatInt(int64(n), 10) + " " + units[i].names[1]
	}
	for i, unit := range units {
		if d < unit.from {
			continue
		}
		text := count(i)
		if i+1 < len(units) && d >= units[i+1].length {
			text += " " + count(i+1)
		}
		return text
	}
	return "" // the last unit takes any
}
