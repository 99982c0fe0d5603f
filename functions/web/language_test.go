package main

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/text/language"

	"latchkey/shared/api"
	"latchkey/shared/translation"
)

// placeholder is a place in a text that a page or its script fills.
var placeholder = regexp.MustCompile(`\{\w+\}`)

func TestEveryLanguageSaysTheSame(t *testing.T) {
	h := newTestHandler(t, example)
	first := textsOf(t, files, h.languages[0])
	for _, tag := range h.languages {
		checkTexts(t, first, textsOf(t, files, tag), tag)
	}
}

func textsOf(t *testing.T, files fs.FS, tag language.Tag) texts {
	t.Helper()

	all, err := readTexts(files, tag, "Example")
	if err != nil {
		t.Fatal(err)
	}

	return all
}

// categories are the plural categories that whole numbers have in a language.
func categories(tag language.Tag) []string {
	found := map[string]bool{}
	for n := range 2_000 {
		for _, n := range []int{n, n * 1_000_000} {
			found[translation.Category(tag, n)] = true
		}
	}

	return slices.Sorted(maps.Keys(found))
}

// pluralOf tells the two forms of an English text for a number of things from all others:
// their name without its ending, and that; "" for another text.
func pluralOf(texts map[string]string, name string) (counted, form string) {
	for _, form := range []string{"one", "other"} {
		counted, ok := strings.CutSuffix(name, "_"+form)
		if ok && texts[counted+"_one"] != "" && texts[counted+"_other"] != "" {
			return counted, form
		}
	}

	return name, ""
}

// saysItself is found in the name of a form of a number that a text may say in a word.
var saysItself = regexp.MustCompile(`_(zero|one|two)$`)

// checkTexts fails unless a language has every text that English has, with the
// same places, and no other. Of a text for a number of things it has those of its
// own plural categories.
func checkTexts(t *testing.T, english, translated texts, tag language.Tag) {
	t.Helper()

	want := map[string]string{} // by section.name, what it says in English
	for section, texts := range english {
		for name, text := range texts {
			counted, form := pluralOf(texts, name)
			switch form {
			case "":
				want[section+"."+name] = text
			case "other":
				for _, category := range categories(tag) {
					want[section+"."+counted+"_"+category] = text
				}
			}
		}
	}

	for section, texts := range translated {
		for name, text := range texts {
			name = section + "." + name
			english, ok := want[name]
			if !ok {
				t.Errorf("%s has a %s that English doesn't have", tag, name)
				continue
			}

			delete(want, name)
			// The form of a number that it says itself may do without it.
			if saysItself.MatchString(name) {
				english = strings.ReplaceAll(english, "{count}", "")
				text = strings.ReplaceAll(text, "{count}", "")
			}
			wanted := places(english)
			got := places(text)
			if text == "" || !slices.Equal(got, wanted) {
				t.Errorf("%s in %s is %q, want the places %v", name, tag, text, wanted)
			}
		}
	}

	for name := range want {
		t.Errorf("%s has no %s", tag, name)
	}
}

// translated are the site's texts with further languages of testdata/languages. Each of
// them has the texts that it translates in its pages.json; the others are English. Of a
// plural that it doesn't translate, each form is English's last.
func translated(t *testing.T) fs.FS {
	t.Helper()

	all := fstest.MapFS{}
	err := fs.WalkDir(files, "text", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}

		content, err := files.ReadFile(name)
		all[name] = &fstest.MapFile{Data: content}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	for _, tag := range []language.Tag{language.Polish, language.Arabic} {
		folder := "text/" + tag.String() + "/"
		all[folder+"passphrase.txt"] = all["text/en/passphrase.txt"]
		all[folder+"pages.json"] = &fstest.MapFile{Data: overEnglish(t, tag)}
	}

	return all
}

