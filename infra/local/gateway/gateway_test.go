package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

var update = flag.Bool("update", false, "write the golden files anew")

// fake is a function in this process.
type fake func(payload []byte) ([]byte, error)

func (f fake) Invoke(
	_ context.Context,
	_ string,
	payload []byte,
) ([]byte, error) {
	return f(payload)
}

func TestARouteKeyIsAMethodAndAPath(t *testing.T) {
	for _, key := range []string{"", "GET", "/api/jobs", "GET api/jobs"} {
		if err := New().Route(key, nil); err == nil {
			t.Errorf("%q was accepted", key)
		}
	}
}

func TestTheEventIsAPIGateways(t *testing.T) {
	request := func(method, target, contentType, body string) *http.Request {
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("User-Agent", "test")
		r.RemoteAddr = "127.0.0.1:4711"
		return r
	}
	full := request(
		"POST",
		"http://localhost:8080/api/jobs/J%C3%B6rg%20x/process?q=a+b&q=c&d=%26",
		"application/json; charset=utf-8",
		`{"a":"ü"}`,
	)
	full.Header.Add("Accept", "text/html")
	full.Header.Add("Accept", "*/*")
	full.Header.Add("Cookie", "session=abc; theme=dark")
	full.Header.Add("X-Forwarded-For", "203.0.113.7")

	const process = "http://localhost:8080/api/jobs/7/process"
	for _, test := range []struct {
		name    string
		golden  string
		request *http.Request
	}{
		{"with all there is", "full.json", full},
		{
			name:    "with next to nothing",
			golden:  "bare.json",
			request: httptest.NewRequest("GET", "http://localhost:8080/", nil),
		},
		{
			name:    "with a body that isn't text",
			golden:  "binary.json",
			request: request("POST", process, "application/octet-stream", "\x00\xff"),
		},
		{
			name:    "with a form",
			golden:  "form.json",
			request: request("POST", process, "application/x-www-form-urlencoded", "a=b"),
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got bytes.Buffer

			a := New()
			a.now = func() time.Time { return time.Date(2026, 11, 22, 16, 40, 53, 0, time.UTC) }

			function := fake(func(payload []byte) ([]byte, error) {
				var event events.APIGatewayV2HTTPRequest
				if err := json.Unmarshal(payload, &event); err != nil {
					return nil, err
				}

				event.RequestContext.RequestID = "made anew each time"
				encoder := json.NewEncoder(&got)
				encoder.SetIndent("", "  ")

				return []byte(`{"statusCode":204}`), encoder.Encode(event)
			})
			for _, key := range []string{"POST /api/jobs/{id}/process", "$default"} {
				if err := a.Route(key, function); err != nil {
					t.Fatal(err)
				}
			}

			a.ServeHTTP(httptest.NewRecorder(), test.request)

			golden := filepath.Join("testdata", test.golden)
			if *update {
				if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}

			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}

			if got.String() != string(want) {
				t.Errorf("got %s\nwant %s", &got, want)
			}
		})
	}
}

