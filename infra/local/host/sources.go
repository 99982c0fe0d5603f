package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/infra/local/eventbridge"
	"latchkey/infra/local/lambda"
	"latchkey/infra/local/s3"
	"latchkey/infra/local/sqs"
	"latchkey/shared/topology"
)

// startSources starts what invokes functions beside the API.
func (h *Host) startSources() error {
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	h.events = lambda.NewAsynchronous(ctx, h.options.Output, h.keepFailed)
	h.onStop(func() {
		cancel()
		h.closeFunctions()
		wait.Wait()
		h.events.Wait()
	})

	for _, f := range h.topology.Functions {
		for _, s := range f.Sources {
			if err := lambda.CheckSource(s); err != nil {
				return fmt.Errorf("start function %s: %w", f.Name, err)
			}

			mapping := &lambda.Mapping{
				Client:    sqs.Client(h.own.SQS),
				URL:       h.Queues[s.Queue],
				Name:      name(s.Queue),
				Function:  h.functions[f.Name],
				BatchSize: s.BatchSize,
				Window:    s.Window,
			}
			wait.Go(func() { mapping.Run(ctx, min(s.Concurrency, h.settings.instances)) })
		}
	}

	for _, rule := range h.topology.Rules {
		every, err := eventbridge.Every(rule.Schedule)
		if err != nil {
			return err
		}
		wait.Go(func() { h.follow(ctx, rule, every) })
	}

	close(h.ready)
	return nil
}

// keepFailed puts the record of an event that failed for the last time on the queue that
// is the function's on-failure destination, if it has one.
func (h *Host) keepFailed(name string, r lambda.Record) {
	f, _ := h.topology.Function(name)
	if len(f.Uploads) == 0 {
		return
	}

	body, err := json.Marshal(r)
	if err == nil {
		_, err = sqs.Client(h.Engines.SQS).SendMessage(
			context.Background(),
			&awssqs.SendMessageInput{
				QueueUrl:    new(h.Queues[name+topology.DeadLetterSuffix]),
				MessageBody: new(string(body)),
			},
		)
	}
	if err != nil {
		fmt.Fprintf(h.options.Output, "keep an event of %s that failed: %v\n", name, err)
	}
}

// closeFunctions kills all instances. It doesn't wait for what they are running, which
// may take minutes.
func (h *Host) closeFunctions() {
	var wait sync.WaitGroup
	for _, f := range h.functions {
		wait.Go(f.Close)
	}
	wait.Wait()
}

// follow invokes a rule's function as often as the rule says, until the context ends.
func (h *Host) follow(ctx context.Context, rule topology.Rule, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			event := eventbridge.Scheduled(rule.Name, now)
			h.events.Go(rule.Function, h.functions[rule.Function], event)
		}
	}
}

// created invokes the functions that are to know of an object. S3 may call it before
// there are any: it waits for them.
func (h *Host) created(c s3.Created) {
	<-h.ready
	if h.options.Dropped != nil && strings.HasPrefix(c.Key, Drops) {
		h.options.Dropped(c.Key)
	}

	for _, f := range h.topology.Functions {
		for _, prefix := range f.Uploads {
			if strings.HasPrefix(c.Key, prefix) {
				h.events.Go(f.Name, h.functions[f.Name], c.Event())
			}
		}
	}
}

// schedule runs the rules as the clock would at that time, and waits for their functions.
// For SES it is that time from then on as well.
func (h *Host) schedule(now time.Time) error {
	h.sesClock.Forward(now)

	var failed error
	for _, rule := range h.topology.Rules {
		event := eventbridge.Scheduled(rule.Name, now)
		err := h.events.Run(rule.Function, h.functions[rule.Function], event)
		failed = errors.Join(failed, err)
	}
	return failed
}
