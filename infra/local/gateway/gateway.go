// Package gateway stands in for API Gateway: it turns HTTP requests into events of an
// HTTP API (payload format 2.0), and functions' answers into responses (Amazon API
// Gateway Developer Guide, "Lambda proxy integrations for HTTP APIs").
package gateway

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/lambda"
	"latchkey/shared/topology"
)

// Limits of an HTTP API, which can't be raised
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html).
const (
	maxBody    = 10 << 20 // bytes
	maxHeaders = 10240    // bytes of the request line and the headers' values together
	timeout    = 30 * time.Second
)

// API is an HTTP API without stages. Like API Gateway, it answers some requests itself:
// 404 without a route, 431 for headers over 10,240 bytes, 413 for a body over 10 MB, 502
// if the function failed or gave no proper answer, 503 after 30 s.
type API struct {
	routes    []topology.Route
	functions map[string]lambda.Invoker // by route key
	now       func() time.Time
}

// New returns an API without routes.
func New() *API {
	return &API{functions: map[string]lambda.Invoker{}, now: time.Now}
}

// Route sends the requests of a route key to a function: "POST /api/jobs/{id}/process",
// "ANY /api/{proxy+}", "$default". All routes must be there before the first request.
func (a *API) Route(key string, to lambda.Invoker) error {
	r := topology.Route{Key: key}
	if !r.Valid() {
		return fmt.Errorf("route key %q isn't a method and a path", key)
	}
	a.routes = append(a.routes, r)
	a.functions[key] = to
	return nil
}

// ServeHTTP invokes the function of the request's route, and answers what it returns.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if headerSize(r) > maxHeaders {
		refuse(w, http.StatusRequestHeaderFieldsTooLarge, "Request Header Fields Too Large")
		return
	}

	route, parameters, ok := topology.Find(a.routes, r.Method, r.URL.Path)
	if !ok {
		refuse(w, http.StatusNotFound, "Not Found")
		return
	}

	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	case err != nil:
		refuse(w, http.StatusBadRequest, "Bad Request")
		return
	}

	payload, err := json.Marshal(a.event(route.Key, r, parameters, body))
	if err != nil {
		refuse(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}

	answer, err := invoke(r.Context(), a.functions[route.Key], payload)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		refuse(w, http.StatusServiceUnavailable, "Service Unavailable")
	case err != nil || respond(w, answer) != nil:
		refuse(w, http.StatusBadGateway, "Internal Server Error")
	}
}

// headerSize returns the bytes of a request's first line and its headers' values.
func headerSize(r *http.Request) int {
	size := len(r.Method+" "+r.RequestURI+" "+r.Proto) + len(r.Host)
	for _, values := range r.Header {
		for _, value := range values {
			size += len(value)
		}
	}
	return size
}

// invoke waits for the answer as long as API Gateway does. The function takes its course
// though nobody waits any more.
func invoke(ctx context.Context, f lambda.Invoker, payload []byte) ([]byte, error) {
	type result struct {
		answer []byte
		err    error
	}

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), timeout)
	done := make(chan result, 1)
	go func() {
		defer cancel()
		answer, err := f.Invoke(ctx, engine.NewID(), payload)
		done <- result{answer, err}
	}()

	select {
	case r := <-done:
		return r.answer, r.err
	case <-ctx.Done():
	}

	// The context has ended by the timeout, or because the function has: the answer goes
	// first.
	select {
	case r := <-done:
		return r.answer, r.err
	default:
		return nil, ctx.Err()
	}
}

// event returns the event of a request.
func (a *API) event(
	key string, r *http.Request, parameters map[string]string, body []byte,
) events.APIGatewayV2HTTPRequest {
	ip, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		ip = r.RemoteAddr
	}

	e := events.APIGatewayV2HTTPRequest{
		Version:               "2.0",
		RouteKey:              key,
		RawPath:               r.URL.Path, // raw is only its name: an HTTP API decodes it
		RawQueryString:        r.URL.RawQuery,
		Cookies:               cookies(r),
		Headers:               headers(r, ip),
		QueryStringParameters: query(r),
		PathParameters:        parameters,
		RequestContext:        a.requestContext(key, r, ip),
	}
	if isText(r.Header.Get("Content-Type"), body) {
		e.Body = string(body)
		return e
	}

	e.Body = base64.StdEncoding.EncodeToString(body)
	e.IsBase64Encoded = true
	return e
}

