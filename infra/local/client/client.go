// Package client calls a system that runs, over HTTP: its API, and the local host's own
// calls below /_local/.
//
// The story that `make run` tells, the bench and the end-to-end tests share it. It knows
// of the system what its contract says, and nothing of its packages.
package client

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client is somebody who calls a system. Its methods may be called concurrently.
type Client struct {
	// URL is where the system is: "http://localhost:8080".
	URL string
	// Tries is how often a call is made that is answered 502, as one is whose function's
	// process was killed; 0 is once.
	Tries int
	// HTTP makes the calls; nil is [http.DefaultClient].
	HTTP *http.Client
	// Check is called with each answer of the API, unless it is nil.
	Check func(Answer)

	header http.Header
}

// With returns a client that sends one more header.
func (c Client) With(name, value string) Client {
	header := c.header.Clone()
	if header == nil {
		header = http.Header{}
	}
	header.Set(name, value)
	c.header = header
	return c
}

// As returns a client that is signed in by a session's token.
func (c Client) As(token string) Client { return c.With("Authorization", "Bearer "+token) }

// SignIn returns a client with a session of its own.
func (c Client) SignIn(ctx context.Context, username, password string) (Client, error) {
	credentials := map[string]string{"username": username, "password": password}
	var session struct{ Token string }
	err := c.Do(ctx, http.MethodPost, "/api/sign-in", credentials, &session)
	return c.As(session.Token), err
}

// Answer is what a call got.
type Answer struct {
	Method, Path string // of the call; the path has its query
	Status       int
	Header       http.Header
	Body         []byte
}

// Error is an answer that isn't a success.
type Error struct{ Answer }

// Error returns the call, the status and the body.
func (e *Error) Error() string {
	return fmt.Sprintf("%s %s: status %d: %s", e.Method, e.Path, e.Status, e.Body)
}

// Send makes a call once. A body of bytes is sent as it is, any other as JSON; nil is
// none.
func (c Client) Send(ctx context.Context, method, path string, body any) (Answer, error) {
	content, isRaw := body.([]byte)
	if !isRaw && body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return Answer{}, fmt.Errorf("call the API: %w", err)
		}
		content = encoded
	}

	request, err := http.NewRequestWithContext(ctx, method, c.URL+path, bytes.NewReader(content))
	if err != nil {
		return Answer{}, fmt.Errorf("call the API: %w", err)
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}

	for name := range c.header {
		request.Header.Set(name, c.header.Get(name))
	}

	response, err := cmp.Or(c.HTTP, http.DefaultClient).Do(request)
	if err != nil {
		return Answer{}, fmt.Errorf("call the API: %w", err)
	}

	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		return Answer{}, fmt.Errorf("call the API: %w", err)
	}

	return Answer{method, path, response.StatusCode, response.Header, got}, nil
}

// Call makes a call, as often as Tries says, and has an answer of the API checked.
func (c Client) Call(ctx context.Context, method, path string, body any) (Answer, error) {
	a, err := c.Send(ctx, method, path, body)
	for try := 1; try < c.Tries && err == nil && a.Status == http.StatusBadGateway; try++ {
		a, err = c.Send(ctx, method, path, body)
	}

	if err == nil && c.Check != nil && !strings.HasPrefix(path, "/_local/") {
		c.Check(a)
	}
	return a, err
}

// Do makes a call that has to succeed, and reads its answer, unless into is nil. Any
// other status than 2xx is an [*Error].
func (c Client) Do(ctx context.Context, method, path string, body, into any) error {
	a, err := c.Call(ctx, method, path, body)
	switch {
	case err != nil:
		return err
	case a.Status < http.StatusOK || a.Status >= http.StatusMultipleChoices:
		return &Error{a}
	case into == nil:
		return nil
	}

	if err := json.Unmarshal(a.Body, into); err != nil {
		return fmt.Errorf("read the answer to %s %s: %w", method, path, err)
	}

	return nil
}

// Get reads one thing.
func Get[T any](ctx context.Context, c Client, path string) (T, error) {
	var v T
	err := c.Do(ctx, http.MethodGet, path, nil, &v)
	return v, err
}

// Page is a page of a list.
type Page[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next_cursor"` // nil on the last page
}

// All walks a list from its beginning to its end, page by page. An error ends the walk.
// The path must have a query.
func All[T any](ctx context.Context, c Client, path string) iter.Seq2[T, error] {
	return after[T](ctx, c, path, "")
}

// after walks a list from a cursor to its end; "" is its beginning.
func after[T any](ctx context.Context, c Client, path, cursor string) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		next := ""
		if cursor != "" {
			next = "&cursor=" + url.QueryEscape(cursor)
		}
		for {
			page, err := Get[Page[T]](ctx, c, path+next)
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, item := range page.Items {
				if !yield(item, nil) {
					return
				}
			}
			if page.Next == nil {
				return
			}
			next = "&cursor=" + url.QueryEscape(*page.Next)
		}
	}
}

// Until looks every so often whether something is so, until it is. It returns an error if
// a look does, or if the context ends.
func Until(
	ctx context.Context, every time.Duration, so func(context.Context) (bool, error),
) error {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if done, err := so(ctx); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("it takes too long: %w", ctx.Err())
		case <-tick.C:
		}
	}
}
