// Package reach decides how a user can be reached: on which devices, in which language
// and in which time zone, and stores which addresses are undeliverable.
package reach

import (
	"context"
	"slices"
	"time"
	_ "time/tzdata" // the provided.al2023 runtime has no time zones of its own

	"golang.org/x/text/language"

	"latchkey/shared/token"
	"latchkey/shared/user"
)

// Rules are what a deployment says of reaching its users; see Read.
type Rules struct {
	Devices  []user.Device
	Default  []string       // the devices of messages outside a job
	Language language.Tag   // for users who have named none
	zone     *time.Location // for users who have named none
	// countries are those that an SMS may be sent to; none means all.
	countries []string
}

// Speech returns the language and the time zone of a user's messages. A value that isn't
// known gives way to the deployment's.
func (r Rules) Speech(p user.Profile) (language.Tag, *time.Location) {
	tag := r.Language
	if name := p.Fields[user.Language]; name != "" {
		_, own, ok := user.LanguageNamed(name)
		if ok {
			tag = own
		}
	}

	zone := r.zone
	if name := p.Fields[user.TimeZone]; name != "" {
		own, err := time.LoadLocation(name)
		if err == nil {
			zone = own
		}
	}

	return tag, zone
}

// Channel returns a device's channel; user.Voice, which can't be sent to, for one
// unknown.
func (r Rules) Channel(device string) user.Channel {
	for _, d := range r.Devices {
		if d.Name == device {
			return d.Channel
		}
	}
	return user.Voice
}

// allowed reports whether an SMS may be sent to a number of a country.
func (r Rules) allowed(country string) bool {
	return len(r.countries) == 0 || slices.Contains(r.countries, country)
}

// Targets returns the addresses of a user's devices that can be sent to, in the order of
// devices. marked is as Marks returns it.
func (r Rules) Targets(p user.Profile, devices []string, marked map[string]bool) []token.Target {
	var targets []token.Target
	for _, name := range devices {
		channel := r.Channel(name)
		to := p.Address(name)
		if to == "" || channel == user.Voice || marked[AddressKey(channel, to)] {
			continue
		}
		if channel == user.SMS && !r.allowed(p.Countries[name]) {
			continue
		}

		targets = append(targets, token.Target{Device: name, Channel: channel, Address: to})
	}

	return targets
}

// Marks reads which addresses of users' devices are undeliverable, by AddressKey.
func (r Rules) Marks(
	ctx context.Context,
	addresses Addresses,
	profiles []user.Profile,
	devices []string,
) (map[string]bool, error) {
	var keys []string
	for _, p := range profiles {
		for _, name := range devices {
			if to := p.Address(name); to != "" {
				keys = append(keys, AddressKey(r.Channel(name), to))
			}
		}
	}

	return addresses.Marked(ctx, keys)
}
