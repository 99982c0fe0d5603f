package job

import (
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Options are what whoever makes a job may say of it, as text: by the API's body or by an object's metadata.
type Options struct {
	Name         string
	Mode         string
	Devices      []string // nil for the default
	LinkLifetime string
	Notify       string
	ReportTo     string
}

// Limits are what a deployment allows.
type Limits struct {
	Devices        []string // that can be sent to
	DefaultDevices []string
	Lifetime       time.Duration // the default
	Minimum        time.Duration
	Maximum        time.Duration
}

// OptionError says which option can't be taken, and why.
type OptionError struct {
	Option  string // as the API names it
	Code    string
	Message string
}

func (e *OptionError) Error() string { return e.Option + ": " + e.Message }

// Apply gives a job the options, or the defaults. mode is what follows validation unless the options say. It answers an *OptionError.
func (o Options) Apply(j *Job, l Limits, mode Mode) error {
	name := strings.TrimSpace(o.Name)
	if utf8.RuneCountInString(name) > MaxName || strings.ContainsFunc(name, unicode.IsControl) ||
		!utf8.ValidString(name) {
		return &OptionError{
			"name",
			"invalid",
			fmt.Sprintf(
				"A name has at most %d characters, none of them a control character.",
				MaxName,
			),
		}
	}

	j.Name, j.Mode = name, mode
	if o.Mode != "" {
		if j.Mode = Mode(o.Mode); j.Mode != Manual && j.Mode != Auto {
			return &OptionError{"process", "not_allowed", "The value is one of manual, auto."}
		}
	}

	j.Devices = l.DefaultDevices
	if o.Devices != nil {
		if err := o.checkDevices(l.Devices); err != nil {
			return err
		}
		j.Devices = o.Devices
	}

	lifetime := l.Lifetime
	if o.LinkLifetime != "" {
		var err error
		if lifetime, err = time.ParseDuration(o.LinkLifetime); err != nil {
			return &OptionError{
				"link_lifetime",
				"invalid_duration",
				"The span is written like 72h or 30m.",
			}
		}
	}

	if lifetime < l.Minimum || lifetime > l.Maximum {
		return &OptionError{
			"link_lifetime",
			"out_of_range",
			fmt.Sprintf("The span is from %s to %s.", l.Minimum, l.Maximum),
		}
	}

	j.LinkLifetime = int64(lifetime / time.Second)
	if j.Notify = Audience(o.Notify); o.Notify != "" && !slices.Contains(Audiences, j.Notify) {
		return &OptionError{
			"notify",
			"not_allowed",
			"The audience is one of pending, everyone, expired, unreached.",
		}
	}

	if j.ReportTo = o.ReportTo; o.ReportTo != "" {
		if parsed, err := mail.ParseAddress(
			o.ReportTo,
		); err != nil || parsed.Address != o.ReportTo ||
			len(o.ReportTo) > 254 {
			return &OptionError{"report_to", "invalid_address", "That is no email address."}
		}
	}

	return nil
}

func (o Options) checkDevices(allowed []string) error {
	if len(o.Devices) == 0 {
		return &OptionError{"devices", "required", "Name at least one device."}
	}

	for i, name := range o.Devices {
		if !slices.Contains(allowed, name) || slices.Contains(o.Devices[:i], name) {
			return &OptionError{
				"devices",
				"not_allowed",
				"The devices are some of these, each once: " + strings.Join(allowed, ", ") + ".",
			}
		}
	}

	return nil
}
