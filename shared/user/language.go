package user

import (
	_ "embed"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// languagesFile has a line for each language with an English name in Unicode's CLDR: the
// name and its tags. A test makes it, since that takes longer than an init may.
//
//go:embed languages.txt
var languagesFile string

// LanguageNamed returns the language that a text names, in any case: by its English name
// ("German", "Brazilian Portuguese") or BCP 47 tag ("de", "pt-BR"). name is what a
// profile stores: the English name if it is that of one language only, else the tag
// ("de-LI").
func LanguageNamed(text string) (name string, tag language.Tag, ok bool) {
	if l, ok := languages()[strings.ToLower(text)]; ok {
		return l.name, language.Make(l.tag), true
	}

	tag, err := language.Parse(text)
	if base, _, _ := tag.Raw(); err != nil || base == noLanguage {
		return "", language.Und, false
	}
	if l, ok := languages()[strings.ToLower(tag.String())]; ok {
		return l.name, language.Make(l.tag), true
	}
	return tag.String(), tag, true
}

// noLanguage is the base language of a tag that names none, such as "und-CH".
var noLanguage, _, _ = language.Und.Raw()

type namedLanguage struct{ name, tag string }

// languages are those of the file, by their names and tags in lower case.
var languages = sync.OnceValue(func() map[string]namedLanguage {
	named := map[string]namedLanguage{}
	for line := range strings.Lines(languagesFile) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for _, key := range fields {
			named[strings.ToLower(key)] = namedLanguage{fields[0], fields[1]}
		}
	}
	return named
})
