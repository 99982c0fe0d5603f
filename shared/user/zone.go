package user

import (
	_ "embed"
	"strings"
	"sync"
)

// zonesFile has a line for each of IANA's time zones, older names too: its name, and those
// that Windows has for it by Unicode's CLDR. A test makes it, since Go lists no zones.
//
//go:embed zones.txt
var zonesFile string

// TimeZoneNamed returns IANA's spelling of a time zone, by its name there in any case and
// with or without _ ("europe/berlin", "America/New York"), or by its name in Windows
// ("W. Europe Standard Time").
func TimeZoneNamed(text string) (name string, ok bool) {
	name, ok = zones()[zoneKey(text)]
	return name, ok
}

func zoneKey(text string) string {
	return strings.ToLower(strings.ReplaceAll(text, "_", " "))
}

// zones are the names of the file's time zones by their keys.
var zones = sync.OnceValue(func() map[string]string {
	named := map[string]string{}
	for line := range strings.Lines(zonesFile) {
		names := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for _, name := range names {
			named[zoneKey(name)] = names[0]
			named[zoneKey(strings.ReplaceAll(name, "_", ""))] = names[0]
		}
	}
	return named
})

// ShownTimeZone returns a time zone's name as people read it: "America/New York", and
// "UTC+2" for Etc/GMT-2, whose sign is the opposite of what they expect.
func ShownTimeZone(name string) string {
	offset, ok := strings.CutPrefix(name, "Etc/GMT")
	switch {
	case !ok:
		return strings.ReplaceAll(name, "_", " ")
	case strings.Trim(offset, "+-0") == "":
		return "UTC"
	case offset[0] == '-':
		return "UTC+" + offset[1:]
	}
	return "UTC-" + offset[1:]
}
