// Package reach says how a user can be reached: on which devices, in which language, and in whose time.
package reach

import (
	"context"
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // zones, for a runtime that has none

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"

	"latchkey/shared/address"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// Settings are what a deployment says of devices, countries, languages and zones, as its parameters have them.
type Settings struct {
	Devices   []string `env:"DEVICES,required"`
	Language  string   `env:"LANGUAGE,required"`
	TimeZone  string   `env:"TIME_ZONE,required"`
	Countries []string `env:"SMS_COUNTRIES"`
}

// Rules are Settings that have been read.
type Rules struct {
	Devices  []user.Device
	Default  []string     // devices, outside a job
	Language language.Tag // of a user who has none
	zone     *time.Location
	// countries are those that SMS may go to; all if there are none.
	countries []string
}

// Rules reads the settings.
func (s Settings) Rules() (Rules, error) {
	_, tag, ok := user.LanguageNamed(s.Language)
	if !ok {
		return Rules{}, fmt.Errorf("LANGUAGE is no language: %q", s.Language)
	}

	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return Rules{}, fmt.Errorf("TIME_ZONE is no time zone: %q", s.TimeZone)
	}

	devices := user.Devices(s.Devices)
	return Rules{
		Devices:   devices,
		Default:   user.DefaultDevices(devices),
		Language:  tag,
		zone:      zone,
		countries: s.Countries,
	}, nil
}

// Speech gives the language and the zone of a user's messages.
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

// Channel gives a device's channel; one that the deployment doesn't have can't be sent to.
func (r Rules) Channel(device string) user.Channel {
	for _, d := range r.Devices {
		if d.Name == device {
			return d.Channel
		}
	}
	return user.Voice
}

// allowed says whether an SMS may go to the number's country.
func (r Rules) allowed(number string) bool {
	if len(r.countries) == 0 {
		return true
	}
	parsed, err := phonenumbers.Parse(number, "")
	return err == nil && slices.Contains(r.countries, phonenumbers.GetRegionCodeForNumber(parsed))
}

// Targets gives the addresses of a user's devices that may be used and aren't marked, in the order of the list.
func (r Rules) Targets(p user.Profile, devices []string, marked map[string]bool) []token.Target {
	var targets []token.Target
	for _, name := range devices {
		channel := r.Channel(name)
		to := p.Address(name)
		if to == "" || channel == user.Voice || marked[address.Key(channel, to)] {
			continue
		}
		if channel == user.SMS && !r.allowed(to) {
			continue
		}

		targets = append(targets, token.Target{Device: name, Channel: channel, Address: to})
	}

	return targets
}

// Marks reads which addresses of users' devices are undeliverable.
func (r Rules) Marks(
	ctx context.Context,
	addresses address.Store,
	profiles []user.Profile,
	devices []string,
) (map[string]bool, error) {
	var keys []string
	for _, p := range profiles {
		for _, name := range devices {
			if to := p.Address(name); to != "" {
				keys = append(keys, address.Key(r.Channel(name), to))
			}
		}
	}

	return addresses.Marked(ctx, keys)
}
