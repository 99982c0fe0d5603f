package main

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/api"
)

// placeholder is a place in a text that a page or its script fills.
var placeholder = regexp.MustCompile(`\{\w+\}`)

func TestEveryLanguageSaysTheSame(t *testing.T) {
	first, err := readTexts(languages[0], "Example")
	if err != nil {
		t.Fatal(err)
	}

	for _, other := range languages[1:] {
		translated, err := readTexts(other, "Example")
		if err != nil {
			t.Fatal(err)
		}

		for section, texts := range first {
			for name, text := range texts {
				same, ok := translated[section][name]
				if !ok || same == "" {
					t.Errorf("%s has no %s.%s", other, section, name)
					continue
				}

				if got, want := places(same), places(text); !slices.Equal(got, want) {
					t.Errorf(
						"%s.%s in %s has the places %v, want %v",
						section,
						name,
						other,
						got,
						want,
					)
				}
			}
		}

		for section, texts := range translated {
			for name := range texts {
				if _, ok := first[section][name]; !ok {
					t.Errorf(
						"%s has a %s.%s that %s doesn't have",
						other,
						section,
						name,
						languages[0],
					)
				}
			}
		}
	}
}

// places are the placeholders of a text, each once.
func places(text string) []string {
	all := map[string]bool{}
	for _, place := range placeholder.FindAllString(text, -1) {
		all[place] = true
	}

	return slices.Sorted(maps.Keys(all))
}

func TestScriptsSayNothingThatHasNoText(t *testing.T) {
	text, err := readTexts(languages[0], "Example")
	if err != nil {
		t.Fatal(err)
	}

	known := text.messages(append([]string{"passphrase"}, consoleSays...)...)
	// The functions that return a text by its name; those that count add an ending.
	said := regexp.MustCompile(`\b(textOf|counted)\(\s*'([a-z0-9_.]+)'`)
	found := 0
	for _, script := range scripts(t) {
		content, err := files.ReadFile("static/" + script)
		if err != nil {
			t.Fatal(err)
		}

		for _, call := range said.FindAllStringSubmatch(string(content), -1) {
			found++

			name := call[2]
			if call[1] == "counted" {
				name += "_other"
			}

			if known[name] == "" {
				t.Errorf("%s says %q, which has no text", script, name)
			}
		}
	}

	if found == 0 {
		t.Error("no script says anything")
	}
}

func TestPassphrasesHaveWordsInEveryLanguage(t *testing.T) {
	word := regexp.MustCompile(`^[a-z]{3,8}$`) // every keyboard has these letters
	for _, language := range languages {
		text, err := readTexts(language, "Example")
		if err != nil {
			t.Fatal(err)
		}

		words := strings.Fields(text["passphrase"]["words"])
		if len(words) != 512 {
			t.Errorf("%s has %d words, want 512: each is to be worth 9 bits", language, len(words))
		}

		for i, w := range words {
			if !word.MatchString(w) || slices.Contains(words[:i], w) {
				t.Errorf(
					"%s has the word %q, which is there twice or can't be typed everywhere",
					language,
					w,
				)
			}
		}
	}
}

func TestPagesAreInTheLanguageThatIsAskedFor(t *testing.T) {
	tests := []struct{ name, asked, want string }{
		{"nothing is asked for", "", "en"},
		{"German", "de", "de"},
		{"German of Austria, as a browser sends it", "de-AT,de;q=0.9,en;q=0.8", "de"},
		{"German after a language that nobody wrote", "sw,de;q=0.5", "de"},
		{"English before German", "en-GB,en;q=0.9,de;q=0.8", "en"},
		{"German by its weight, though named last", "en;q=0.1,de;q=0.9", "de"},
		{"only languages that nobody wrote", "fr-FR,fr;q=0.9", "en"},
		{"any language", "*", "en"},
		{"no list at all", ";;;,,=q", "en"},
	}

	h := newTestHandler(t, example)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, path := range []string{"/sign-in", "/nowhere"} {
				r := getWith(t, h, "GET", path, map[string]string{"accept-language": test.asked})
				if got := r.Headers["Content-Language"]; got != test.want {
					t.Errorf("%s is in %q, want %q", path, got, test.want)
				}

				if !regexp.MustCompile(`<html lang="` + test.want + `"`).MatchString(r.Body) {
					t.Errorf("%s doesn't say that it is in %q", path, test.want)
				}

				if r.Headers["Vary"] == "" {
					t.Errorf("%s might be kept for somebody who reads another language", path)
				}
			}
		})
	}
}

// getWith asks the handler as API Gateway does, with headers of the browser's.
func getWith(t testing.TB, h handler, method, path string, headers map[string]string) api.Response {
	t.Helper()

	event := api.Event{RouteKey: "$default", RawPath: path, Headers: headers}
	event.RequestContext.RequestID = "request-1"
	event.RequestContext.HTTP.Method = method

	response, err := h.handle(t.Context(), event)
	if err != nil {
		t.Fatal(err)
	}

	return response
}
