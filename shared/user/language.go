package user

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// LanguageNamed returns the language that a text names, in any case: by its English name
// ("German", "Brazilian Portuguese") or BCP 47 tag ("de", "pt-BR"). name is what a
// profile stores: the English name if it is that of one language only, else the tag
// ("de-LI").
func LanguageNamed(text string) (name string, tag language.Tag, ok bool) {
	if l, ok := languages()[strings.ToLower(text)]; ok {
		return l.name, l.tag, true
	}

	tag, err := language.Parse(text)
	if base, _, _ := tag.Raw(); err != nil || base == noLanguage {
		return "", language.Und, false
	}
	if l, ok := languages()[strings.ToLower(display.English.Tags().Name(tag))]; ok {
		return l.name, l.tag, true
	}
	return tag.String(), tag, true
}

// noLanguage is the base language of a tag that names none, such as "und-CH".
var noLanguage, _, _ = language.Und.Raw()

type namedLanguage struct {
	name string
	tag  language.Tag
}

// namedLanguages are languages by their English name in lower case.
type namedLanguages map[string]namedLanguage

// add adds a language, unless its name is another's, or another language's tag.
func (n namedLanguages) add(name string, tag language.Tag) {
	key := strings.ToLower(name)
	if _, known := n[key]; known || name == "" {
		return
	}

	// "Ga" is a language, and the tag of another: a tag's meaning goes first.
	other, err := language.Parse(name)
	if err == nil && display.English.Tags().Name(other) != name {
		return
	}
	n[key] = namedLanguage{name, tag}
}

// regional are languages with an English name that CLDR's short list lacks.
var regional = []language.Tag{
	language.AmericanEnglish,
	language.BritishEnglish,
	language.CanadianFrench,
	language.EuropeanSpanish,
	language.LatinAmericanSpanish,
	language.BrazilianPortuguese,
	language.EuropeanPortuguese,
	language.SimplifiedChinese,
	language.TraditionalChinese,
	language.Make("nl-BE"),
}

// languages are those with an English name in Unicode's CLDR. To make them takes time.
var languages = sync.OnceValue(func() namedLanguages {
	named := namedLanguages{}

	// CLDR's short list goes first: "Chinese" is zh there, and cmn only in the long one.
	for _, tag := range append(display.Supported.Tags(), regional...) {
		named.add(display.English.Tags().Name(tag), tag)
	}
	for _, base := range language.Supported.BaseLanguages() {
		named.add(display.English.Languages().Name(base), language.Make(base.String()))
	}

	named.add("Norwegian", language.Norwegian) // CLDR's data names "no" as Bokmål
	return named
})
