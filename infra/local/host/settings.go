package host

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"latchkey/infra/local/engine"
	"latchkey/shared/topology"
)

// Names of the host's own settings.
const (
	rateVariable      = "LATCHKEY_SES_RATE"
	quotaVariable     = "LATCHKEY_SES_QUOTA"
	sandboxVariable   = "LATCHKEY_SES_SANDBOX"
	instancesVariable = "LATCHKEY_INSTANCES"
)

const (
	defaultRate      = 200 // messages a second
	defaultInstances = 4   // of a function, for each of its triggers
	maxInstances     = 100
)

type settings struct {
	sesRate    float64
	sesQuota   int // messages in 24 hours; 0 is no limit
	sesSandbox bool
	instances  int
	parameters map[string]string // of the deployment; BASE_URL may be missing
}

// readSettings takes the settings from the environment given, and all that is wrong with them into one error.
func readSettings(environment map[string]string) (settings, error) {
	s := settings{
		sesRate: defaultRate, instances: defaultInstances,
		parameters: map[string]string{
			"COMPANY":         "Northwind",
			"SENDER":          "Northwind <no-reply@northwind.test>",
			"SUPPORT_CONTACT": "help@northwind.test",
		},
	}

	var wrong error
	if text := environment[rateVariable]; text != "" {
		rate, err := strconv.ParseFloat(text, 64)
		if err != nil || !(rate >= 0 && rate <= 1e6) {
			wrong = errors.Join(
				wrong,
				fmt.Errorf(
					"%s is %q: it is a number of messages a second, 0 for no limit",
					rateVariable,
					text,
				),
			)
		}

		s.sesRate = rate
	}

	if text := environment[quotaVariable]; text != "" {
		quota, err := strconv.Atoi(text)
		if err != nil || quota < 0 {
			wrong = errors.Join(
				wrong,
				fmt.Errorf(
					"%s is %q: it is a number of messages in 24 hours, 0 for no limit",
					quotaVariable,
					text,
				),
			)
		}

		s.sesQuota = quota
	}

	switch text := environment[sandboxVariable]; text {
	case "", "off":
	case "on":
		s.sesSandbox = true
	default:
		wrong = errors.Join(wrong, fmt.Errorf("%s is %q: it is on or off", sandboxVariable, text))
	}

	if text := environment[instancesVariable]; text != "" {
		instances, err := strconv.Atoi(text)
		if err != nil || instances < 1 || instances > maxInstances {
			wrong = errors.Join(
				wrong,
				fmt.Errorf(
					"%s is %q: it is a number from 1 to %d",
					instancesVariable,
					text,
					maxInstances,
				),
			)
		}

		s.instances = instances
	}

	for _, p := range topology.Latchkey.Parameters {
		if value := environment[p.Name]; value != "" {
			s.parameters[p.Name] = value
		} else if _, ok := s.parameters[p.Name]; !ok && p.Default != "" {
			s.parameters[p.Name] = p.Default
		}
	}

	return s, wrong
}

// Environment is what all functions together are given, but for where programs and files are.
func (h *Host) Environment() map[string]string {
	all := map[string]string{}
	for _, f := range topology.Latchkey.Functions {
		for _, entry := range h.environment(f) {
			if name, value, _ := strings.Cut(entry, "="); !slices.Contains(inherited, name) {
				all[name] = value
			}
		}
	}

	return all
}

// inherited are the variables of this process that the functions are given as well.
var inherited = []string{"PATH", "HOME", "TMPDIR"}

// environment is what a function's instances are given: what the topology says, and nothing else of this process's own than where programs and files are.
func (h *Host) environment(f topology.Function) []string {
	all := []string{
		"AWS_REGION=" + engine.Region,
		"AWS_ACCESS_KEY_ID=" + engine.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + engine.SecretAccessKey,
		"AWS_ENDPOINT_URL_DYNAMODB=" + h.Engines.DynamoDB,
		"AWS_ENDPOINT_URL_S3=" + h.Engines.S3,
		"AWS_ENDPOINT_URL_SQS=" + h.Engines.SQS,
		"AWS_ENDPOINT_URL_SESV2=" + h.Engines.SES,
		"AWS_ENDPOINT_URL_SNS=" + h.Engines.SNS,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER=" + h.Engines.Secrets,
	}
	for _, name := range inherited {
		if value, ok := os.LookupEnv(name); ok {
			all = append(all, name+"="+value)
		}
	}

	for _, right := range f.Tables {
		all = append(all, topology.Variable("TABLE", right.Table)+"="+h.Tables[right.Table])
	}

	for _, queue := range f.Sends {
		all = append(all, topology.Variable("QUEUE", queue)+"="+h.Queues[queue])
	}

	if len(f.Objects) > 0 || f.LetsUpload {
		all = append(all, "BUCKET="+h.Bucket)
	}

	for _, name := range f.Parameters {
		value, ok := h.settings.parameters[name]
		if name == "BASE_URL" && value == "" {
			value, ok = h.URL, true
		}

		if ok {
			all = append(all, name+"="+value)
		}
	}

	if f.NeedsCodeKey {
		all = append(all, "CODE_KEY_SECRET="+codeKeySecret)
	}

	if slices.Contains(f.Carriers, "email") {
		all = append(all, "CONFIGURATION_SET="+name("mail"))
	}

	return all
}
