package host

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/function"
	"latchkey/infra/local/outbox"
	"latchkey/shared/topology"
)

// Limits of a list: items of a page.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// handler answers the host's own calls, below /_local/, and leaves the rest to the API.
func (h *Host) handler(api http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_local/messages", h.messages)
	mux.HandleFunc("GET /_local/inbox", h.inbox)
	mux.HandleFunc("GET /_local/config", h.config)
	mux.HandleFunc("GET /_local/functions", h.listFunctions)
	mux.HandleFunc("POST /_local/schedule", h.runSchedule)

	for _, path := range []string{"messages", "inbox", "config", "functions", "schedule"} {
		mux.HandleFunc("/_local/"+path, func(w http.ResponseWriter, _ *http.Request) {
			refuse(
				w,
				http.StatusMethodNotAllowed,
				"method_not_allowed",
				"This address doesn't take that method.",
			)
		})
	}

	mux.HandleFunc("/_local/", func(w http.ResponseWriter, _ *http.Request) {
		refuse(w, http.StatusNotFound, "not_found", "There is nothing at this address.")
	})

	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// The mux redirects paths that aren't clean; API Gateway doesn't.
		if strings.HasPrefix(r.URL.Path, "/_local/") {
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("X-Request-Id", function.NewRequestID())
			mux.ServeHTTP(w, r)

			return
		}

		api.ServeHTTP(w, r)
	})
}

func (h *Host) messages(w http.ResponseWriter, r *http.Request) {
	skip, limit, wrong := page(r)
	if wrong != nil {
		refuse(
			w,
			http.StatusUnprocessableEntity,
			"invalid_request",
			"The request has a field that can't be taken.",
			*wrong,
		)
		return
	}

	items, more, err := h.log.Page(r.FormValue("to"), skip, limit)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "internal_error", "the messages can't be read")
		return
	}

	answer(w, list{Items: items, NextCursor: cursor(skip+limit, more)})
}

type list struct {
	Items      any     `json:"items"`
	NextCursor *string `json:"next_cursor"`
}

func cursor(skip int, more bool) *string {
	if !more {
		return nil
	}

	text := strconv.Itoa(skip)
	return &text
}

// fault is what is wrong with one field.
type fault struct {
	Field   string `json:"field"`
	Code    string `json:"code"`
	Message string `json:"message"`
}

// page reads where a page of a list begins, and how long it is, or says what is wrong with that.
func page(r *http.Request) (skip, limit int, wrong *fault) {
	limit = defaultLimit

	var err error
	for name, values := range r.URL.Query() {
		switch {
		case name == "to", values[0] == "" && (name == "limit" || name == "cursor"):
		case name == "limit":
			if limit, err = strconv.Atoi(values[0]); err != nil || limit < 1 || limit > maxLimit {
				return 0, 0, &fault{
					name,
					"out_of_range",
					fmt.Sprintf("The limit is a whole number from 1 to %d.", maxLimit),
				}
			}
		case name == "cursor":
			if skip, err = strconv.Atoi(values[0]); err != nil || skip < 0 || skip > 1<<40 {
				return 0, 0, &fault{name, "invalid_cursor", "The cursor is not one of this list."}
			}
		default:
			return 0, 0, &fault{name, "unknown_field", "There is no such parameter."}
		}
	}

	return skip, limit, nil
}

func (h *Host) config(w http.ResponseWriter, _ *http.Request) {
	answer(w, map[string]any{
		"region":            engine.Region,
		"access_key_id":     engine.AccessKeyID,
		"secret_access_key": engine.SecretAccessKey,
		"s3_endpoint":       h.Engines.S3,
		"dynamodb_endpoint": h.Engines.DynamoDB,
		"sqs_endpoint":      h.Engines.SQS,
		"sesv2_endpoint":    h.Engines.SES,
		"sns_endpoint":      h.Engines.SNS,
		"bucket":            h.Bucket,
		"tables":            h.Tables,
		"queues":            h.Queues,
	})
}

