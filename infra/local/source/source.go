// Package source invokes functions when something happened: a message came, an object was
// put, it is time.
//
// It does what Lambda's event sources do, in the shapes of their events. Where it waits
// less long than AWS, the comment there says so.
package source

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/lambda"
	"latchkey/infra/local/s3"
)

// Invoker is a function that can be invoked, by many at once. The function sees the
// request id.
type Invoker interface {
	Invoke(ctx context.Context, requestID string, payload []byte) ([]byte, error)
}

// retries are the waits before an asynchronous invocation is tried again. Lambda waits
// one and two minutes
// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html).
var retries = []time.Duration{time.Second, 2 * time.Second}

// Asynchronous invokes functions as Lambda does for events: in the background, with two
// retries under the same request id. Its methods may be called concurrently.
type Asynchronous struct {
	ctx     context.Context
	dropped io.Writer
	wait    sync.WaitGroup
}

// NewAsynchronous returns one whose retries end with the context. An event that failed
// for the last time is reported to dropped; on AWS it goes to the function's on-failure
// destination.
func NewAsynchronous(ctx context.Context, dropped io.Writer) *Asynchronous {
	return &Asynchronous{ctx: ctx, dropped: dropped}
}

// Go invokes the function without waiting for it. The name is for reports.
func (a *Asynchronous) Go(name string, f Invoker, event any) {
	a.wait.Go(func() { _ = a.Run(name, f, event) }) // Run has reported the failure
}

// Run does as Go does, and waits for the end. It returns the error of the last try.
func (a *Asynchronous) Run(name string, f Invoker, event any) error {
	payload, err := json.Marshal(event)
	if err != nil {
		return fmt.Errorf("invoke %s: %w", name, err)
	}

	id := lambda.NewRequestID()
	for try := 0; ; try++ {
		if _, err = f.Invoke(a.ctx, id, payload); err == nil {
			return nil
		}
		if try == len(retries) {
			break
		}

		select {
		case <-a.ctx.Done():
			return fmt.Errorf("invoke %s: %w", name, a.ctx.Err())
		case <-time.After(retries[try]):
		}
	}

	tries := len(retries) + 1
	fmt.Fprintf(a.dropped, "an event of %s is dropped after %d tries: %v\n", name, tries, err)
	return err
}

// Wait waits until all that was begun has ended.
func (a *Asynchronous) Wait() { a.wait.Wait() }

// Object returns S3's event of an object that was put
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
func Object(c s3.Created) any {
	// S3 encodes keys as a form does, but for the slashes.
	key := strings.ReplaceAll(url.QueryEscape(c.Key), "%2F", "/")
	principal := map[string]string{"principalId": engine.Account}
	record := map[string]any{
		"eventVersion":      "2.1",
		"eventSource":       "aws:s3",
		"awsRegion":         engine.Region,
		"eventTime":         c.At.UTC().Format("2006-01-02T15:04:05.000Z"),
		"eventName":         c.Name,
		"userIdentity":      principal,
		"requestParameters": map[string]string{"sourceIPAddress": "127.0.0.1"},
		"responseElements":  map[string]string{"x-amz-request-id": "local", "x-amz-id-2": "local"},
		"s3": map[string]any{
			"s3SchemaVersion": "1.0",
			"configurationId": "uploads",
			"bucket": map[string]any{
				"name":          c.Bucket,
				"ownerIdentity": principal,
				"arn":           "arn:aws:s3:::" + c.Bucket,
			},
			"object": map[string]any{
				"key":       key,
				"size":      c.Size,
				"eTag":      c.ETag,
				"versionId": c.Version,
				"sequencer": fmt.Sprintf("%016X", c.At.UnixNano()),
			},
		},
	}
	return map[string]any{"Records": []any{record}}
}

// Scheduled returns EventBridge's event of a rule at a time.
func Scheduled(rule string, at time.Time) any {
	return map[string]any{
		"version":     "0",
		"id":          lambda.NewRequestID(),
		"detail-type": "Scheduled Event",
		"source":      "aws.events",
		"account":     engine.Account,
		"time":        at.UTC().Format(time.RFC3339),
		"region":      engine.Region,
		"resources":   []string{engine.ARN("events", "rule/"+rule)},
		"detail":      map[string]any{},
	}
}

// Every returns the time between two runs of a rule whose schedule is a rate, such as
// "rate(5 minutes)". Cron expressions are refused.
func Every(schedule string) (time.Duration, error) {
	var n int
	var unit string
	if _, err := fmt.Sscanf(schedule, "rate(%d %s", &n, &unit); err == nil && n > 0 {
		switch strings.TrimSuffix(strings.TrimSuffix(unit, ")"), "s") {
		case "minute":
			return time.Duration(n) * time.Minute, nil
		case "hour":
			return time.Duration(n) * time.Hour, nil
		case "day":
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}
	return 0, fmt.Errorf("read schedule %q: it is not of the form rate(5 minutes)", schedule)
}
