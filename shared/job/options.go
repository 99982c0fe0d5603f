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
	Encoding     string // by a name of [Encodings]; "" for the one that is found
	Separator    string // a character or its name; "" for the one that is found
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
	if err := o.applyReportTo(j); err != nil {
		return err
	}
	if err := o.applyEncoding(j); err != nil {
		return err
	}
	return o.applySeparator(j)
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

// Encodings are the names of the WHATWG Encoding Standard, section 4.2, and those of its
// labels that programs offer. The tables of the encodings are heavy: only who reads files
// has them.
var Encodings = strings.Fields(`
	utf-8 utf8 utf-16 utf-16le utf-16be us-ascii ascii latin1 iso-8859-1
	iso-8859-2 iso-8859-3 iso-8859-4 iso-8859-5 iso-8859-6 iso-8859-7 iso-8859-8 iso-8859-8-i
	iso-8859-9 iso-8859-10 iso-8859-13 iso-8859-14 iso-8859-15 iso-8859-16
	windows-874 windows-1250 windows-1251 windows-1252 windows-1253 windows-1254 windows-1255
	windows-1256 windows-1257 windows-1258
	cp1250 cp1251 cp1252 cp1253 cp1254 cp1255 cp1256 cp1257 cp1258
	ibm866 cp866 koi8-r koi8-u macintosh x-mac-cyrillic
	gbk gb2312 gb18030 big5 euc-jp iso-2022-jp shift_jis shift-jis sjis windows-31j
	euc-kr ks_c_5601-1987`)

func (o Options) applyEncoding(j *Job) error {
	j.Encoding = strings.ToLower(strings.TrimSpace(o.Encoding))
	if o.Encoding != "" && !slices.Contains(Encodings, j.Encoding) {
		return &OptionError{
			Option: "encoding",
			Code:   "not_allowed",
			Message: "The encoding has a name of the WHATWG Encoding Standard, " +
				"like utf-16le, windows-1252, macintosh, shift_jis.",
		}
	}
	return nil
}

// separators are what may stand between values, each by the names that it may be given by.
var separators = map[string]string{
	"":          "",
	",":         ",",
	"comma":     ",",
	";":         ";",
	"semicolon": ";",
	"\t":        "\t",
	"tab":       "\t",
}

func (o Options) applySeparator(j *Job) error {
	separator, ok := separators[strings.ToLower(o.Separator)]
	if !ok {
		return &OptionError{
			Option:  "separator",
			Code:    "not_allowed",
			Message: "The separator is one of comma, semicolon, tab.",
		}
	}

	j.Separator = separator
	return nil
}
