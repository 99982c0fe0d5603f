package host

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
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

	if err := lambda.CheckEnvironment(h.variables(f)); err != nil {
		return nil, fmt.Errorf("make function %s: %w", f.Name, err)
	}

	log, err := os.OpenFile(logFile, os.O_CREATE|os.O_TRUNC|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("open the log of %s: %w", f.Name, err)
	}

	h.onStop(func() { log.Close() })

	engines, err := h.enginesOf(f)
	if err != nil {
		return nil, err
	}

	return lambda.New(runtime, lambda.Settings{
		Name:        f.Name,
		Binary:      binary,
		Environment: h.environment(f, engines),
		Memory:      f.Memory,
		Timeout:     f.Timeout,
		// On AWS the sources of a function and its routes don't wait for each other
		// either.
		Most: h.settings.instances * (1 + len(f.Sources)),
		Idle: idle,
		// As in the stack: whatever loops by the topology ends by itself.
		Recursive: h.topology.Loops(f),
		Log:       log,
		Crashes:   h.options.Output,
	}), nil
}

// Environment returns what all functions together are given, but for where programs and
// files are. The key is the account's: no function may do what all of them may.
func (h *Host) Environment() map[string]string {
	all := map[string]string{}
	for _, f := range h.topology.Functions {
		maps.Copy(all, h.given(f, h.Engines))
	}
	maps.Copy(all, h.keys.Of("").Variables())
	return all
}

// inherited are the variables of this process that the functions are given as well.
var inherited = []string{"PATH", "HOME", "TMPDIR"}

// environment returns what a function's instances find in their environment: what they
// are given, and nothing else of this process's own than where programs and files are.
func (h *Host) environment(f topology.Function, engines topology.Endpoints) []string {
	var all []string
	for name, value := range h.given(f, engines) {
		all = append(all, name+"="+value)
	}
	for _, name := range inherited {
		if value, ok := os.LookupEnv(name); ok {
			all = append(all, name+"="+value)
		}
	}
	return all
}

// given returns what the topology gives to a function, with the key that it signs its
// calls with and the engines that take them.
func (h *Host) given(f topology.Function, engines topology.Endpoints) map[string]string {
	all := h.variables(f)
	all["AWS_REGION"] = engine.Region
	maps.Copy(all, h.keys.Of(f.Name).Variables())
	maps.Copy(all, engines.Variables())
	return all
}

// variables returns the variables that a deployment gives to a function. What Lambda
// itself sets, credentials among it, doesn't count in its limit.
func (h *Host) variables(f topology.Function) map[string]string {
	return f.Environment(topology.Values{
		Table:            func(name string) string { return h.Tables[name] },
		Queue:            func(name string) string { return h.Queues[name] },
		Parameter:        h.parameter,
		Bucket:           h.Bucket,
		CodeKey:          codeKeySecret,
		ConfigurationSet: configurationSet,
	})
}

// parameter returns a parameter of the deployment, or "".
func (h *Host) parameter(name string) string {
	value := h.settings.parameters[name]
	if name == "BASE_URL" {
		return cmp.Or(value, h.URL)
	}
	return value
}
