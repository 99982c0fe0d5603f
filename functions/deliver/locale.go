package main

import (
	"fmt"
	"slices"
	"time"
	_ "time/tzdata" // zones, for a runtime that has none

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/text/language"

	"latchkey/shared/message"
	"latchkey/shared/user"
)

// locale is what a deployment says of languages, zones, devices and countries.
type locale struct {
	message   message.Settings
	language  language.Tag
	zone      *time.Location
	devices   []user.Device
	byDefault []string // devices, outside a job
	countries []string // that SMS may go to; all if there are none
}

func newLocale(s settings) (locale, error) {
	_, tag, ok := user.LanguageNamed(s.Language)
	if !ok {
		return locale{}, fmt.Errorf("LANGUAGE is no language: %q", s.Language)
	}
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return locale{}, fmt.Errorf("TIME_ZONE is no time zone: %q", s.TimeZone)
	}
	devices := user.Devices(s.Devices)
	return locale{
		message:   message.Settings{Company: s.Company, Support: s.Support, Language: tag, LinkLength: len(link(s.BaseURL, sampleToken))},
		language:  tag,
		zone:      zone,
		devices:   devices,
		byDefault: user.DefaultDevices(devices),
		countries: s.SMSCountries,
	}, nil
}

// of gives the language and the zone of a user's messages.
func (l locale) of(p user.Profile) (language.Tag, *time.Location) {
	tag, zone := l.language, l.zone
	if name := p.Fields[user.Language]; name != "" {
		if _, own, ok := user.LanguageNamed(name); ok {
			tag = own
		}
	}
	if name := p.Fields[user.TimeZone]; name != "" {
		if own, err := time.LoadLocation(name); err == nil {
			zone = own
		}
	}
	return tag, zone
}

// channel gives a device's channel; one that the deployment doesn't have can't be sent to.
func (l locale) channel(device string) user.Channel {
	for _, d := range l.devices {
		if d.Name == device {
			return d.Channel
		}
	}
	return user.Voice
}

// allowed says whether an SMS may go to the number's country.
func (l locale) allowed(number string) bool {
	if len(l.countries) == 0 {
		return true
	}
	parsed, err := phonenumbers.Parse(number, "")
	return err == nil && slices.Contains(l.countries, phonenumbers.GetRegionCodeForNumber(parsed))
}