func TestTheResponseIsTheFunctionsAnswer(t *testing.T) {
	const crashed = `{"message":"Internal Server Error"}` + "\n"
	for _, test := range []struct {
		name    string
		answer  string
		err     error
		status  int
		body    string
		headers string // "Name: value" of each, joined by "; "
	}{
		{
			name: "status, headers and body",
			answer: `{"statusCode":201,` +
				`"headers":{"content-type":"application/json","x-a":"b"},"body":"{}"}`,
			status:  201,
			body:    "{}",
			headers: "Content-Type: application/json; X-A: b",
		},
		{
			name:    "several cookies",
			answer:  `{"statusCode":204,"cookies":["a=1; HttpOnly","b=2"]}`,
			status:  204,
			headers: "Set-Cookie: a=1; HttpOnly; Set-Cookie: b=2",
		},
		{
			name: "a body in base64",
			answer: `{"statusCode":200,"headers":{"Content-Type":"image/png"},` +
				`"body":"AP8=","isBase64Encoded":true}`,
			status:  200,
			body:    "\x00\xff",
			headers: "Content-Type: image/png",
		},
		{
			name:    "a body of no type is text",
			answer:  `{"statusCode":200,"body":"hello"}`,
			status:  200,
			body:    "hello",
			headers: "Content-Type: text/plain;charset=UTF-8",
		},
		{
			name:    "a failure is a 502",
			answer:  ``,
			err:     errors.New("crashed"),
			status:  502,
			body:    crashed,
			headers: "Content-Type: application/json",
		},
		{"no answer is a 502", `null`, nil, 502, crashed, "Content-Type: application/json"},
		{
			name:    "an answer that isn't JSON is a 502",
			answer:  `hello`,
			status:  502,
			body:    crashed,
			headers: "Content-Type: application/json",
		},
		{
			name:    "an impossible status is a 502",
			answer:  `{"statusCode":99}`,
			status:  502,
			body:    crashed,
			headers: "Content-Type: application/json",
		},
		{
			name:    "a body that isn't base64 is a 502",
			answer:  `{"statusCode":200,"body":"?","isBase64Encoded":true}`,
			status:  502,
			body:    crashed,
			headers: "Content-Type: application/json",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := New()
			err := a.Route(
				"$default",
				fake(func([]byte) ([]byte, error) { return []byte(test.answer), test.err }),
			)
			if err != nil {
				t.Fatal(err)
			}

			w := httptest.NewRecorder()
			a.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))

			var headers []string
			for _, name := range []string{"Content-Type", "X-A", "Set-Cookie"} {
				for _, value := range w.Header().Values(name) {
					headers = append(headers, name+": "+value)
				}
			}

			if w.Code != test.status || w.Body.String() != test.body ||
				strings.Join(headers, "; ") != test.headers {
				t.Errorf("got %d %q %q", w.Code, w.Body, headers)
			}
		})
	}
}

func TestABodyOver10MBIsRefused(t *testing.T) {
	for _, test := range []struct {
		name   string
		size   int
		status int
	}{
		{"exactly 10 MB pass", maxBody, 204},
		{"one byte more doesn't", maxBody + 1, 413},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := New()
			err := a.Route(
				"$default",
				fake(func([]byte) ([]byte, error) { return []byte(`{"statusCode":204}`), nil }),
			)
			if err != nil {
				t.Fatal(err)
			}

			w := httptest.NewRecorder()
			a.ServeHTTP(
				w,
				httptest.NewRequest("POST", "/", io.LimitReader(zeros{}, int64(test.size))),
			)

			if w.Code != test.status {
				t.Errorf("got %d, want %d", w.Code, test.status)
			}
		})
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

func TestHeadersOver10240BytesAreRefused(t *testing.T) {
	const line = len("GET /x HTTP/1.1") + len("example.com")
	for _, test := range []struct {
		name   string
		size   int // of all values
		status int
	}{
		{"10,240 bytes with the first line pass", maxHeaders - line, 200},
		{"one byte more doesn't", maxHeaders - line + 1, 431},
	} {
		t.Run(test.name, func(t *testing.T) {
			api := New()
			ok := fake(func([]byte) ([]byte, error) { return []byte(`{"statusCode":200}`), nil })
			if err := api.Route("GET /x", ok); err != nil {
				t.Fatal(err)
			}
			r := httptest.NewRequest("GET", "/x", nil)
			r.Header.Set("X-One", strings.Repeat("a", test.size/2))
			r.Header.Set("X-Other", strings.Repeat("b", test.size-test.size/2))
			w := httptest.NewRecorder()
			api.ServeHTTP(w, r)

			if w.Code != test.status {
				t.Errorf("got %d %s", w.Code, w.Body)
			}
			if test.status == 431 && strings.TrimSpace(w.Body.String()) !=
				`{"message":"Request Header Fields Too Large"}` {
				t.Errorf("got %s", w.Body)
			}
		})
	}
}

func TestNoAnswerWithin30SecondsIsA503(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := New()

		err := a.Route("$default", fake(func([]byte) ([]byte, error) {
			time.Sleep(31 * time.Second) // of the fake clock
			return []byte(`{"statusCode":204}`), nil
		}))
		if err != nil {
			t.Fatal(err)
		}

		began := time.Now()
		w := httptest.NewRecorder()
		a.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))

		if after := time.Since(began); w.Code != 503 || after != 30*time.Second {
			t.Errorf("got %d after %s", w.Code, after)
		}

		time.Sleep(2 * time.Second) // the function ends
	})
}
