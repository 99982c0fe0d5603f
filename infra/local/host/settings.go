package host

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones, for a machine that has none

	"latchkey/infra/local/dynamodb"
	"latchkey/shared/mailbox"
	"latchkey/shared/topology"
	"latchkey/shared/topology/parameter"
)

// Defaults and limits of the host's own settings.
const (
	defaultRate      = 200 // messages a second
	maxRate          = 1e6
	defaultInstances = 4 // of a function, for each of its triggers
	maxInstances     = 100
	maxThrottle      = 99 // calls of a hundred
	maxLag           = time.Hour
)

// settings are what the environment says of the host and of the deployment.
type settings struct {
	sesRate    float64 // messages a second; 0 is no limit
	sesQuota   int     // messages in 24 hours; 0 is no limit
	sesSandbox bool    // the account has no production access
	// sesIdentities are those that SES has verified: the sender's address unless given.
	sesIdentities []string
	sms           smsAccount
	iamOff        bool              // functions may do all
	instances     int               // of a function, for each of its triggers
	tables        dynamodb.Faults   // none unless asked for
	parameters    map[string]string // of the deployment; BASE_URL may be missing
}

// smsAccount is what the account is to SNS.
type smsAccount struct {
	sandbox            bool
	verified, optedOut []string // phone numbers
	limit              float64  // dollars a month; 0 is none
}

// ownSettings are the host's own, in the order in which they are checked. Each is set
// from a text that isn't empty; set reports whether that is of the form.
var ownSettings = []struct {
	name, form string
	set        func(s *settings, text string) bool
}{
	{
		name: "LATCHKEY_SES_RATE",
		form: "a number of messages a second, 0 for no limit",
		set: func(s *settings, text string) (ok bool) {
			var err error
			s.sesRate, err = strconv.ParseFloat(text, 64)
			return err == nil && s.sesRate >= 0 && s.sesRate <= maxRate
		},
	},
	{
		name: "LATCHKEY_SES_QUOTA",
		form: "a number of messages in 24 hours, 0 for no limit",
		set: func(s *settings, text string) (ok bool) {
			s.sesQuota, ok = number(text, 0)
			return ok && s.sesQuota >= 0
		},
	},
	{
		name: "LATCHKEY_SES_SANDBOX",
		form: "on or off",
		set: func(s *settings, text string) bool {
			s.sesSandbox = text == "on"
			return text == "on" || text == "off"
		},
	},
	{
		name: "LATCHKEY_SES_IDENTITIES",
		form: "the addresses and domains that SES has verified, with commas between them",
		set: func(s *settings, text string) bool {
			s.sesIdentities = listed(text)
			return !slices.Contains(s.sesIdentities, "")
		},
	},
	{
		name: "LATCHKEY_SNS_SANDBOX",
		form: "on or off",
		set: func(s *settings, text string) bool {
			s.sms.sandbox = text == "on"
			return text == "on" || text == "off"
		},
	},
	{
		name: "LATCHKEY_SNS_VERIFIED",
		form: "the phone numbers that the sandbox sends to, with commas between them",
		set: func(s *settings, text string) bool {
			s.sms.verified = listed(text)
			return !slices.Contains(s.sms.verified, "")
		},
	},
	{
		name: "LATCHKEY_SNS_OPTED_OUT",
		form: "the phone numbers that want no SMS, with commas between them",
		set: func(s *settings, text string) bool {
			s.sms.optedOut = listed(text)
			return !slices.Contains(s.sms.optedOut, "")
		},
	},
	{
		name: "LATCHKEY_SNS_LIMIT",
		form: "how many dollars SMS may cost in a month, 0 for no limit",
		set: func(s *settings, text string) bool {
			var err error
			s.sms.limit, err = strconv.ParseFloat(text, 64)
			return err == nil && s.sms.limit >= 0
		},
	},
	{
		name: "LATCHKEY_INSTANCES",
		form: fmt.Sprintf("a number from 1 to %d", maxInstances),
		set: func(s *settings, text string) (ok bool) {
			s.instances, ok = number(text, defaultInstances)
			return ok && s.instances >= 1 && s.instances <= maxInstances
		},
	},
	{
		name: "LATCHKEY_IAM",
		form: "enforced or off",
		set: func(s *settings, text string) bool {
			s.iamOff = text == "off"
			return text == "enforced" || text == "off"
		},
	},
	{
		name: "LATCHKEY_DYNAMODB_THROTTLE",
		form: fmt.Sprintf("how many calls of a hundred are throttled, from 0 to %d", maxThrottle),
		set: func(s *settings, text string) bool {
			var err error
			s.tables.Throttle, err = strconv.ParseFloat(text, 64)
			return err == nil && s.tables.Throttle >= 0 && s.tables.Throttle <= maxThrottle
		},
	},
	{
		name: "LATCHKEY_DYNAMODB_SEED",
		form: "a number from 0, which says which calls are throttled",
		set: func(s *settings, text string) bool {
			var err error
			s.tables.Seed, err = strconv.ParseUint(text, 10, 64)
			return err == nil
		},
	},
	{
		name: "LATCHKEY_DYNAMODB_LAG",
		form: "how many milliseconds an index lags behind its table",
		set: func(s *settings, text string) bool {
			lag, ok := number(text, 0)
			s.tables.Lag = time.Duration(lag) * time.Millisecond
			return ok && lag >= 0 && s.tables.Lag <= maxLag
		},
	},
}

// listed returns the parts of a text that has commas between them.
func listed(text string) []string {
	var all []string
	for part := range strings.SplitSeq(text, ",") {
		all = append(all, strings.TrimSpace(part))
	}
	return all
}

// readSettings returns the settings of an environment, or one error with all that is
// wrong with them.
func readSettings(
	environment map[string]string, parameters []topology.Parameter,
) (settings, error) {
	s := settings{
		sesRate:   defaultRate,
		instances: defaultInstances,
		parameters: map[string]string{
			"COMPANY":         "Northwind",
			"SENDER":          "Northwind <no-reply@northwind.test>",
			"SUPPORT_CONTACT": "help@northwind.test",
		},
	}

	var wrong error
	for _, own := range ownSettings {
		text := environment[own.name]
		if text != "" && !own.set(&s, text) {
			wrong = errors.Join(wrong, fmt.Errorf("%s is %q: it is %s", own.name, text, own.form))
		}
	}

	wrong = errors.Join(wrong, s.readParameters(environment, parameters))

	sender, err := mailbox.Parse(s.parameters["SENDER"])
	if err == nil && s.sesIdentities == nil { // what is wrong with it has been said
		s.sesIdentities = []string{sender.Address()}
	}

	return s, wrong
}

// readParameters takes the deployment's parameters from the environment given. It refuses
// what a deployment refuses.
func (s settings) readParameters(
	environment map[string]string, parameters []topology.Parameter,
) error {
	var wrong []error
	for _, p := range parameters {
		value, err := parameter.Check(p, cmp.Or(environment[p.Name], s.parameters[p.Name]))
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s %w", p.Name, err))
		}
		if value != "" {
			s.parameters[p.Name] = value
		}
	}

	if len(wrong) == 0 {
		itself := func(name string) string { return name }
		wrong = parameter.Contradictions(s.parameters, itself)
	}
	return errors.Join(wrong...)
}
