package host

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/gateway"
	"latchkey/infra/local/lambda"
	"latchkey/shared/topology"
)

// idle is how long an instance without work is kept.
const idle = 5 * time.Minute

// startFunctions makes the functions, and their routes of the API. Their instances come
// with the work.
func (h *Host) startFunctions(api *gateway.API) error {
	root, err := engine.Root()
	if err != nil {
		return err
	}

	binaries := cmp.Or(h.options.Binaries, filepath.Join(root, "build", "functions"))
	logs := cmp.Or(h.options.Logs, filepath.Join(root, "build", "log"))
	if err := os.MkdirAll(logs, 0o755); err != nil {
		return fmt.Errorf("make the folder of logs: %w", err)
	}

	runtime, err := lambda.NewRuntime()
	if err != nil {
		return err
	}

	h.onStop(runtime.Close)

	for _, f := range h.topology.Functions {
		binary := filepath.Join(binaries, f.Name, "bootstrap")
		log := filepath.Join(logs, f.Name+".log")
		made, err := h.makeFunction(runtime, f, binary, log)
		if err != nil {
			return err
		}

		h.functions[f.Name] = made
		for _, route := range f.Routes {
			if err := api.Route(route.Key, made); err != nil {
				return err
			}
		}
	}

	return nil
}

// makeFunction returns a function that runs a binary and writes to a log, which begins
// anew.
func (h *Host) makeFunction(
	runtime *lambda.Runtime, f topology.Function, binary, logFile string,
) (*lambda.Function, error) {
	if _, err := os.Stat(binary); err != nil {
		return nil, fmt.Errorf("find function %s: run `make build` first", f.Name)
	}

	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", f.Name, err)
	}

	h.onStop(func() { log.Close() })

	return lambda.New(runtime, lambda.Settings{
		Name:        f.Name,
		Binary:      binary,
		Environment: h.environment(f),
		Memory:      f.Memory,
		Timeout:     f.Timeout,
		// On AWS the sources of a function and its routes don't wait for each other
		// either.
		Most:    h.settings.instances * (1 + len(f.Sources)),
		Idle:    idle,
		Log:     log,
		Crashes: h.options.Output,
	}), nil
}

// Environment returns what all functions together are given, but for where programs and
// files are.
func (h *Host) Environment() map[string]string {
	all := map[string]string{}
	for _, f := range h.topology.Functions {
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

// environment returns what a function's instances are given: what the topology says, and
// nothing else of this process's own than where programs and files are.
func (h *Host) environment(f topology.Function) []string {
	all := slices.Concat(h.credentials(f), h.endpoints())
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
	if f.NeedsCodeKey {
		all = append(all, "CODE_KEY_SECRET="+codeKeySecret)
	}
	if slices.Contains(f.Carriers, "email") {
		all = append(all, "CONFIGURATION_SET="+name("mail"))
	}

	for _, name := range f.Parameters {
		value, ok := h.settings.parameters[name]
		if name == "BASE_URL" && value == "" {
			value = h.URL
			ok = true
		}
		if ok {
			all = append(all, name+"="+value)
		}
	}

	return all
}

// credentials returns what a function signs its calls with. They are everybody's: no gate
// asks who calls.
func (h *Host) credentials(topology.Function) []string {
	return []string{
		"AWS_REGION=" + engine.Region,
		"AWS_ACCESS_KEY_ID=" + engine.AccessKeyID,
		"AWS_SECRET_ACCESS_KEY=" + engine.SecretAccessKey,
	}
}

// endpoints returns the variables that have the AWS SDK call the engines
// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).
func (h *Host) endpoints() []string {
	return []string{
		"AWS_ENDPOINT_URL_DYNAMODB=" + h.Engines.DynamoDB,
		"AWS_ENDPOINT_URL_S3=" + h.Engines.S3,
		"AWS_ENDPOINT_URL_SQS=" + h.Engines.SQS,
		"AWS_ENDPOINT_URL_SESV2=" + h.Engines.SES,
		"AWS_ENDPOINT_URL_SNS=" + h.Engines.SNS,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER=" + h.Engines.Secrets,
	}
}
