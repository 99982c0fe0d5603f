package message

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"latchkey/shared/translation"
)

//go:embed texts
var embedded embed.FS

var texts = sync.OnceValue(func() *library {
	l, err := open(embedded)
	if err != nil {
		panic(err) // they are compiled in, and a test reads them all
	}

	return l
})

// library holds the texts of some languages. tags, words and the matcher number the
// languages alike. English is the first, because that is what a matcher falls back to.
type library struct {
	files   fs.FS
	tags    []language.Tag
	words   []words
	matcher language.Matcher
}

// open reads the words of each language.
func open(files fs.FS) (*library, error) {
	tags, err := translation.Languages(files, "texts")
	if err != nil {
		return nil, err
	}

	l := &library{files: files, tags: tags, matcher: language.NewMatcher(tags)}
	for _, tag := range tags {
		w, err := readWords(files, "texts/"+tag.String()+"/words.json")
		if err != nil {
			return nil, err
		}

		w.tag = tag
		l.words = append(l.words, w)
	}

	return l, nil
}

func readWords(files fs.FS, name string) (w words, err error) {
	file, err := fs.ReadFile(files, name)
	if err != nil {
		return words{}, fmt.Errorf("read %s: %w", name, err)
	}

	err = json.Unmarshal(file, &w)
	if err != nil {
		return words{}, fmt.Errorf("read %s: %w", name, err)
	}
	return w, nil
}

// match returns the number of the first wanted language that suits, else English's.
func (l *library) match(wanted ...language.Tag) int {
	for _, tag := range wanted {
		if tag.IsRoot() {
			continue
		}

		if _, i, sure := l.matcher.Match(tag); sure != language.No {
			return i
		}
	}

	return 0
}

func (l *library) text(kind BuiltInKind, i int) Written {
	read := func(name string) string {
		text, err := fs.ReadFile(l.files, "texts/"+l.tags[i].String()+"/"+string(kind)+"/"+name)
		if errors.Is(err, fs.ErrNotExist) && name == "sms.txt" && builtIns[kind].emailOnly {
			return ""
		}

		if err != nil {
			// It is compiled in, and a test reads them all.
			panic(fmt.Errorf("read built-in message: %w", err))
		}
		return strings.TrimSpace(string(text))
	}

	return Written{Subject: read("subject.txt"), Body: read("body.md"), SMS: read("sms.txt")}
}

// Languages returns the languages that have built-in texts, English first.
func Languages() []language.Tag { return texts().tags }