func (h *Host) listFunctions(w http.ResponseWriter, r *http.Request) {
	type item struct {
		Name        string                   `json:"name"`
		Instances   []function.InstanceStats `json:"instances"`
		Invocations int                      `json:"invocations"`
		Errors      int                      `json:"errors"`
		QueueDepth  int                      `json:"queue_depth"`
	}

	items := []item{}
	for _, f := range topology.Latchkey.Functions {
		depth, err := h.depth(r.Context(), f)
		if err != nil {
			refuse(w, http.StatusInternalServerError, "internal_error", "the queues can't be read")
			return
		}

		s := h.functions[f.Name].Stats()
		items = append(
			items,
			item{
				Name:        f.Name,
				Instances:   s.Instances,
				Invocations: s.Invocations,
				Errors:      s.Errors,
				QueueDepth:  depth,
			},
		)
	}

	answer(w, list{Items: items})
}

// depth counts the messages that wait for a function, are in its hands, or come later.
func (h *Host) depth(ctx context.Context, f topology.Function) (int, error) {
	client := engine.SQSClient(h.Engines.SQS)

	depth := 0
	for _, s := range f.Sources {
		url := h.Queues[s.Queue]

		got, err := client.GetQueueAttributes(
			ctx,
			&sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: []types.QueueAttributeName{
				types.QueueAttributeNameApproximateNumberOfMessages,
				types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
				types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
			}},
		)
		if err != nil {
			return 0, fmt.Errorf("count messages of queue %s: %w", s.Queue, err)
		}

		for _, text := range got.Attributes {
			n, err := strconv.Atoi(text)
			if err != nil {
				return 0, fmt.Errorf("count messages of queue %s: %w", s.Queue, err)
			}

			depth += n
		}
	}

	return depth, nil
}

// runSchedule runs the rules at the time of the body, or now, and answers when their functions have ended.
func (h *Host) runSchedule(w http.ResponseWriter, r *http.Request) {
	request := struct{ Now time.Time }{Now: time.Now()}
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()

	if err := decoder.Decode(&request); err != nil && !errors.Is(err, io.EOF) {
		refuse(
			w,
			http.StatusUnprocessableEntity,
			"invalid_request",
			"The request has a field that can't be taken.",
			fault{"now", "invalid_time", `The body is {"now": "<time in RFC 3339>"} or nothing.`},
		)
		return
	}

	if err := h.schedule(request.Now); err != nil {
		refuse(
			w,
			http.StatusBadGateway,
			"function_failed",
			"a function that the rule invokes has failed",
		)
		return
	}

	answer(w, map[string]time.Time{"now": request.Now.UTC()})
}

//go:embed inbox.html
var inboxPage string

var inboxTemplate = template.Must(
	template.New("inbox").Funcs(template.FuncMap{"links": links}).Parse(inboxPage),
)

var address = regexp.MustCompile(`https?://[^\s<>"']+`)

// links gives a text as HTML in which addresses can be followed.
func links(text string) template.HTML {
	var b strings.Builder

	last := 0
	for _, at := range address.FindAllStringIndex(text, -1) {
		shown := template.HTMLEscapeString(text[at[0]:at[1]])
		fmt.Fprintf(
			&b,
			`%s<a href="%s">%s</a>`,
			template.HTMLEscapeString(text[last:at[0]]),
			shown,
			shown,
		)
		last = at[1]
	}

	b.WriteString(template.HTMLEscapeString(text[last:]))

	return template.HTML(b.String())
}

// inbox shows the messages on a page, newest first.
func (h *Host) inbox(w http.ResponseWriter, r *http.Request) {
	skip, limit, wrong := page(r)
	if wrong != nil {
		refuse(
			w,
			http.StatusUnprocessableEntity,
			"invalid_request",
			"The request has a field that can't be taken.",
			*wrong,
		)
		return
	}

	to := r.FormValue("to")
	count := h.log.Count(to)
	end := max(0, count-skip)
	begin := max(0, end-limit)

	items, _, err := h.log.Page(to, begin, end-begin)
	if err != nil {
		refuse(w, http.StatusInternalServerError, "internal_error", "the messages can't be read")
		return
	}

	slices.Reverse(items)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = inboxTemplate.Execute(w, struct {
		To       string
		Count    int
		Messages []outbox.Message
		Older    *string
	}{to, count, items, cursor(skip+limit, begin > 0)}) // a reader who has gone reads no page
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body) // a caller that has gone reads no answer
}

// refuse answers an error in the form of the API's.
func refuse(w http.ResponseWriter, status int, code, message string, faults ...fault) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).
		Encode(map[string]any{"error": map[string]any{ // a caller that has gone reads no answer
			"code": code, "message": message, "fields": append([]fault{}, faults...),
		}})
}
