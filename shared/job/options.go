package job

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"latchkey/shared/clock"
	"latchkey/shared/mailbox"
)

// Options are what the maker of a job may choose, as text: in the API's body or in an
// object's metadata.
type Options struct {
	Name         string
	Mode         string
	Devices      []string // nil for the default
	LinkLifetime string   // as time.ParseDuration reads it; "" for the default
	Notify       string
	ReportTo     string
}

// Limits are what a deployment allows.
type Limits struct {
	Devices        []string // those that can be sent to
	DefaultDevices []string
	Lifetime       time.Duration // of a link: the default
	Minimum        time.Duration
	Maximum        time.Duration
}

// OptionError is an option that can't be taken, and why.
type OptionError struct {
	Option  string // as the API names it
	Code    string
	Message string
}

func (e *OptionError) Error() string { return e.Option + ": " + e.Message }

// Apply sets the options on a job, or the defaults; mode is what follows validation by
// default. It stops at the first bad option and returns an *OptionError.
func (o Options) Apply(j *Job, l Limits, mode Mode) error {
	if err := o.applyName(j); err != nil {
		return err
	}
	if err := o.applyMode(j, mode); err != nil {
		return err
	}
	if err := o.applyDevices(j, l); err != nil {
		return err
	}
	if err := o.applyLinkLifetime(j, l); err != nil {
		return err
	}
	if err := o.applyNotify(j); err != nil {
		return err
	}
	return o.applyReportTo(j)
}

func (o Options) applyName(j *Job) error {
	name := strings.TrimSpace(o.Name)
	if utf8.RuneCountInString(name) > MaxName ||
		strings.ContainsFunc(name, unicode.IsControl) ||
		!utf8.ValidString(name) {
		return &OptionError{
			Option: "name",
			Code:   "invalid",
			Message: fmt.Sprintf(
				"A name has at most %d characters, none of them a control character.", MaxName,
			),
		}
	}

	j.Name = name
	return nil
}

func (o Options) applyMode(j *Job, byDefault Mode) error {
	j.Mode = byDefault
	if o.Mode == "" {
		return nil
	}

	j.Mode = Mode(o.Mode)
	if j.Mode != Manual && j.Mode != Auto {
		return &OptionError{
			Option:  "process",
			Code:    "not_allowed",
			Message: "The value is one of manual, auto.",
		}
	}

	return nil
}

func (o Options) applyDevices(j *Job, l Limits) error {
	j.Devices = l.DefaultDevices
	if o.Devices == nil {
		return nil
	}

	if len(o.Devices) == 0 {
		return &OptionError{
			Option:  "devices",
			Code:    "required",
			Message: "Name at least one device.",
		}
	}

	for i, name := range o.Devices {
		if !slices.Contains(l.Devices, name) || slices.Contains(o.Devices[:i], name) {
			allowed := strings.Join(l.Devices, ", ")
			return &OptionError{
				Option:  "devices",
				Code:    "not_allowed",
				Message: "The devices are some of these, each once: " + allowed + ".",
			}
		}
	}

	j.Devices = o.Devices
	return nil
}

func (o Options) applyLinkLifetime(j *Job, l Limits) error {
	lifetime := l.Lifetime
	if o.LinkLifetime != "" {
		given, err := time.ParseDuration(o.LinkLifetime)
		if err != nil {
			return &OptionError{
				Option:  "link_lifetime",
				Code:    "invalid_duration",
				Message: "The span is written like 72h or 30m.",
			}
		}
		lifetime = given
	}

	if lifetime < l.Minimum || lifetime > l.Maximum {
		return &OptionError{
			Option:  "link_lifetime",
			Code:    "out_of_range",
			Message: fmt.Sprintf("The span is from %s to %s.", l.Minimum, l.Maximum),
		}
	}

	j.LinkLifetime = clock.SpanOf(lifetime)
	return nil
}

func (o Options) applyNotify(j *Job) error {
	j.Notify = Audience(o.Notify)
	if o.Notify != "" && !slices.Contains(Audiences, j.Notify) {
		return &OptionError{
			Option:  "notify",
			Code:    "not_allowed",
			Message: "The audience is one of pending, everyone, expired, unreached.",
		}
	}
	return nil
}

func (o Options) applyReportTo(j *Job) error {
	j.ReportTo = o.ReportTo
	if o.ReportTo == "" {
		return nil
	}

	to, err := mailbox.Parse(o.ReportTo)
	if err != nil || !mailbox.IsAddress(o.ReportTo) {
		return &OptionError{
			Option:  "report_to",
			Code:    "invalid_address",
			Message: "That is no email address.",
		}
	}

	if strings.ContainsFunc(o.ReportTo, func(c rune) bool { return c > unicode.MaxASCII }) {
		j.ReportTo = to.Address() // SES takes no other letters
	}
	return nil
}
