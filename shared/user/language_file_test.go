package user

import (
	"flag"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

var update = flag.Bool("update", false, "write the file of languages anew")

// ofCLDR is a language with its English name.
type ofCLDR struct {
	name string
	tag  language.Tag
}

// namedLanguages are languages by their English name in lower case.
type namedLanguages map[string]ofCLDR

// add adds a language, unless its name is another's, or another language's tag.
func (n namedLanguages) add(name string, tag language.Tag) {
	key := strings.ToLower(name)
	base, _, _ := tag.Raw()
	if _, known := n[key]; known || name == "" || base == noLanguage {
		return
	}

	// "Ga" is a language, and the tag of another: a tag's meaning goes first.
	other, err := language.Parse(name)
	if err == nil && display.English.Tags().Name(other) != name {
		return
	}
	n[key] = ofCLDR{name, tag}
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

// cldr returns the languages with an English name in Unicode's CLDR.
var cldr = sync.OnceValue(func() namedLanguages {
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

// variants follow a language in a tag.
var variants = []string{
	"", "-Arab", "-Cyrl", "-Hans", "-Hant", "-Latn",
	"-419", "-BE", "-BR", "-CA", "-CH", "-DE", "-ES", "-GB", "-PT", "-US",
}

// tags are those that may have one of the names.
func tags() []language.Tag {
	all := append(display.Supported.Tags(), regional...)
	for _, base := range language.Supported.BaseLanguages() {
		for _, variant := range variants {
			all = append(all, language.Make(base.String()+variant))
		}
	}
	return all
}

// misspelt are names that the product before writes so, by what they mean.
var misspelt = map[string]string{
	"brazilian portuguese": "Brazillian Portuguese",
	"chinese":              "Madarin",
}

// addOtherNames adds the names that languages have for themselves, and the misspelt ones,
// unless they name or tag another.
func addOtherNames(lines map[string][]string) {
	used := map[string]bool{}
	for _, line := range lines {
		for _, key := range line {
			used[languageKey(key)] = true
		}
	}

	for _, tag := range append(display.Supported.Tags(), regional...) {
		name := display.Self.Name(tag)
		key := strings.ToLower(display.English.Tags().Name(tag))
		_, err := language.Parse(name)
		if name == "" || err == nil || used[languageKey(name)] {
			continue // "Ga" is a language, and the tag of another
		}
		if line, named := lines[key]; named {
			used[languageKey(name)] = true
			lines[key] = append(line, name)
		}
	}
	for key, name := range misspelt {
		lines[key] = append(lines[key], name)
	}
	lines["chinese"] = append(lines["chinese"], "Mandarin")
}

// shortRegions are what programs call regions beside CLDR's names.
var shortRegions = map[string][]string{
	"GB": {"UK", "Great Britain"},
	"US": {"USA"},
	"AE": {"UAE"},
	"CZ": {"Czech Republic"},
	"TR": {"Türkiye"},
	"HK": {"Hong Kong", "Hong Kong SAR"},
	"MO": {"Macao", "Macau", "Macao SAR"},
}

// fileOfRegions returns what regions.txt has to be.
func fileOfRegions() string {
	lines := map[string]string{}
	for _, region := range language.Supported.Regions() {
		name := display.English.Regions().Name(region)
		tag := region.String()
		const latinAmerica = "419"
		if region.Canonicalize() != region || !region.IsCountry() && tag != latinAmerica {
			continue
		}
		if name == "" {
			continue
		}
		lines[tag] = strings.Join(append([]string{tag, name}, shortRegions[tag]...), "\t")
	}
	for _, script := range language.Supported.Scripts() {
		if name := display.English.Scripts().Name(script); name != "" {
			// "Simplified Han" is Chinese alone, and everybody calls it Simplified.
			lines[script.String()] = script.String() + "\t" + strings.TrimSuffix(name, " Han")
		}
	}

	var file strings.Builder
	for _, tag := range slices.Sorted(maps.Keys(lines)) {
		file.WriteString(lines[tag] + "\n")
	}
	return file.String()
}

// fileOfCLDR returns what languages.txt has to be.
func fileOfCLDR() string {
	lines := map[string][]string{}
	for key, l := range cldr() {
		lines[key] = []string{l.name, l.tag.String()}
	}
	for _, tag := range tags() {
		key := strings.ToLower(display.English.Tags().Name(tag))
		line, named := lines[key]
		if named && !slices.Contains(line[1:], tag.String()) {
			lines[key] = append(line, tag.String())
		}
	}
	addOtherNames(lines)

	var file strings.Builder
	for _, key := range slices.Sorted(maps.Keys(lines)) {
		file.WriteString(strings.Join(lines[key], "\t") + "\n")
	}
	return file.String()
}

func TestTheLanguagesAreThoseOfCLDR(t *testing.T) {
	for _, file := range []struct{ name, got, want string }{
		{"languages.txt", languagesFile, fileOfCLDR()},
		{"regions.txt", regionsFile, fileOfRegions()},
	} {
		if *update {
			if err := os.WriteFile(file.name, []byte(file.want), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if file.want != file.got {
			t.Errorf("%s differs: go test ./shared/user -update writes it anew", file.name)
		}
	}
}

// namedByCLDR is LanguageNamed, by CLDR itself.
func namedByCLDR(text string) (name string, tag language.Tag, ok bool) {
	if l, ok := cldr()[strings.ToLower(text)]; ok {
		return l.name, l.tag, true
	}
	tag, err := language.Parse(text)
	if base, _, _ := tag.Raw(); err != nil || base == noLanguage {
		return "", language.Und, false
	}
	if l, ok := cldr()[strings.ToLower(display.English.Tags().Name(tag))]; ok {
		return l.name, l.tag, true
	}
	return tag.String(), tag, true
}

func TestALanguageIsNamedAsByCLDR(t *testing.T) {
	texts := slices.Collect(maps.Keys(cldr()))
	for _, tag := range tags() {
		texts = append(texts, tag.String(), tag.String()+"-AT")
	}

	for _, text := range append(texts, "", "Klingonish", "und", "und-CH", "iw", "ga", "GA") {
		name, tag, ok := LanguageNamed(text)
		wantName, wantTag, wantOK := namedByCLDR(text)
		if name != wantName || tag != wantTag || ok != wantOK {
			t.Errorf("%q is %q (%s, %t), want %q (%s, %t)",
				text, name, tag, ok, wantName, wantTag, wantOK)
		}
	}
}
