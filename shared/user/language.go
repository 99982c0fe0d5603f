package user

import (
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

// LanguageNamed gives the language that a text names: by its English name ("German", "Brazilian Portuguese") or by a BCP 47
// tag ("de", "pt-BR"), in any case. The name is the form that a profile keeps: the English name where that names one
// language only, else the tag ("de-LI"); it names the same language again.
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

var noLanguage, _, _ = language.Und.Raw()

type namedLanguage struct {
	name string
	tag  language.Tag
}

type namedLanguages map[string]namedLanguage

func (n namedLanguages) add(name string, tag language.Tag) {
	key := strings.ToLower(name)
	if _, known := n[key]; known || name == "" {
		return
	}

	other, err := language.Parse(name)
	if err == nil && display.English.Tags().Name(other) != name {
		return
	}
	n[key] = namedLanguage{name, tag}
}

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

var languages = sync.OnceValue(func() namedLanguages {
	named := namedLanguages{}

	for _, tag := range append(display.Supported.Tags(), regional...) {
		named.add(display.English.Tags().Name(tag), tag)
	}
	for _, base := range language.Supported.BaseLanguages() {
		named.add(display.English.Languages().Name(base), language.Make(base.String()))
	}

	named.add("Norwegian", language.Norwegian) // CLDR's data names "no" as Bokmål
	return named
})
