package host

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/iam"
	"latchkey/infra/local/sqs"
	"latchkey/infra/policy"
	"latchkey/shared/mailbox"
	"latchkey/shared/topology"
)

// startIAM starts what decides what functions may do, unless the settings switch it off.
func (h *Host) startIAM(ctx context.Context) error {
	if h.settings.iamOff {
		return nil
	}

	sender, err := mailbox.Parse(h.settings.parameters["SENDER"])
	if err != nil {
		return fmt.Errorf("read SENDER: %w", err)
	}
	policies := map[string][]policy.Statement{}
	for _, f := range h.topology.Functions {
		policies[f.Name] = policy.Of(f, h.names(sender))
	}

	h.iam, err = iam.Start(ctx, iam.Options{
		Keys:         h.keys,
		Policies:     policies,
		Bucket:       h.Bucket,
		PartitionKey: h.partitionKey,
		Open:         h.dropped,
		Output:       h.options.Output,
	})
	if err != nil {
		return err
	}
	h.onStop(h.iam.Stop)
	return nil
}

// partitionKey returns the partition key of an index of a table, or of the table itself. It is
// "" where there is no such index or table.
func (h *Host) partitionKey(table, index string) string {
	for _, t := range h.topology.Tables {
		if name(t.Name) == table && index == "" {
			return t.Partition
		}
		for _, i := range t.Indexes {
			if name(t.Name) == table && i.Name == index {
				return i.Partition
			}
		}
	}
	return ""
}

// names returns the ARNs of what the topology names, on this machine.
func (h *Host) names(sender mailbox.Mailbox) policy.Deployment {
	queue := func(of string) string { return sqs.ARN(name(of)) }
	table := func(of string) string { return engine.ARN("dynamodb", "table/"+name(of)) }
	identity := func(of string) string { return engine.ARN("ses", "identity/"+of) }
	return policy.Deployment{
		Table:            table,
		Queue:            queue,
		Failures:         func(of string) string { return queue(of + topology.DeadLetterSuffix) },
		Log:              logOf,
		Bucket:           "arn:aws:s3:::" + h.Bucket,
		CodeKey:          engine.ARN("secretsmanager", "secret:"+codeKeySecret),
		Identity:         identity,
		ConfigurationSet: engine.ARN("ses", "configuration-set/"+configurationSet),
		Topics:           "arn:aws:sns:*:*:*",
		Sender:           sender,
		Sandbox:          h.settings.sesSandbox,
	}
}

// logOf returns the ARN of a function's log, with its streams.
func logOf(function string) string {
	return engine.ARN("logs", "log-group:/aws/lambda/"+name(function)+":*")
}

// dropped reports whether a request puts a file where it becomes a job of its own. Who
// does so at this machine needs no key.
func (h *Host) dropped(r *http.Request) bool {
	return r.Method == http.MethodPut && strings.HasPrefix(r.URL.Path, "/"+h.Bucket+"/"+Drops)
}

// guard returns what is to be called in the place of a service's engine: a gate that asks
// IAM, unless it is off.
func (h *Host) guard(service string, called http.Handler) http.Handler {
	if h.iam != nil {
		called = h.iam.Gate(service, called)
	}
	h.guarded[service] = called
	return called
}

// guardEngines puts gates before the engines that are processes, and before S3.
func (h *Host) guardEngines() error {
	if h.iam == nil {
		return nil // they are called where they are
	}

	for service, endpoint := range map[string]*string{
		"dynamodb": &h.Engines.DynamoDB,
		"s3":       &h.Engines.S3,
		"sqs":      &h.Engines.SQS,
	} {
		called, err := forward(*endpoint)
		if err != nil {
			return err
		}
		*endpoint, err = h.serve(h.guard(service, called))
		if err != nil {
			return err
		}
	}
	return nil
}

// checkRoles refuses a function whose role lacks what Lambda does as the function: to
// write its log, to take from its sources, and to keep the events that it can't take.
// Lambda looks at the last two when they are set up
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html,
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
func (h *Host) checkRoles(ctx context.Context) error {
	if h.iam == nil {
		return nil
	}

	for _, f := range h.topology.Functions {
		stream := strings.TrimSuffix(logOf(f.Name), "*") + "log-stream:local"
		if err := h.checkRole(ctx, f, policy.Logs, stream); err != nil {
			return err
		}
		for _, source := range f.Sources {
			queue := sqs.ARN(name(source.Queue))
			if err := h.checkRole(ctx, f, policy.Takes, queue); err != nil {
				return err
			}
		}
		if len(f.Uploads) > 0 {
			queue := sqs.ARN(name(f.Name + topology.DeadLetterSuffix))
			if err := h.checkRole(ctx, f, policy.Sends, queue); err != nil {
				return err
			}
		}
	}
	return nil
}

func (h *Host) checkRole(
	ctx context.Context, f topology.Function, actions []string, resource string,
) error {
	for _, action := range actions {
		r := iam.Request{Function: f.Name, Action: action, Resource: resource}
		allowed, err := h.iam.Allows(ctx, r)
		if err != nil {
			return err
		}
		if !allowed {
			return fmt.Errorf("start %s: its role may not %s on %s", f.Name, action, resource)
		}
	}
	return nil
}

// Denied returns the calls that IAM denied so far, each once, with the statement that would
// allow it.
func (h *Host) Denied() []string {
	if h.iam == nil {
		return nil
	}
	return h.iam.Denied()
}

// Unused returns the rights of the functions that none has used so far.
func (h *Host) Unused() []iam.Right {
	if h.iam == nil {
		return nil
	}
	return h.iam.Unused()
}
