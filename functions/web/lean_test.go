package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os/exec"
	"path"
	"strings"
	"testing"
)

func TestLeanLeavesOutWhatABrowserDoesNotNeed(t *testing.T) {
	const source = `// A comment.
/** One
 * of several lines. */
export function f() {

  /* c */
  /* d */ call(); /* stays */
  /* e
   */ /* f */ call();
  /* g */ // h
  /*/ i */
  return 'a // b'; // stays
}
`

	const want = "export function f() {\ncall(); /* stays */\ncall();\n" +
		"return 'a // b'; // stays\n}\n"
	if got := string(lean("static/f.js", []byte(source))); got != want {
		t.Errorf("got %q, want %q", got, want)
	}

	if got := string(lean("static/f.txt", []byte(source))); got != source {
		t.Errorf("another file has become %q", got)
	}
}

// TestWhatIsServedDoesWhatTheSourceSays has esbuild read both, and write them without
// comments and without blanks that mean nothing.
func TestWhatIsServedDoesWhatTheSourceSays(t *testing.T) {
	var all []map[string]string
	err := fs.WalkDir(files, "static", func(name string, entry fs.DirEntry, err error) error {
		extension := path.Ext(name)
		others := strings.HasPrefix(name, "static/vendor/")
		if err != nil || others || extension != ".js" && extension != ".css" {
			return err
		}

		content, err := files.ReadFile(name)
		all = append(all, map[string]string{
			"name":   name,
			"source": string(content),
			"served": string(lean(name, content)),
		})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}

	input, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	same := exec.CommandContext(t.Context(), "node", "testdata/same.mjs", "../../infra/tools")
	same.Stdin = bytes.NewReader(input)
	if output, err := same.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}
