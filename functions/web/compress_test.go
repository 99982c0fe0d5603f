package main

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestAnswersAreCompressedForWhoTakesThemSo(t *testing.T) {
	tests := []struct {
		name, path, accepted string
		want                 bool
	}{
		{"a browser's list", "/sign-in", "gzip, deflate, br, zstd", true},
		{"gzip in capitals, with a weight", "/sign-in", "br;q=1.0, GZIP;q=0.8", true},
		{"a page in several states", "/set-password", "gzip", true},
		{"the contract", "/api/openapi.json", "gzip", true},
		{"gzip refused", "/sign-in", "gzip;q=0, br", false},
		{"another coding alone", "/sign-in", "br", false},
		{"no list", "/sign-in", "", false},
		{"an answer that would be hardly shorter", "/api/health", "gzip", false},
	}

	h := newTestHandler(t, example)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			plain := get(t, h, http.MethodGet, test.path)
			for range 2 { // the second is one that was kept
				r := getWith(
					t,
					h,
					http.MethodGet,
					test.path,
					map[string]string{"accept-encoding": test.accepted},
				)
				if got := r.Headers["Content-Encoding"] == "gzip"; got != test.want ||
					r.IsBase64Encoded != test.want {
					t.Fatalf(
						"it is compressed: %v, in base64: %v; want %v",
						got,
						r.IsBase64Encoded,
						test.want,
					)
				}

				if !test.want {
					if r.Body != plain.Body {
						t.Error("it isn't the same answer")
					}

					continue
				}

				if got := string(unzip(t, r.Body)); got != plain.Body {
					t.Errorf("it says something else: %q", got)
				}

				if len(r.Body) >= len(plain.Body) {
					t.Error("it is no smaller")
				}

				if !strings.Contains(r.Headers["Vary"], "Accept-Encoding") {
					t.Error("it might be kept for a browser that can't read it")
				}
			}

			head := getWith(
				t,
				h,
				http.MethodHead,
				test.path,
				map[string]string{"accept-encoding": test.accepted},
			)
			if head.Body != "" || head.IsBase64Encoded ||
				(head.Headers["Content-Encoding"] == "gzip") != test.want {
				t.Error("HEAD isn't GET without the body")
			}
		})
	}
}

// TestThePagesAndTheirScriptsStaySmall holds the budget: everything that a browser can
// load, in one language, compressed. The licences of others' parts are there to be read,
// and no page loads them.
func TestThePagesAndTheirScriptsStaySmall(t *testing.T) {
	const budget = 100_000 // bytes

	h := newTestHandler(t, example)
	for _, language := range h.languages {
		total := 0
		for path := range h.answers {
			texts := strings.Contains(path, "/texts-") &&
				!strings.HasSuffix(path, "/texts-"+language.String()+".js")
			if strings.HasPrefix(path, "/static/") && !strings.HasSuffix(path, ".txt") && !texts {
				total += size(t, h, path, "en")
			}
		}

		for _, p := range pages {
			total += size(t, h, p.paths[0], language.String())
		}

		t.Logf("in %s, the pages and all that they load are %d bytes", language, total)

		if total > budget {
			t.Errorf(
				"in %s, the pages and all that they load are %d bytes, want at most %d",
				language,
				total,
				budget,
			)
		}
	}
}

// size is the length in bytes of what is at a path, as it goes over the line.
func size(t *testing.T, h handler, path, language string) int {
	t.Helper()

	r := getWith(
		t,
		h,
		http.MethodGet,
		path,
		map[string]string{"accept-encoding": "gzip", "accept-language": language},
	)
	if r.StatusCode != http.StatusOK {
		t.Fatalf("%s answers %d", path, r.StatusCode)
	}

	if !r.IsBase64Encoded {
		return len(r.Body)
	}

	body, err := base64.StdEncoding.DecodeString(r.Body)
	if err != nil {
		t.Fatal(err)
	}

	return len(body)
}

func unzip(t *testing.T, encoded string) []byte {
	t.Helper()

	packed, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		t.Fatal(err)
	}

	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}

	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}

	return body
}
