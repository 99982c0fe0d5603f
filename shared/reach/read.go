package reach

import (
	"errors"
	"time"

	"golang.org/x/text/language"

	"latchkey/shared/setting"
	"latchkey/shared/user"
)

// Read reads the rules of a deployment: DEVICES, LANGUAGE, TIME_ZONE and SMS_COUNTRIES.
func Read(r *setting.Reader) Rules {
	devices := user.ReadDevices(r)
	return Rules{
		Devices:   devices,
		Default:   user.DefaultDevices(devices),
		Language:  setting.Parse(r, "LANGUAGE", ParseLanguage),
		zone:      setting.Parse(r, "TIME_ZONE", time.LoadLocation),
		countries: r.List("SMS_COUNTRIES"),
	}
}

// ParseLanguage reads a language by its English name or its BCP 47 tag.
func ParseLanguage(name string) (language.Tag, error) {
	_, tag, ok := user.LanguageNamed(name)
	if !ok {
		return tag, errors.New("no language has this name")
	}
	return tag, nil
}
