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
	"time"

	"golang.org/x/text/language"

	"latchkey/shared/translation"
)

func TestALanguageIsComplete(t *testing.T) {
	for i, tag := range texts().tags {
		checkWords(t, texts().words[i])
		checkFiles(t, embedded, tag)
	}
}

// checkWords fails unless a language has all its words, and its plurals in all the forms
// that whole numbers take and in no other.
func checkWords(t *testing.T, w words) {
	t.Helper()

	takes := map[string]bool{}
	for n := range 2_000 {
		takes[translation.Category(w.tag, n)] = true
		takes[translation.Category(w.tag, n*1_000_000)] = true
	}

	value := reflect.ValueOf(w)
	for i := range value.NumField() {
		name := value.Type().Field(i).Name
		if !value.Type().Field(i).IsExported() {
			continue
		}

		switch field := value.Field(i).Interface().(type) {
		case string:
			if field == "" {
				t.Errorf("%s: words.json lacks %s", w.tag, name)
			}
		case [7]string, [12]string:
			for j := range value.Field(i).Len() {
				if value.Field(i).Index(j).Len() == 0 {
					t.Errorf("%s: words.json lacks %s %d", w.tag, name, j)
				}
			}
		case forms:
			for form := range takes {
				if field[form] == "" {
					t.Errorf("%s: words.json lacks %s for %q", w.tag, name, form)
				}

				saysItself := form == "zero" || form == "one" || form == "two"
				if !saysItself && !strings.Contains(field[form], "{count}") {
					t.Errorf("%s: %s for %q lacks {count}", w.tag, name, form)
				}
			}

			for form := range field {
				if !takes[form] {
					t.Errorf("%s: words.json has %s for %q, which is never used", w.tag, name, form)
				}
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
				t.Errorf("%s: %q lacks %s", w.tag, text, need)
			}
		}
	}
}

// checkFiles fails unless a language's folder has every message's files and no other.
func checkFiles(t *testing.T, files fs.FS, tag language.Tag) {
	t.Helper()

	want := map[string]bool{"words.json": true}
	for kind, r := range builtIns {
		want[string(kind)+"/subject.txt"] = true
		want[string(kind)+"/body.md"] = true
		if !r.emailOnly {
			want[string(kind)+"/sms.txt"] = true
		}
	}

	folder, err := fs.Sub(files, "texts/"+tag.String())
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
	want := []language.Tag{language.English, language.German}
	if got := Languages(); !slices.Equal(got, want) {
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
			"Hello", "Beste",
			"Wednesday", "woensdag",
			"November", "november",
			`"{count} days"`, `"{count} dagen"`,
			" at {time}", " om {time} uur",
			"Questions? Contact", "Vragen? Neem contact op met",
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

// TestAFurtherLanguageHasThePluralsOfItsOwn makes languages of which testdata/languages
// has the words and an invitation. What isn't there is English.
func TestAFurtherLanguageHasThePluralsOfItsOwn(t *testing.T) {
	for _, test := range []struct {
		name, tag string
		durations map[time.Duration]string
		says      []string // in an invitation that expires in three days
	}{
		{
			name: "Polish, with three forms",
			tag:  "pl",
			durations: map[time.Duration]string{
				time.Second:      "1 sekunda",
				2 * time.Second:  "2 sekundy",
				12 * time.Second: "12 sekund",
				22 * time.Minute: "22 minuty",
				25 * time.Minute: "25 minut",
				27 * time.Hour:   "27 godzin",
				49 * time.Hour:   "2 dni 1 godzina",
				0:                "0 sekund",
			},
			says: []string{"przez 3 dni, do środy, 25 listopada 2026, godz. 14:05", "Pytania?"},
		},
		{
			name: "Arabic, with six forms, of which some need no number",
			tag:  "ar",
			durations: map[time.Duration]string{
				0:                    "0 ثانية",
				time.Second:          "ثانية واحدة",
				2 * time.Second:      "ثانيتان",
				3 * time.Minute:      "3 دقائق",
				11 * time.Minute:     "11 دقيقة",
				48 * time.Hour:       "يومان",
				100 * 24 * time.Hour: "100 يوم",
			},
			says: []string{"3 أيام", "الأربعاء 25 نوفمبر 2026", "هل لديك أسئلة؟"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			own := os.DirFS(filepath.Join("testdata", "languages", test.tag))
			files := withLanguage(t, test.tag, func(path, text string) string {
				if translated, err := fs.ReadFile(own, path); err == nil {
					return string(translated)
				}
				return text
			})

			l, err := open(files)
			if err != nil {
				t.Fatal(err)
			}

			values := ada(t)
			values.Language = language.MustParse(test.tag)
			i := l.match(values.Language)
			checkWords(t, l.words[i])
			checkFiles(t, files, l.tags[i])
			for d, want := range test.durations {
				if got := l.words[i].duration(d); got != want {
					t.Errorf("duration(%s) = %q, want %q", d, got, want)
				}
			}

			template, err := settings.builtIn(l, Invitation, i)
			if err != nil {
				t.Fatal(err)
			}

			email := template.Email(values)
			for _, want := range test.says {
				if !strings.Contains(email.Text, want) || !strings.Contains(email.HTML, want) {
					t.Errorf("it lacks %q:\n%s", want, email.Text)
				}
			}
		})
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
			filepath.Join("..", "..", "functions", "web", "text", tag.String(), "pages.json"),
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

		for kind, label := range map[BuiltInKind]string{
			Reset:       page.Common.Code,
			PasswordSet: page.SignIn.Forgot,
		} {
			if body := BuiltIn(kind, tag).Body; label == "" || !strings.Contains(body, label) {
				t.Errorf("%s in %s doesn't name %q:\n%s", kind, tag, label, body)
			}
		}
	}
}
