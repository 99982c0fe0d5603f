package main

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
)

func TestLeanLeavesOutWhatABrowserDoesNotNeed(t *testing.T) {
	const source = `// A comment.
/** One
 * of several lines. */
export function f() {

  /* c */
  return 'a // b'; // stays
}
`

	const want = "export function f() {\nreturn 'a // b'; // stays\n}\n"
	if got := string(lean("static/f.js", []byte(source))); got != want {
		t.Errorf("got %q, want %q", got, want)
	}

	if got := string(lean("static/f.txt", []byte(source))); got != source {
		t.Errorf("another file has become %q", got)
	}
}

// TestNoTemplateLiteralHoldsWhatLeanWouldTakeForAComment looks at every line of a script
// that begins as a comment does: as many backquotes before it are even.
func TestNoTemplateLiteralHoldsWhatLeanWouldTakeForAComment(t *testing.T) {
	comment := regexp.MustCompile(`^\s*(//|/\*|\*)`)
	err := fs.WalkDir(files, "static", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".js") ||
			strings.HasPrefix(name, "static/vendor/") {
			return err
		}

		content, err := files.ReadFile(name)
		if err != nil {
			return err
		}

		depth := 0
		for line := range strings.Lines(string(content)) {
			if !comment.MatchString(line) {
				depth += strings.Count(line, "`")
			} else if depth%2 != 0 {
				t.Errorf("%s: %s would be left out of a template literal", name, line)
			}
		}

		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
