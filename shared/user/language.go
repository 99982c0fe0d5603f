package user

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/language"
)

// languagesFile has a line for each language with an English name in Unicode's CLDR: the
// name, its tags, and other names. A test makes it, since that takes longer than an init may.
//
//go:embed languages.txt
var languagesFile string

// regionsFile has a line for each region and script that may follow a language: its subtag
// and its English names. The same test makes it.
//
//go:embed regions.txt
var regionsFile string

// LanguageNamed returns the language that a text names, in any case: by its English name
// ("German", "Brazilian Portuguese"), also with a region or script behind ("English UK",
// "Chinese (Simplified)"), by its own name ("Deutsch"), or by its BCP 47 tag ("de",
// "pt-BR"). name is what a profile stores: the English name if it is that of one language
// only, else the tag ("de-LI").
func LanguageNamed(text string) (name string, tag language.Tag, ok bool) {
	key := languageKey(text)
	if l, ok := languages()[key]; ok {
		return l.name, language.Make(l.tag), true
	}

	tag, err := language.Parse(text)
	if err != nil {
		tag, err = language.Parse(composed(strings.Fields(key)))
	}
	if base, _, _ := tag.Raw(); err != nil || base == noLanguage {
		return "", language.Und, false
	}
	if l, ok := languages()[languageKey(tag.String())]; ok {
		return l.name, language.Make(l.tag), true
	}
	return tag.String(), tag, true
}

// composed returns the tag of a language's name that a region, a script or both follow, or
// "".
func composed(words []string) string {
	for i := len(words) - 1; i > 0; i-- {
		l, ok := languages()[strings.Join(words[:i], " ")]
		if !ok {
			continue
		}
		if subtags := regionTags(words[i:]); subtags != "" {
			return l.tag + subtags
		}
	}
	return ""
}

// regionTags returns the subtags of the one or two regions and scripts that words name,
// each after a hyphen, or "" for anything else.
func regionTags(words []string) string {
	if tag, ok := regions()[strings.Join(words, " ")]; ok {
		return "-" + tag
	}
	for i := 1; i < len(words); i++ {
		first, ok := regions()[strings.Join(words[:i], " ")]
		second, both := regions()[strings.Join(words[i:], " ")]
		if ok && both {
			return "-" + first + "-" + second
		}
	}
	return ""
}

// languageKey returns the words of a name or tag in lower case, with a space between: the
// brackets, commas and hyphens that programs put there are all the same.
func languageKey(text string) string {
	between := func(c rune) bool { return !unicode.In(c, unicode.L, unicode.M, unicode.N) }
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), between), " ")
}

// noLanguage is the base language of a tag that names none, such as "und-CH".
var noLanguage, _, _ = language.Und.Raw()

type namedLanguage struct{ name, tag string }

// languages are those of the file, by the keys of their names and tags.
var languages = sync.OnceValue(func() map[string]namedLanguage {
	named := map[string]namedLanguage{}
	for line := range strings.Lines(languagesFile) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for _, key := range fields {
			named[languageKey(key)] = namedLanguage{fields[0], fields[1]}
		}
	}
	return named
})

// regions are the subtags of the file, by the keys of their names and by themselves.
var regions = sync.OnceValue(func() map[string]string {
	tags := map[string]string{}
	for line := range strings.Lines(regionsFile) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		for _, key := range fields {
			tags[languageKey(key)] = fields[0]
		}
	}
	return tags
})
