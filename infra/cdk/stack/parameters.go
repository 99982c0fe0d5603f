package stack

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones, for a machine that has none

	"golang.org/x/text/language"

	"latchkey/shared/mailbox"
	"latchkey/shared/topology"
	"latchkey/shared/user"
)

// Kinds of the stack's own parameters.
const (
	stageName topology.ValueKind = "up to 16 lower-case letters, digits and hyphens, " +
		"a letter first"
	architecture topology.ValueKind = "arm64 or x86_64"
	domainName   topology.ValueKind = "a domain name like users.northwind.example"
	certificate  topology.ValueKind = "the ARN of a certificate in ACM, of the stack's region"
	hostedZone   topology.ValueKind = "the id of a hosted zone in Route 53, like Z0123456789ABC"
	retention    topology.ValueKind = "a number of days that CloudWatch Logs offers: " +
		"1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, " +
		"1827, 2192, 2557, 2922, 3288 or 3653"
	identityMode topology.ValueKind = "address, domain or existing"
	dataMode     topology.ValueKind = "keep or destroy"
	truth        topology.ValueKind = "true or false"
)

// ownParameters are those of the stack itself, beside those of the topology.
var ownParameters = []topology.Parameter{
	{
		Name:    "STAGE",
		Kind:    stageName,
		Default: "prod",
		Means: "what this deployment is called; it is in every name, " +
			"so that several are side by side in an account",
	},
	{
		Name:    "ARCHITECTURE",
		Kind:    architecture,
		Default: "arm64",
		Means:   "the processor of the functions",
	},
	{
		Name:  "DOMAIN",
		Kind:  domainName,
		Means: "a domain of your own for pages and API; the API's default address is off then",
	},
	{Name: "CERTIFICATE_ARN", Kind: certificate, Means: "the certificate of the domain"},
	{
		Name:  "HOSTED_ZONE",
		Kind:  hostedZone,
		Means: "where the domain's records are made; make them yourself unless given",
	},
	{
		Name:    "SES_IDENTITY",
		Kind:    identityMode,
		Default: "address",
		Means: "what the stack has SES verify: the sender's address, its domain, " +
			"or nothing because one of them exists already",
	},
	{
		Name:    "SES_SANDBOX",
		Kind:    truth,
		Default: "false",
		Means: "whether the account is still in the SES sandbox, " +
			"where SES wants the right to use the recipients' identities as well",
	},
	{
		Name:    "SMS_MONTHLY_LIMIT",
		Kind:    topology.Number,
		Default: "1",
		Least:   "1",
		Means:   "the account's SMS limit in US dollars a month; an alarm comes at 80 % of it",
	},
	{Name: "LOG_DAYS", Kind: retention, Default: "90", Means: "how long logs are kept"},
	{
		Name:    "SAM",
		Kind:    truth,
		Default: "false",
		Means: "whether the template is for the SAM command line, which can only set " +
			"variables that a function has: then it has those of the engines' addresses",
	},
	{
		Name:    "DATA",
		Kind:    dataMode,
		Default: "keep",
		Means:   "whether tables and bucket outlive the stack",
	},
}

// Parameters are what a deployment is made with: checked, and with the defaults in.
type Parameters struct {
	// values are by environment name. A parameter without value and default is missing.
	values map[string]string
}

// ContextName returns what a parameter is called in the CDK's context: LINK_LIFETIME is
// link-lifetime there.
func ContextName(environment string) string {
	return strings.ToLower(strings.ReplaceAll(environment, "_", "-"))
}

