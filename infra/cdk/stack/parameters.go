package stack

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	_ "time/tzdata" // zones, for a machine that has none

	"latchkey/shared/mailbox"
	"latchkey/shared/topology"
	"latchkey/shared/topology/parameter"
)

// Kinds of the stack's own parameters, in words. Each parameter has the pattern beside
// it.
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
		Pattern: `^[a-z]([a-z0-9-]{0,14}[a-z0-9])?$`,
		Default: "prod",
		Means: "what this deployment is called; it is in every name, " +
			"so that several are side by side in an account",
	},
	{
		Name:    "ARCHITECTURE",
		Kind:    architecture,
		Pattern: `^(arm64|x86_64)$`,
		Default: "arm64",
		Means:   "the processor of the functions",
	},
	{
		Name:    "DOMAIN",
		Kind:    domainName,
		Pattern: `^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`,
		Means:   "a domain of your own for pages and API; the API's default address is off then",
	},
	{
		Name:    "CERTIFICATE_ARN",
		Kind:    certificate,
		Pattern: `^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/.+$`,
		Means:   "the certificate of the domain",
	},
	{
		Name:    "HOSTED_ZONE",
		Kind:    hostedZone,
		Pattern: `^Z[A-Z0-9]+$`,
		Means:   "where the domain's records are made; make them yourself unless given",
	},
	{
		Name:    "SES_IDENTITY",
		Kind:    identityMode,
		Pattern: `^(address|domain|existing)$`,
		Default: "address",
		Means: "what the stack has SES verify: the sender's address, its domain, " +
			"or nothing because one of them exists already",
	},
	{
		Name:    "SES_SANDBOX",
		Kind:    truth,
		Pattern: `^(true|false)$`,
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
	{
		Name: "LOG_DAYS",
		Kind: retention,
		Pattern: `^(1|3|5|7|14|30|60|90|120|150|180|365|400|545|731|1096|` +
			`1827|2192|2557|2922|3288|3653)$`,
		Default: "90",
		Means:   "how long logs are kept",
	},
	{
		Name:    "SAM",
		Kind:    truth,
		Pattern: `^(true|false)$`,
		Default: "false",
		Means: "whether the template is for the SAM command line, which can only set " +
			"variables that a function has: then it has those of the engines' addresses",
	},
	{
		Name:    "DATA",
		Kind:    dataMode,
		Pattern: `^(keep|destroy)$`,
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
	for _, one := range slices.Concat(topology.Latchkey.Parameters, ownParameters) {
		name := ContextName(one.Name)
		value, err := valueOf(one, context(name))
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s %w", name, err))
		}
		if value != "" {
			p.values[one.Name] = value
		}
	}
	if len(wrong) == 0 {
		wrong = p.contradictions()
	}

	return p, errors.Join(wrong...)
}

// valueOf returns a parameter's value for what the context has.
func valueOf(p topology.Parameter, given any) (string, error) {
	text, ok := contextText(given)
	if !ok {
		return "", parameter.Refusal(p, fmt.Sprint(given))
	}
	return parameter.Check(p, text)
}

// Unknown lists the names of a context that look like a parameter's and are none. A
// misspelt parameter would silently be its default. Names with a colon, an at sign or a
// slash belong to the CDK.
func Unknown(context map[string]any) []string {
	known := []string{"acknowledged-issue-numbers", "cli-telemetry"} // the CDK's command line's
	for _, p := range slices.Concat(topology.Latchkey.Parameters, ownParameters) {
		known = append(known, ContextName(p.Name))
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

// contradictions returns what is wrong with parameters that are good each for itself.
func (p Parameters) contradictions() []error {
	wrong := parameter.Contradictions(p.values, ContextName)
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

// number reads a value that is checked.
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
