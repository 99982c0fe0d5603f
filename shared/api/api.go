// Package api is the outside of a function that serves HTTP. It finds the handler of a
// route, reads bodies and queries strictly, and turns errors into the few that the public
// sees. The contract is the OpenAPI document's.
package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

type (
	// Event is a request of API Gateway's HTTP API, payload format 2.0.
	Event = events.APIGatewayV2HTTPRequest
	// Response is the response to it, in the same format.
	Response = events.APIGatewayV2HTTPResponse
)

// Answer is what a handler returns for a request. A nil Body is an empty one. A Body of
// bytes is written as it is, any other as JSON.
type Answer struct {
	Status  int
	Body    any
	Header  map[string]string
	Cookies []string
}

// Handler answers the requests of one route. An error that is no *Error becomes a 500.
type Handler func(ctx context.Context, event Event) (Answer, error)

// Routes are a function's handlers by their route key.
type Routes map[string]Handler

// OK returns a 200 with the body.
func OK(body any) Answer { return Answer{Status: http.StatusOK, Body: body} }

// Accepted returns a 202 with the body.
func Accepted(body any) Answer { return Answer{Status: http.StatusAccepted, Body: body} }

// NoContent returns a 204.
func NoContent() Answer { return Answer{Status: http.StatusNoContent} }

// Empty is the body {}.
type Empty struct{}

// Error is what the public sees of a failure.
type Error struct {
	Status  int
	Code    string
	Message string
	Fields  []Field
	// RetryAfter is sent in whole seconds, rounded up. Zero isn't sent.
	RetryAfter time.Duration
}

// Field is what is wrong with one field of a body or a query.
type Field struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Fail returns an error of the given status.
func Fail(status int, code, message string) *Error {
	return &Error{Status: status, Code: code, Message: message}
}

// Invalid returns a 422 about one field.
func Invalid(field, code, message string) *Error {
	return InvalidFields(Field{Field: field, Code: code, Message: message})
}

// InvalidFields returns a 422 about several fields.
func InvalidFields(fields ...Field) *Error {
	return &Error{
		Status:  http.StatusUnprocessableEntity,
		Code:    "invalid_request",
		Message: "The request has a field that can't be taken.",
		Fields:  fields,
	}
}

// TooMany returns a 429 that asks the caller to come back after a time.
func TooMany(code, message string, after time.Duration) *Error {
	return &Error{
		Status:     http.StatusTooManyRequests,
		Code:       code,
		Message:    message,
		RetryAfter: after,
	}
}

// Serve passes an event to the handler of its route, and returns the response. It never
// returns an error: Lambda would turn it into a response that isn't in the contract.
func (r Routes) Serve(ctx context.Context, event Event) (Response, error) {
	handler, ok := r[event.RouteKey]
	if !ok {
		notFound := Fail(http.StatusNotFound, "not_found", "There is nothing here.")
		return response(event, refusal(notFound)), nil
	}

	answer, err := handler(ctx, event)
	if err != nil {
		answer = failure(ctx, event, err)
	}
	return response(event, answer), nil
}

// failure turns a handler's error into an answer. Only the log sees what isn't an *Error.
func failure(ctx context.Context, event Event, err error) Answer {
	var refused *Error
	if errors.As(err, &refused) {
		return refusal(refused)
	}

	slog.ErrorContext(ctx, "request failed",
		"route", event.RouteKey,
		"request_id", event.RequestContext.RequestID,
		"error", err.Error(),
	)
	return refusal(Fail(
		http.StatusInternalServerError,
		"internal_error",
		"Something went wrong here. Try again.",
	))
}

func refusal(e *Error) Answer {
	type body struct {
		Code    string  `json:"code"`
		Message string  `json:"message"`
		Fields  []Field `json:"fields"` // never null
	}

	answer := Answer{
		Status: e.Status,
		Body:   map[string]body{"error": {e.Code, e.Message, append([]Field{}, e.Fields...)}},
	}
	if e.RetryAfter > 0 {
		seconds := int((e.RetryAfter + time.Second - 1) / time.Second)
		answer.Header = map[string]string{"Retry-After": strconv.Itoa(seconds)}
	}
	return answer
}

func response(event Event, answer Answer) Response {
	headers := map[string]string{
		"Cache-Control":          "no-store",
		"X-Request-Id":           event.RequestContext.RequestID,
		"X-Content-Type-Options": "nosniff",
	}

	body := ""
	switch content := answer.Body.(type) {
	case nil:
	case []byte:
		body = string(content)
	default:
		encoded, err := json.Marshal(content)
		if err != nil {
			panic("api: an answer can't be JSON: " + err.Error())
		}
		body = string(encoded)
		headers["Content-Type"] = "application/json"
	}

	maps.Copy(headers, answer.Header)
	return Response{
		StatusCode: answer.Status,
		Headers:    headers,
		Body:       body,
		Cookies:    answer.Cookies,
	}
}