// ReadParameters takes the parameters from the CDK's context, in which nil is not there.
// All that is missing or bad is said in one error, with what it wants.
func ReadParameters(context func(name string) any) (Parameters, error) {
	p := Parameters{values: map[string]string{}}

	var wrong []error
	for _, parameter := range slices.Concat(topology.Latchkey.Parameters, ownParameters) {
		name := ContextName(parameter.Name)
		given, ok := contextText(context(name))
		value := cmp.Or(given, parameter.Default)

		switch {
		case value == "" && ok && parameter.Required:
			wrong = append(wrong, fmt.Errorf(
				"%s is missing (%s): it has to be %s",
				name, parameter.Means, wanted(parameter),
			))
		case value == "" && ok:
		case ok && check(parameter, &value):
			p.values[parameter.Name] = value
		default:
			wrong = append(wrong, fmt.Errorf(
				"%s is %q (%s): it has to be %s",
				name, fmt.Sprint(context(name)), parameter.Means, wanted(parameter),
			))
		}
	}
	if len(wrong) == 0 {
		wrong = p.contradictions()
	}

	return p, errors.Join(wrong...)
}

// Unknown lists the names of a context that look like a parameter's and are none. A
// misspelt parameter would silently be its default. Names with a colon, an at sign or a
// slash belong to the CDK.
func Unknown(context map[string]any) []string {
	known := []string{"acknowledged-issue-numbers", "cli-telemetry"} // the CDK's command line's
	for _, parameter := range slices.Concat(topology.Latchkey.Parameters, ownParameters) {
		known = append(known, ContextName(parameter.Name))
	}

	return slices.DeleteFunc(slices.Sorted(maps.Keys(context)), func(name string) bool {
		return strings.ContainsAny(name, ":@/") || slices.Contains(known, name)
	})
}

// contextText returns a context's value as a trimmed text. "-c" gives texts, and cdk.json
// any JSON: a list becomes its texts with commas between them. ok is false for what no
// parameter can be.
func contextText(value any) (text string, ok bool) {
	switch v := value.(type) {
	case nil:
		return "", true
	case string:
		return strings.TrimSpace(v), true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), true
	case []any:
		parts := make([]string, len(v))
		for i, part := range v {
			s, ok := part.(string)
			if !ok || strings.Contains(s, ",") {
				return "", false
			}
			parts[i] = s
		}
		return strings.Join(parts, ","), true
	}

	return "", false
}

func wanted(p topology.Parameter) string {
	words := string(p.Kind)
	if p.Least != "" {
		words += ", at least " + p.Least
	}
	if p.Most != "" {
		words += ", at most " + p.Most
	}
	return words
}

