package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree writes one file to a folder, and returns the folder's parent.
func tree(t *testing.T, source string) string {
	t.Helper()
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "shared"), 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "shared", "file.go")
	if err := os.WriteFile(path, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	return root
}

// good is a file that meets every bar: 22 lines of a body with two blank ones, and an
// eighth of comments.
var good = "// Package shared is read aloud.\npackage shared\n\n" +
	"// long has paragraphs.\nfunc long() {\n" +
	strings.Repeat("\tprintln()\n", 10) + "\n\t// why\n" +
	strings.Repeat("\tprintln()\n", 9) + "\n\tprintln()\n}\n"

// Lines of 95 columns that are no comments too wide.
var (
	address   = "\n// (https://" + strings.Repeat("x", 82) + ")\n"
	directive = "\n//go:generate " + strings.Repeat("x", 81) + "\n"
	code      = "\nvar long = `// " + strings.Repeat("x", 79) + "`\n"
)

func TestABrokenRuleFails(t *testing.T) {
	tests := []struct{ name, source, want string }{
		{"a good file passes", good, ""},
		{
			name:   "a long function without air",
			source: strings.ReplaceAll(good, "\n\n\t", "\n\t"),
			want:   "blank line",
		},
		{
			name:   "a line over 120 columns",
			source: good + "\n// " + strings.Repeat("x", 118) + "\n",
			want:   "120 columns",
		},
		{
			name:   "a comment over 90 columns",
			source: good + "\n// " + strings.Repeat("x", 85) + " yy\n",
			want:   "90 columns",
		},
		{
			name:   "but for an address, a directive, and code",
			source: good + address + directive + strings.Repeat(code, 10),
		},
		{"a tab is four columns", good + "\n//" + strings.Repeat("\t", 30) + "\n", "120 columns"},
		{"three values at once", good + "\nfunc f() {\n\ta, b, c := 1, 2, 3\n}\n", "three or more"},
		{"code without comments", "package shared\n\nfunc f() {\n\tprintln()\n}\n", "comments"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			err := run(&out, tree(t, test.source), "shared")

			if failed := err != nil; failed != (test.want != "") {
				t.Errorf("got %v\n%s", err, out.String())
			}
			if !strings.Contains(out.String(), test.want) {
				t.Errorf("nothing is said of %q", test.want)
			}
		})
	}
}