func (a *API) requestContext(
	key string, r *http.Request, ip string,
) events.APIGatewayV2HTTPRequestContext {
	now := a.now().UTC()
	return events.APIGatewayV2HTTPRequestContext{
		RouteKey:     key,
		AccountID:    engine.Account,
		Stage:        "$default",
		RequestID:    engine.NewID(),
		APIID:        "local",
		DomainName:   r.Host,
		DomainPrefix: "local",
		Time:         now.Format("02/Jan/2006:15:04:05 -0700"),
		TimeEpoch:    now.UnixMilli(),
		HTTP: events.APIGatewayV2HTTPRequestContextHTTPDescription{
			Method:    r.Method,
			Path:      r.URL.Path,
			Protocol:  r.Proto,
			SourceIP:  ip,
			UserAgent: r.UserAgent(),
		},
	}
}

// cookies returns the request's cookies one by one, each as "name=value".
func cookies(r *http.Request) []string {
	var all []string
	for _, line := range r.Header.Values("Cookie") {
		for _, cookie := range strings.Split(line, ";") {
			all = append(all, strings.TrimSpace(cookie))
		}
	}
	return all
}

// query returns the parameters of the request's query, several values of one name joined;
// nil if there are none.
func query(r *http.Request) map[string]string {
	var all map[string]string
	for name, values := range r.URL.Query() {
		if all == nil {
			all = map[string]string{}
		}
		all[name] = strings.Join(values, ",")
	}
	return all
}

// headers returns the request's headers as the event has them: in lower case, several
// values joined, without the cookies, with those that API Gateway adds.
func headers(r *http.Request, ip string) map[string]string {
	all := map[string]string{"host": r.Host, "x-forwarded-proto": "http"}
	if _, port, err := net.SplitHostPort(r.Host); err == nil {
		all["x-forwarded-port"] = port
	}

	for name, values := range r.Header {
		if name != "Cookie" {
			all[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	if r.ContentLength >= 0 && r.Method != http.MethodGet && r.Method != http.MethodHead {
		all["content-length"] = strconv.FormatInt(r.ContentLength, 10)
	}

	const forwarded = "x-forwarded-for"
	if before := all[forwarded]; before != "" {
		ip = before + ", " + ip
	}

	all[forwarded] = ip
	return all
}

// isText reports whether a body comes to the function as it is, and not in base64.
func isText(contentType string, body []byte) bool {
	if !utf8.Valid(body) {
		return false
	}
	if contentType == "" || len(body) == 0 {
		return true
	}

	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}

	switch media {
	case "application/json", "application/javascript", "application/xml":
		return true
	}

	return strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "+json") ||
		strings.HasSuffix(media, "+xml")
}

// respond writes a function's answer. If it returns an error, it has written nothing. API
// Gateway would make a 200 of an answer without a status code; no function here means
// that.
func respond(w http.ResponseWriter, answer []byte) error {
	var response events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(answer, &response); err != nil {
		return fmt.Errorf("read the function's answer: %w", err)
	}
	if response.StatusCode < http.StatusOK || response.StatusCode > 599 {
		return fmt.Errorf("read the function's answer: its status is %d", response.StatusCode)
	}

	body := []byte(response.Body)
	if response.IsBase64Encoded {
		decoded, err := base64.StdEncoding.DecodeString(response.Body)
		if err != nil {
			return fmt.Errorf("read the function's answer: %w", err)
		}
		body = decoded
	}

	for name, value := range response.Headers {
		w.Header().Set(name, value)
	}

	for _, cookie := range response.Cookies {
		w.Header().Add("Set-Cookie", cookie)
	}
	if len(body) > 0 && w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "text/plain;charset=UTF-8")
	}

	w.WriteHeader(response.StatusCode)
	_, _ = w.Write(body) // a caller that has gone reads no answer
	return nil
}

// refuse answers as API Gateway itself does.
func refuse(w http.ResponseWriter, status int, message string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// A caller that has gone reads no answer.
	_ = json.NewEncoder(w).Encode(map[string]string{"message": message})
}