// overEnglish lays the texts of a language in testdata over the English ones.
func overEnglish(t *testing.T, tag language.Tag) []byte {
	t.Helper()

	raw, err := os.ReadFile("testdata/languages/" + tag.String() + "/pages.json")
	if err != nil {
		t.Fatal(err)
	}

	var own texts
	if err := json.Unmarshal(raw, &own); err != nil {
		t.Fatal(err)
	}

	all := textsOf(t, files, language.English)
	delete(all, "passphrase")
	for section, texts := range all {
		for name, text := range maps.Clone(texts) {
			counted, form := pluralOf(texts, name)
			if form != "other" {
				continue
			}

			delete(texts, counted+"_one")
			delete(texts, name)
			for _, category := range categories(tag) {
				texts[counted+"_"+category] = text
			}
		}

		maps.Copy(texts, own[section])
	}

	encoded, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}

	return encoded
}

func TestAFurtherLanguageNeedsNothingButAFolder(t *testing.T) {
	translations := translated(t)
	made, err := newSite(example, "", translations)
	if err != nil {
		t.Fatal(err)
	}

	h := serving(made, "1.2.3")
	for _, test := range []struct {
		tag            language.Tag
		direction      string
		title          string
		categories     []string
		inScript, form string
	}{
		{language.Polish, "ltr", "Zaloguj się", []string{"few", "many", "one"},
			"jobs.list_shown_few", "Pokazano {count} pozycje"},
		{language.Arabic, "rtl", "تسجيل الدخول",
			[]string{"few", "many", "one", "other", "two", "zero"},
			"jobs.list_shown_two", "عنصران"},
	} {
		t.Run(test.tag.String(), func(t *testing.T) {
			if got := categories(test.tag); !slices.Equal(got, test.categories) {
				t.Errorf("its numbers are %v, want %v", got, test.categories)
			}

			english := textsOf(t, files, language.English)
			checkTexts(t, english, textsOf(t, translations, test.tag), test.tag)

			asked := map[string]string{"accept-language": test.tag.String()}
			page := getWith(t, h, "GET", "/sign-in", asked)
			html := `<html lang="` + test.tag.String() + `" dir="` + test.direction + `">`
			if !strings.Contains(page.Body, html) || !strings.Contains(page.Body, test.title) {
				t.Errorf("it lacks %s or %s:\n%s", html, test.title, page.Body)
			}

			script := get(t, h, "GET", scriptOf(made, test.tag)).Body
			entry := `"` + test.inScript + `":"` + test.form + `"`
			if !strings.Contains(script, entry) {
				t.Errorf("the texts of the console lack %s", entry)
			}
		})
	}
}

// scriptOf is the path of the console's texts in a language.
func scriptOf(s site, tag language.Tag) string {
	for path := range s.answers {
		if strings.HasSuffix(path, "/texts-"+tag.String()+".js") {
			return path
		}
	}

	return ""
}

func TestEveryPageHasItsTextsInEveryLanguage(t *testing.T) {
	made, err := newSite(example, "", translated(t))
	if err != nil {
		t.Fatal(err)
	}

	if len(made.editions) < 4 {
		t.Errorf("there are %d languages", len(made.editions))
	}
	for _, e := range made.editions {
		all := append(slices.Collect(maps.Values(e.pages)), e.notFound, e.wrongMethod)
		for _, page := range all {
			if _, err := page(); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestAPageWithoutATextIsRefused(t *testing.T) {
	all := textsOf(t, files, language.English)
	delete(all["sign_in"], "title")
	e := newEdition(view{Language: "en", Text: all})
	for range 2 { // the second is as the first
		if _, err := e.pages["sign-in"](); err == nil || !strings.Contains(err.Error(), "sign-in") {
			t.Errorf("got %v, want an error that names the page", err)
		}
	}
}

func TestAFolderThatIsNoLanguageIsRefused(t *testing.T) {
	for _, name := range []string{"deutsch", "DE", "de_AT"} {
		given := fstest.MapFS{"text/" + name + "/pages.json": {Data: []byte("{}")}}
		_, err := newSite(example, "", given)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
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
	text := textsOf(t, files, language.English)
	known := text.messages(append([]string{"passphrase"}, consoleSays...)...)
	// The functions that return a text by its name; those that count add an ending.
	said := regexp.MustCompile(`\b(textOf|counted)\(\s*'([a-z0-9_.]+)'`)
	found := 0
	for _, script := range scripts(t) {
		content, err := fs.ReadFile(source, "static/"+script)
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
	for _, language := range newTestHandler(t, example).languages {
		text := textsOf(t, files, language)
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
