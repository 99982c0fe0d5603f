package message

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/text/language"
)

func TestALanguageIsComplete(t *testing.T) {
	for i, tag := range texts().tags {
		w := texts().words[i]
		for value, i := reflect.ValueOf(w), 0; i < value.NumField(); i++ {
			field := value.Field(i)
			if field.Kind() == reflect.String {
				if field.Len() == 0 {
					t.Errorf("%s: words.json lacks %s", tag, value.Type().Field(i).Name)
				}

				continue
			}

			for j := range field.Len() {
				if field.Index(j).Len() == 0 {
					t.Errorf("%s: words.json lacks %s %d", tag, value.Type().Field(i).Name, j)
				}
			}
		}

		for text, needs := range map[string][]string{
			w.Time: {"{day}", "{month}", "{year}", "{time}", "{zone}"},
			w.Zone: {"{zone}"},
			w.Help: {"{contact}"},
		} {
			for _, need := range needs {
				if !strings.Contains(text, need) {
					t.Errorf("%s: %q lacks %s", tag, text, need)
				}
			}
		}

		want := map[string]bool{"words.json": true}
		for kind, r := range builtIns {
			want[string(kind)+"/subject.txt"], want[string(kind)+"/body.md"] = true, true
			if !r.emailOnly {
				want[string(kind)+"/sms.txt"] = true
			}
		}

		folder, err := fs.Sub(embedded, "texts/"+tag.String())
		if err != nil {
			t.Fatal(err)
		}

		err = fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
			if err == nil && !entry.IsDir() && !want[path] {
				t.Errorf("%s: %s is no message's", tag, path)
			}

			delete(want, path)

			return err
		})
		if err != nil {
			t.Fatal(err)
		}

		for path := range want {
			t.Errorf("%s: %s is missing", tag, path)
		}
	}
}

func TestTheLanguageOfAMessageIsTheUsersElseTheDeploymentsElseEnglish(t *testing.T) {
	for _, test := range []struct{ name, users, deployments, want string }{
		{"the user's", "de", "en", "de"},
		{"as it is spoken in a country", "de-AT", "en", "de"},
		{"as it is spoken in another", "de-CH", "en", "de"},
		{"a near relative of it", "gsw", "en", "de"},
		{"English of a country", "en-GB", "de", "en"},
		{"the deployment's, if there are no texts in the user's", "fr", "de", "de"},
		{"the deployment's of a country", "ja", "de-CH", "de"},
		{"English, if there are none in either", "fr", "ja", "en"},
		{"the deployment's, if the user has none", "und", "de", "de"},
		{"English, if nobody has one", "und", "und", "en"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := settings
			s.Language = language.MustParse(test.deployments)
			values := ada(t)
			values.Language = language.MustParse(test.users)

			email := s.BuiltIn(Invitation, values.Language).Email(values)
			if want := `<html lang="` + test.want + `"`; !strings.Contains(email.HTML, want) {
				t.Errorf("it lacks %s:\n%s", want, email.HTML)
			}

			weekday := map[string]string{"en": "Wednesday", "de": "Mittwoch"}[test.want]
			if !strings.Contains(email.Text, weekday) {
				t.Errorf("it lacks %s:\n%s", weekday, email.Text)
			}
		})
	}
}

func TestTheLanguagesAreListed(t *testing.T) {
	if got, want := Languages(), []Language{
		{"en", "English"},
		{"de", "German"},
	}; !slices.Equal(got, want) {
		t.Errorf("Languages = %v, want %v", got, want)
	}
}

// withLanguage is the texts with a further language, made from the English ones by a
// change.
func withLanguage(t *testing.T, tag string, change func(path, text string) string) fs.FS {
	files := fstest.MapFS{}

	err := fs.WalkDir(embedded, "texts", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}

		text, err := fs.ReadFile(embedded, path)

		files[path] = &fstest.MapFile{Data: text}
		if rest, ok := strings.CutPrefix(path, "texts/en/"); ok {
			files["texts/"+tag+"/"+rest] = &fstest.MapFile{Data: []byte(change(rest, string(text)))}
		}

		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	return files
}

func TestAFurtherLanguageNeedsNothingButAFolder(t *testing.T) {
	files := withLanguage(t, "nl", func(path, text string) string {
		return strings.NewReplacer(
			"Hello",
			"Beste",
			"Wednesday",
			"woensdag",
			"November",
			"november",
			`"day", "days"`,
			`"dag", "dagen"`,
			" at {time}",
			" om {time} uur",
			"Questions? Contact",
			"Vragen? Neem contact op met",
		).Replace(text)
	})

	l, err := open(files)
	if err != nil {
		t.Fatal(err)
	}

	values := ada(t)
	values.Language = language.MustParse("nl-BE")

	i := l.match(values.Language, settings.Language)
	for kind := range builtIns {
		template, err := settings.builtIn(l, kind, i)
		if err != nil {
			t.Fatal(err)
		}

		template.SMS(values)

		email := template.Email(values)
		if want := `<html lang="nl"`; !strings.Contains(email.HTML, want) ||
			!strings.HasPrefix(email.Text, "Beste") {
			t.Errorf("%s isn't Dutch:\n%s", kind, email.HTML)
		}

		for _, want := range []string{
			"3 dagen, until woensdag, 25 november 2026 om 14:05 uur",
			"Vragen? Neem contact op met help@example.com",
		} {
			if kind == Invitation &&
				(!strings.Contains(email.Text, want) || !strings.Contains(email.HTML, want)) {
				t.Errorf("it lacks %s:\n%s", want, email.Text)
			}
		}
	}
}

func TestAFolderThatIsNoLanguageIsRefused(t *testing.T) {
	for _, name := range []string{"deutsch", "DE", "de_AT", "xx-invalid-tag-of-words"} {
		_, err := open(withLanguage(t, name, func(_, text string) string { return text }))
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}

	broken := withLanguage(t, "nl", func(path, text string) string { return "{" })
	if _, err := open(broken); err == nil || !strings.Contains(err.Error(), "texts/nl/words.json") {
		t.Errorf("broken words: %v", err)
	}
}

func TestAMessageNamesWhatAPageOffersAsThePageDoes(t *testing.T) {
	for _, tag := range texts().tags {
		file, err := os.ReadFile(
			filepath.Join("..", "..", "functions", "web", "text", tag.String()+".json"),
		)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the pages don't speak the language, and are English
		}

		if err != nil {
			t.Fatal(err)
		}

		var page struct {
			Common struct {
				Code string `json:"have_code"`
			} `json:"common"`
			SignIn struct {
				Forgot string `json:"forgot"`
			} `json:"sign_in"`
		}
		if err := json.Unmarshal(file, &page); err != nil {
			t.Fatal(err)
		}

		for kind, label := range map[Kind]string{
			Reset:       page.Common.Code,
			PasswordSet: page.SignIn.Forgot,
		} {
			if body := BuiltIn(kind, tag).Body; label == "" || !strings.Contains(body, label) {
				t.Errorf("%s in %s doesn't name %q:\n%s", kind, tag, label, body)
			}
		}
	}
}
