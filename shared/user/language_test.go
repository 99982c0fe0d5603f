package user

import (
	"strings"
	"testing"
)

func TestLanguageNamed(t *testing.T) {
	for _, c := range []struct{ it, text, name, tag string }{
		{"an English name stays", "English", "English", "en"},
		{"case doesn't matter", "gERMAN", "German", "de"},
		{"a tag becomes its English name", "de", "German", "de"},
		{"a tag's case doesn't matter", "PT-br", "Brazilian Portuguese", "pt-BR"},
		{"an older program's underscore is taken", "de_AT", "Austrian German", "de-AT"},
		{"a replaced tag is its replacement", "iw", "Hebrew", "he"},
		{"a region without a name of its own stays a tag", "de-li", "de-LI", "de-LI"},
		{"Chinese is what most programs call zh", "Chinese", "Chinese", "zh"},
		{"a name with more than one word", "Simplified Chinese", "Simplified Chinese", "zh-Hans"},
		{"a name that Unicode's data lacks", "Norwegian", "Norwegian", "no"},
		{"a text that is tag and name is the tag", "ga", "Irish", "ga"},
		{"as the product before names it", "English UK", "British English", "en-GB"},
		{"and misspells it", "Brazillian Portuguese", "Brazilian Portuguese", "pt-BR"},
		{"and again", "Madarin", "Chinese", "zh"},
		{"as Google names it", "Portuguese (Brazil)", "Brazilian Portuguese", "pt-BR"},
		{"with its script", "Chinese (Simplified)", "Simplified Chinese", "zh-Hans"},
		{"with the other", "chinese - traditional", "Traditional Chinese", "zh-Hant"},
		{"with a country's code", "English (US)", "American English", "en-US"},
		{"as Windows names it", "English (United States)", "American English", "en-US"},
		{"with script and region", "Chinese (Traditional, Taiwan)", "zh-Hant-TW", "zh-Hant-TW"},
		{"with a region of no own name", "German (Liechtenstein)", "de-LI", "de-LI"},
		{"with a continent", "Spanish (Latin America)", "Latin American Spanish", "es-419"},
		{"with a script alone", "Serbian (Cyrillic)", "sr-Cyrl", "sr-Cyrl"},
		{"with a comma", "Norwegian, Bokmål", "Norwegian Bokmål", "no"},
		{"a tag with an underscore", "pt_BR", "Brazilian Portuguese", "pt-BR"},
		{"by its own name", "Deutsch", "German", "de"},
		{"with an accent", "FRANÇAIS", "French", "fr"},
		{"in its own letters", "日本語", "Japanese", "ja"},
		{"the language with that name stays a tag", "gaa", "gaa", "gaa"},
	} {
		t.Run(c.it, func(t *testing.T) {
			name, tag, ok := LanguageNamed(c.text)
			if !ok || name != c.name || tag.String() != c.tag {
				t.Errorf(
					"LanguageNamed(%q) = %q, %v, %v; want %q, %s",
					c.text,
					name,
					tag,
					ok,
					c.name,
					c.tag,
				)
			}
		})
	}

	for _, text := range []string{
		"",
		"Klingonish",
		"English (Mars)",
		"English " + strings.Repeat("US ", 40),
		"und",
		"root",
		"xx",
		"Latn",
		"x-private",
		"English, German",
	} {
		t.Run("no language: "+text, func(t *testing.T) {
			if name, _, ok := LanguageNamed(text); ok {
				t.Errorf("LanguageNamed(%q) = %q", text, name)
			}
		})
	}
}

func TestALanguageKeepsItsName(t *testing.T) {
	for _, l := range languages() {
		if again, _, ok := LanguageNamed(l.name); !ok || again != l.name {
			t.Errorf("%q is %q when read again", l.name, again)
		}

		name, _, _ := LanguageNamed(l.tag)
		if again, _, _ := LanguageNamed(name); again != name {
			t.Errorf("tag %v: %q is %q when read again", l.tag, name, again)
		}
	}
}
