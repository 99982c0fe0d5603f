package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"golang.org/x/text/language"

	"latchkey/shared/api"
)

// languages are those that there are texts in: text/<language>.json, and the words of
// passphrases in text/words.<language>.txt. The first is for who reads none of them.
var languages = []language.Tag{language.English, language.German}

// reader chooses the language for who asks.
var reader = language.NewMatcher(languages)

// texts are the texts of the pages by section and name.
type texts map[string]map[string]string

// readTexts reads the texts of a language, and puts the company in its place. The words of
// passphrases become a section of their own.
func readTexts(of language.Tag, company string) (texts, error) {
	raw, err := files.ReadFile("text/" + of.String() + ".json")
	if err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}

	var all texts
	if err := json.Unmarshal(raw, &all); err != nil {
		return nil, fmt.Errorf("read texts in %s: %w", of, err)
	}

	for _, section := range all {
		for name, text := range section {
			section[name] = strings.ReplaceAll(text, "{company}", company)
		}
	}

	words, err := files.ReadFile("text/words." + of.String() + ".txt")
	if err != nil {
		return nil, fmt.Errorf("read words: %w", err)
	}

	all["passphrase"] = map[string]string{"words": strings.TrimSpace(string(words))}
	return all, nil
}

// messages returns the texts of "messages" by their name, and those of the given sections by
// section.name.
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

// script returns the messages as a script that leaves them where texts.js finds them.
func (t texts) script(sections []string) []byte {
	encoded, err := json.Marshal(t.messages(sections...))
	if err != nil {
		panic(fmt.Errorf("texts can't be JSON: %w", err)) // they were read from JSON
	}

	return fmt.Appendf(nil, "globalThis.texts = %s;\n", encoded)
}

// edition returns the pages in the language that the browser asks for. What the browser sends
// that is no language is passed over.
func (s site) edition(event api.Event) edition {
	_, index := language.MatchStrings(reader, event.Headers["accept-language"])
	return s.editions[index]
}
