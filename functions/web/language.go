package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/text/language"

	"latchkey/shared/api"
)

// texts are the texts of the pages in one language, by section and name. A text for a
// number of things stands there once for each plural category that whole numbers have in
// the language, by name_one, name_few … (Unicode CLDR, Language Plural Rules).
type texts map[string]map[string]string

// readTexts reads the texts of a language, and puts the company in its place. The words
// of passphrases become a section of their own.
func readTexts(files fs.FS, tag language.Tag, company string) (texts, error) {
	folder := "text/" + tag.String()
	raw, err := fs.ReadFile(files, folder+"/pages.json")
	if err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}

	var all texts
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, fmt.Errorf("read texts in %s: %w", tag, err)
	}

	for _, section := range all {
		for name, text := range section {
			section[name] = strings.ReplaceAll(text, "{company}", company)
		}
	}

	words, err := fs.ReadFile(files, folder+"/passphrase.txt")
	if err != nil {
		return nil, fmt.Errorf("read words: %w", err)
	}

	all["passphrase"] = map[string]string{"words": strings.TrimSpace(string(words))}
	return all, nil
}

// messages returns the texts of "messages" by their name, and those of the given
// sections by section.name.
func (t texts) messages(sections ...string) map[string]string {
	all := map[string]string{}
	for name, text := range t["messages"] {
		all[name] = text
	}

	for _, section := range sections {
		for name, text := range t[section] {
			all[section+"."+name] = text
		}
	}

	return all
}

// script returns the messages as a script that leaves them where begin.js finds them.
func (t texts) script(sections []string) []byte {
	encoded, err := json.Marshal(t.messages(sections...))
	if err != nil {
		panic(fmt.Errorf("texts can't be JSON: %w", err)) // they were read from JSON
	}
	return fmt.Appendf(nil, "globalThis.texts = %s;\n", encoded)
}

// rightToLeft are the scripts that are written so (ISO 15924).
var rightToLeft = []string{"Adlm", "Arab", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"}

// direction returns the direction of a language's writing, as HTML names it.
func direction(tag language.Tag) string {
	script, _ := tag.Script()
	if slices.Contains(rightToLeft, script.String()) {
		return "rtl"
	}
	return "ltr"
}

// edition returns the pages in the language that the browser asks for. What the browser
// sends that is no language is passed over.
func (s site) edition(event api.Event) edition {
	_, index := language.MatchStrings(s.matcher, event.Headers["accept-language"])
	return s.editions[index]
}
