package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"latchkey/infra/local/engine"
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
	failed  func(name string, r Record)
	wait    sync.WaitGroup
}

// NewAsynchronous returns one whose retries end with the context. An event that failed
// for the last time is reported to dropped, and its record handed to failed, which puts it
// where the function's on-failure destination is.
func NewAsynchronous(
	ctx context.Context, dropped io.Writer, failed func(name string, r Record),
) *Asynchronous {
	return &Asynchronous{ctx: ctx, dropped: dropped, failed: failed}
}

// Record is what an on-failure destination is told of an event
// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
type Record struct {
	Version         string          `json:"version"`
	Timestamp       time.Time       `json:"timestamp"`
	RequestContext  RequestContext  `json:"requestContext"`
	RequestPayload  json.RawMessage `json:"requestPayload"`
	ResponseContext ResponseContext `json:"responseContext"`
	ResponsePayload Failure         `json:"responsePayload"`
}

// RequestContext says which event a record is of, and how often it was tried.
type RequestContext struct {
	RequestID   string `json:"requestId"`
	FunctionARN string `json:"functionArn"`
	Condition   string `json:"condition"`
	Tries       int    `json:"approximateInvokeCount"`
}

// ResponseContext says how the last try ended.
type ResponseContext struct {
	StatusCode      int    `json:"statusCode"`
	ExecutedVersion string `json:"executedVersion"`
	FunctionError   string `json:"functionError"`
}

// Failure is the error of the last try.
type Failure struct {
	ErrorMessage string `json:"errorMessage"`
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
	if len(payload) > maxEvent {
		err := fmt.Errorf("invoke %s: %w: over 1 MB", name, ErrTooLarge)
		fmt.Fprintln(a.dropped, err)
		return err
	}

	id := engine.NewID()
	for try := 0; ; try++ {
		_, err = f.Invoke(a.ctx, id, payload)
		if err == nil {
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
	a.failed(name, Record{
		Version:   "1.0",
		Timestamp: time.Now().UTC(),
		RequestContext: RequestContext{
			RequestID:   id,
			FunctionARN: engine.ARN("lambda", "function:"+name) + ":$LATEST",
			Condition:   "RetriesExhausted",
			Tries:       tries,
		},
		RequestPayload: payload,
		ResponseContext: ResponseContext{
			StatusCode:      http.StatusOK,
			ExecutedVersion: "$LATEST",
			FunctionError:   "Unhandled",
		},
		ResponsePayload: Failure{ErrorMessage: err.Error()},
	})
	return err
}

// Wait waits until all that was begun has ended.
func (a *Asynchronous) Wait() { a.wait.Wait() }
