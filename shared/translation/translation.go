// Package translation finds the languages that texts are in, and which of several texts a
// number takes in a language.
package translation

import (
	"fmt"
	"io/fs"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// Languages returns the languages of the folders in a folder. It is an error if one has
// no BCP 47 name. English is the first, because that is what a matcher falls back to.
func Languages(files fs.FS, folder string) ([]language.Tag, error) {
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		return nil, fmt.Errorf("list languages: %w", err)
	}

	tags := []language.Tag{language.English}
	for _, entry := range entries {
		tag, err := language.Parse(entry.Name())
		if err != nil || tag.String() != entry.Name() {
			return nil, fmt.Errorf(
				"list languages: %s is no BCP 47 tag as it is commonly written",
				entry.Name(),
			)
		}

		if tag != language.English {
			tags = append(tags, tag)
		}
	}

	return tags, nil
}

var categories = map[plural.Form]string{
	plural.Zero:  "zero",
	plural.One:   "one",
	plural.Two:   "two",
	plural.Few:   "few",
	plural.Many:  "many",
	plural.Other: "other",
}

// Category returns the plural category of a whole number in a language: "zero", "one",
// "two", "few", "many" or "other" (Unicode CLDR, Language Plural Rules).
func Category(tag language.Tag, n int) string {
	return categories[plural.Cardinal.MatchPlural(tag, n, 0, 0, 0, 0)]
}
