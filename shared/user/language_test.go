package user

import "testing"

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