// patterns are for the kinds that a pattern describes completely.
var patterns = map[topology.ValueKind]*regexp.Regexp{
	topology.OneLine: regexp.MustCompile(`^[^\x00-\x1f\x7f]*$`),
	stageName:        regexp.MustCompile(`^[a-z]([a-z0-9-]{0,14}[a-z0-9])?$`),
	architecture:     regexp.MustCompile(`^(arm64|x86_64)$`),
	domainName:       regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`),
	certificate:      regexp.MustCompile(`^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/.+$`),
	hostedZone:       regexp.MustCompile(`^Z[A-Z0-9]+$`),
	retention: regexp.MustCompile(
		`^(1|3|5|7|14|30|60|90|120|150|180|365|400|545|731|1096|1827|2192|2557|2922|3288|3653)$`,
	),
	identityMode: regexp.MustCompile(`^(address|domain|existing)$`),
	dataMode:     regexp.MustCompile(`^(keep|destroy)$`),
	truth:        regexp.MustCompile(`^(true|false)$`),
}

// check says whether a value is of its parameter's kind and within its bounds, and writes
// it in the form that the functions read.
func check(p topology.Parameter, value *string) bool {
	if pattern, ok := patterns[p.Kind]; ok {
		return pattern.MatchString(*value)
	}

	switch p.Kind {
	case topology.Address:
		_, err := mailbox.Parse(*value)
		return err == nil
	case topology.Origin:
		*value = strings.TrimSuffix(*value, "/")
		at, err := url.Parse(*value)
		return err == nil && at.Host != "" && *value == at.Scheme+"://"+at.Host &&
			(at.Scheme == "https" || at.Scheme == "http" && at.Hostname() == "localhost")
	case topology.URL:
		at, err := url.Parse(*value)
		return err == nil && at.Host != "" && at.Scheme == "https"
	case topology.Duration:
		return within(p, *value, time.ParseDuration)
	case topology.Number:
		return within(p, *value, strconv.Atoi)
	case topology.Language:
		_, _, ok := user.LanguageNamed(*value)
		return ok
	case topology.TimeZone:
		_, err := time.LoadLocation(*value)
		return err == nil
	case topology.List:
		return list(value, func(string) bool { return true })
	case topology.Countries:
		*value = strings.ToUpper(*value)
		return list(value, func(code string) bool {
			region, err := language.ParseRegion(code)
			return err == nil && region.IsCountry() && region.String() == code
		})
	}

	return false
}

// within says whether a value is more than nothing and within its parameter's bounds.
func within[T int | time.Duration](
	p topology.Parameter, value string, parse func(string) (T, error),
) bool {
	v, err := parse(value)
	if err != nil || v <= 0 {
		return false
	}

	least, _ := parse(cmp.Or(p.Least, value)) // a test reads all bounds
	most, _ := parse(cmp.Or(p.Most, value))
	return least <= v && v <= most
}

// list trims the parts of a list, none of which may be blank, there twice, or bad.
func list(value *string, good func(part string) bool) bool {
	parts := strings.Split(*value, ",")
	seen := map[string]bool{"": true}
	for i, part := range parts {
		parts[i] = strings.TrimSpace(part)
		if seen[strings.ToLower(parts[i])] || !good(parts[i]) {
			return false
		}
		seen[strings.ToLower(parts[i])] = true
	}

	*value = strings.Join(parts, ",")
	return true
}

// contradictions are what is wrong with parameters that are good each for itself.
func (p Parameters) contradictions() []error {
	var wrong []error
	least := p.duration("LINK_LIFETIME_MINIMUM")
	most := p.duration("LINK_LIFETIME_MAXIMUM")
	if usual := p.duration("LINK_LIFETIME"); usual < least || usual > most {
		wrong = append(wrong, fmt.Errorf(
			"link-lifetime is %s: it has to be from link-lifetime-minimum (%s) "+
				"to link-lifetime-maximum (%s)",
			p.values["LINK_LIFETIME"],
			p.values["LINK_LIFETIME_MINIMUM"],
			p.values["LINK_LIFETIME_MAXIMUM"],
		))
	}

	devices := user.Devices(strings.Split(p.values["DEVICES"], ","))
	if len(user.SendableDevices(devices)) == 0 {
		wrong = append(wrong, fmt.Errorf(
			"devices is %q: one at least has to have Email or SMS in its name",
			p.values["DEVICES"],
		))
	}

	if p.has("DOMAIN") != p.has("CERTIFICATE_ARN") {
		wrong = append(wrong, errors.New(
			"domain and certificate-arn go together: one of them is missing",
		))
	}
	if p.has("HOSTED_ZONE") && !p.has("DOMAIN") {
		wrong = append(wrong, errors.New("hosted-zone is there without a domain"))
	}

	return wrong
}

func (p Parameters) has(name string) bool { return p.values[name] != "" }

// duration and number read values that are checked.
func (p Parameters) duration(name string) time.Duration {
	d, _ := time.ParseDuration(p.values[name])
	return d
}

func (p Parameters) number(name string) float64 {
	n, _ := strconv.ParseFloat(p.values[name], 64)
	return n
}

// sender returns the address that email comes from. It is zero if it is missing, which is
// an error of its own.
func (p Parameters) sender() mailbox.Mailbox {
	sender, _ := mailbox.Parse(p.values["SENDER"])
	return sender
}

// Architecture returns "arm64" or "x86_64".
func (p Parameters) Architecture() string { return p.values["ARCHITECTURE"] }

// name returns what a thing of the deployment is called in the account.
func (p Parameters) name(of string) string { return "latchkey-" + p.values["STAGE"] + "-" + of }
