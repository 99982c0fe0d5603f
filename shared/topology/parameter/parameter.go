// Package parameter checks the values of a deployment's parameters, each for itself and
// all together, so that the local host refuses what a deployment refuses, in the same
// words.
//
// It is apart from the topology, which every function may read: to know all languages
// takes 2 MB of a binary.
package parameter

import (
	"cmp"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"latchkey/shared/mailbox"
	"latchkey/shared/topology"
	"latchkey/shared/user"
)

// Check returns the value that a deployment has when text is given: text in the form that
// the functions read, or the default where text is blank. The value is "" where the
// parameter isn't there.
//
// The error is to follow the parameter's name: `is "48h" (how long a link works): it has
// to be a duration like 72h or 10m, at most 24h`.
func Check(p topology.Parameter, text string) (string, error) {
	given := cmp.Or(strings.TrimSpace(text), p.Default)
	if given == "" && p.Required {
		return "", fmt.Errorf("is missing (%s): it has to be %s", p.Means, p.Wanted())
	}
	if given == "" {
		return "", nil
	}

	value, ok := parse(p, given)
	if !ok {
		return "", Refusal(p, given)
	}
	return value, nil
}

// Refusal is Check's error for a value that the parameter doesn't take.
func Refusal(p topology.Parameter, given string) error {
	return fmt.Errorf("is %q (%s): it has to be %s", given, p.Means, p.Wanted())
}

// parse returns a value that is given in the form that the functions read. ok is false if
// it isn't of the parameter's kind or not within its bounds.
func parse(p topology.Parameter, given string) (value string, ok bool) {
	switch p.Kind {
	case topology.OneLine:
		return given, !strings.ContainsFunc(given, isControl)
	case topology.Address:
		_, err := mailbox.Parse(given)
		return given, err == nil
	case topology.Origin:
		return parseOrigin(given)
	case topology.URL:
		at, err := url.Parse(given)
		return given, err == nil && at.Host != "" && at.Scheme == "https"
	case topology.Duration:
		return given, within(p, given, time.ParseDuration)
	case topology.Number:
		return given, within(p, given, strconv.Atoi)
	case topology.Language:
		_, _, known := user.LanguageNamed(given)
		return given, known
	case topology.TimeZone:
		_, err := time.LoadLocation(given)
		return given, err == nil
	case topology.List:
		return parseList(given, func(string) bool { return true })
	case topology.Countries:
		return parseList(strings.ToUpper(given), isCountry)
	}

	pattern, err := regexp.Compile(p.Pattern)
	return given, err == nil && p.Pattern != "" && pattern.MatchString(given)
}

// isControl is true of what breaks a line or a header.
func isControl(r rune) bool { return r < ' ' || r == 0x7f }

// parseOrigin takes an https address without a path, or one of this machine. It returns
// the origin as browsers send it: in small letters, without the port that https has anyway
// (https://url.spec.whatwg.org/#concept-url-origin).
func parseOrigin(given string) (origin string, ok bool) {
	origin = strings.ToLower(strings.TrimSuffix(given, "/"))
	if strings.HasPrefix(origin, "https://") {
		origin = strings.TrimSuffix(origin, ":443")
	}

	at, err := url.Parse(origin)
	if err != nil || at.Host == "" || origin != at.Scheme+"://"+at.Host {
		return "", false
	}

	local := at.Scheme == "http" && at.Hostname() == "localhost"
	return origin, at.Scheme == "https" || local
}

// parseList trims the parts of a list. None may be blank, there twice, or bad.
func parseList(given string, good func(part string) bool) (list string, ok bool) {
	parts := strings.Split(given, ",")
	seen := map[string]bool{"": true}
	for i, part := range parts {
		parts[i] = strings.TrimSpace(part)
		folded := strings.ToLower(parts[i])
		if seen[folded] || !good(parts[i]) {
			return "", false
		}
		seen[folded] = true
	}
	return strings.Join(parts, ","), true
}

func isCountry(code string) bool {
	region, err := language.ParseRegion(code)
	return err == nil && region.IsCountry() && region.String() == code
}

// within reports whether a value is more than nothing and within its parameter's bounds.
func within[T int | time.Duration](
	p topology.Parameter, text string, parse func(string) (T, error),
) bool {
	value, err := parse(text)
	if err != nil || value <= 0 {
		return false
	}

	least, _ := parse(cmp.Or(p.Least, text)) // a test reads all bounds
	most, _ := parse(cmp.Or(p.Most, text))
	return least <= value && value <= most
}

// Contradictions returns what is wrong with values that are good each for itself. They
// are by their environment names; called returns what a parameter is called where they
// were given.
func Contradictions(values map[string]string, called func(name string) string) []error {
	var wrong []error

	usual, _ := time.ParseDuration(values["LINK_LIFETIME"])
	least, _ := time.ParseDuration(values["LINK_LIFETIME_MINIMUM"])
	most, _ := time.ParseDuration(values["LINK_LIFETIME_MAXIMUM"])
	if usual < least || usual > most {
		wrong = append(wrong, fmt.Errorf(
			"%s is %s: it has to be from %s (%s) to %s (%s)",
			called("LINK_LIFETIME"), values["LINK_LIFETIME"],
			called("LINK_LIFETIME_MINIMUM"), values["LINK_LIFETIME_MINIMUM"],
			called("LINK_LIFETIME_MAXIMUM"), values["LINK_LIFETIME_MAXIMUM"],
		))
	}

	list, there := values["DEVICES"]
	devices := user.Devices(strings.Split(list, ","))
	if there && len(user.SendableDevices(devices)) == 0 {
		wrong = append(wrong, fmt.Errorf(
			"%s is %q: one at least has to have Email or SMS in its name",
			called("DEVICES"), values["DEVICES"],
		))
	}

	return wrong
}
