package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/lambda"
	"latchkey/infra/local/sqs"
	"latchkey/shared/topology"
)

// Limits of a list: items of a page.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// handler answers the host's own calls, below /_local/, and leaves the rest to the API.
func (h *Host) handler(api http.Handler) http.Handler {
	own := h.ownHandler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The mux redirects paths that aren't clean; API Gateway doesn't.
		if !strings.HasPrefix(r.URL.Path, "/_local/") {
			api.ServeHTTP(w, r)
			return
		}

		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Request-Id", engine.NewID())
		own.ServeHTTP(w, r)
	})
}

func (h *Host) ownHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_local/messages", h.messages)
	mux.HandleFunc("GET /_local/inbox", h.inbox)
	mux.HandleFunc("GET /_local/config", h.config)
	mux.HandleFunc("GET /_local/functions", h.listFunctions)
	mux.HandleFunc("POST /_local/schedule", h.runSchedule)

	for _, path := range []string{"messages", "inbox", "config", "functions", "schedule"} {
		mux.HandleFunc("/_local/"+path, func(w http.ResponseWriter, _ *http.Request) {
			refuse(w, http.StatusMethodNotAllowed, "method_not_allowed",
				"This address doesn't take that method.")
		})
	}

	mux.HandleFunc("/_local/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "not_found", "There is nothing at this address.")
	})
	return mux
}

// messages answers GET /_local/messages: what was sent, oldest first, to the address in
// the parameter to, or to anybody.
func (h *Host) messages(w http.ResponseWriter, r *http.Request) {
	skip, limit, wrong := page(r.URL.Query())
	if wrong != nil {
		refuseField(w, *wrong)
		return
	}

	items, more, err := h.log.Page(r.FormValue("to"), skip, limit)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "internal_error", "the messages can't be read")
		return
	}

	answer(w, list{Items: items, NextCursor: cursor(skip+limit, more)})
}

// list is a page of a list, in the form of the API's.
type list struct {
	Items      any     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

// cursor returns the cursor of the page after so many items, or nil if there is none.
func cursor(skip int, more bool) *string {
	if !more {
		return nil
	}
	text := strconv.Itoa(skip)
	return &text
}

// fault is what is wrong with one field of a request.
type fault struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// page returns where a page of a list begins, and how many items it has, or what is wrong
// with the query.
func page(query url.Values) (skip, limit int, wrong *fault) {
	known := []string{"to", "limit", "cursor"}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		if !slices.Contains(known, name) {
			return 0, 0, &fault{name, "unknown_field", "There is no such parameter."}
		}
	}

	limit, ok := number(query.Get("limit"), defaultLimit)
	if !ok || limit < 1 || limit > maxLimit {
		message := fmt.Sprintf("The limit is a whole number from 1 to %d.", maxLimit)
		return 0, 0, &fault{"limit", "out_of_range", message}
	}

	skip, ok = number(query.Get("cursor"), 0)
	if !ok || skip < 0 || skip > 1<<40 {
		return 0, 0, &fault{"cursor", "invalid_cursor", "The cursor is not one of this list."}
	}

	return skip, limit, nil
}

// number returns the number that a text holds, or the one given if it is empty.
func number(text string, otherwise int) (n int, ok bool) {
	if text == "" {
		return otherwise, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// config answers GET /_local/config: how to reach the engines with one's own clients.
func (h *Host) config(w http.ResponseWriter, _ *http.Request) {
	enforced := "enforced"
	if h.iam == nil {
		enforced = "off"
	}
	answer(w, map[string]any{
		"iam":                     enforced,
		"region":                  engine.Region,
		"access_key_id":           engine.AccessKeyID,
		"secret_access_key":       engine.SecretAccessKey,
		"s3_endpoint":             h.Engines.S3,
		"dynamodb_endpoint":       h.Engines.DynamoDB,
		"sqs_endpoint":            h.Engines.SQS,
		"sesv2_endpoint":          h.Engines.SES,
		"sns_endpoint":            h.Engines.SNS,
		"secretsmanager_endpoint": h.Engines.Secrets,
		"bucket":                  h.Bucket,
		"tables":                  h.Tables,
		"queues":                  h.Queues,
	})
}

// listFunctions answers GET /_local/functions: each function's instances, and how much
// work waits for it.
func (h *Host) listFunctions(w http.ResponseWriter, r *http.Request) {
	type item struct {
		Name        string                 `json:"name"`
		Instances   []lambda.InstanceStats `json:"instances"`
		Invocations int                    `json:"invocations"`
		Errors      int                    `json:"errors"`
		QueueDepth  int                    `json:"queue_depth"`
	}

	items := []item{}
	for _, f := range h.topology.Functions {
		depth, err := h.depth(r.Context(), f)
		if err != nil {
			refuse(w, http.StatusInternalServerError, "internal_error", "the queues can't be read")
			return
		}

		s := h.functions[f.Name].Stats()
		items = append(items, item{
			Name:        f.Name,
			Instances:   s.Instances,
			Invocations: s.Invocations,
			Errors:      s.Errors,
			QueueDepth:  depth,
		})
	}

	answer(w, list{Items: items})
}

// depth returns the number of messages that wait for a function, that it works at, or
// that come later.
func (h *Host) depth(ctx context.Context, f topology.Function) (int, error) {
	client := sqs.Client(h.own.SQS)
	depth := 0
	for _, s := range f.Sources {
		n, err := sqs.Depth(ctx, client, h.Queues[s.Queue])
		if err != nil {
			return 0, fmt.Errorf("count messages of queue %s: %w", s.Queue, err)
		}
		depth += n
	}

	return depth, nil
}

// runSchedule answers POST /_local/schedule: it runs the rules at the time of the body,
// or now, and answers when their functions have ended.
func (h *Host) runSchedule(w http.ResponseWriter, r *http.Request) {
	request := struct{ Now time.Time }{Now: time.Now()}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil && !errors.Is(err, io.EOF) {
		refuseField(w, fault{
			Field:   "now",
			Code:    "invalid_time",
			Message: `The body is {"now": "<time in RFC 3339>"} or nothing.`,
		})
		return
	}

	if err := h.schedule(request.Now); err != nil {
		refuse(w, http.StatusBadGateway, "function_failed",
			"a function that the rule invokes has failed")
		return
	}

	answer(w, map[string]time.Time{"now": request.Now.UTC()})
}

// answer answers a body as JSON.
func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // a caller that has gone reads no answer
}

// refuseField answers that one field of the request is wrong.
func refuseField(w http.ResponseWriter, wrong fault) {
	refuse(w, http.StatusUnprocessableEntity, "invalid_request",
		"The request has a field that can't be taken.", wrong)
}

// refuse answers an error in the form of the API's.
func refuse(w http.ResponseWriter, status int, code, message string, faults ...fault) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]any{"error": map[string]any{
		"code":    code,
		"message": message,
		"fields":  append([]fault{}, faults...),
	}}) // a caller that has gone reads no answer
}
