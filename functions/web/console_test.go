package main

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestOnlyTheConsoleTalksToTheBucket(t *testing.T) {
	const bucket = "https://latchkey-uploads.s3.eu-central-1.amazonaws.com/"

	h, err := newHandler(settings{company: "Example"}, bucket, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}

	for _, p := range pages {
		policy := get(
			t,
			h,
			"GET",
			strings.NewReplacer("{", "", "}", "").Replace(p.paths[0]),
		).Headers["Content-Security-Policy"]

		want := "connect-src 'self'"
		if p.frame == console {
			want += " " + bucket
		}

		if !slices.Contains(strings.Split(policy, "; "), want) {
			t.Errorf("%s: the content security policy is %q, want %q in it", p.name, policy, want)
		}
	}
}

func TestAPageForAPersonLoadsNothing(t *testing.T) {
	loaded := regexp.MustCompile(`<(?:link|script)\s[^>]*(?:href|src)="([^"]+)"`)

	h := newTestHandler(t, example)
	for _, p := range pages {
		var got []string
		path := strings.NewReplacer("{", "", "}", "").Replace(p.paths[0])
		for _, found := range loaded.FindAllStringSubmatch(get(t, h, "GET", path).Body, -1) {
			if !strings.HasPrefix(found[1], "data:") { // what the page brings itself
				got = append(got, strings.SplitN(found[1], "/", 4)[3])
			}
		}

		var want []string
		if p.frame == console {
			want = []string{"key.svg", "bundle/console.css", "texts-en.js", "bundle/console.js"}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s loads %v, want %v", path, got, want)
		}
	}
}

func TestAScriptImportsNothing(t *testing.T) {
	// As esbuild writes it: import"./a.js", from"./a.js", or import("./a.js").
	imported := regexp.MustCompile(`(?:\bfrom|\bimport)\s*\(?["']\./`)
	for _, p := range pages {
		folder := "inline/"
		if p.frame == console {
			folder = "static/bundle/"
		}
		content, err := files.ReadFile(folder + p.script + ".js")
		if err != nil || imported.Match(content) {
			t.Errorf("%s imports another (%v)", p.script, err)
		}
	}
}

// source has the scripts as they are written, below static.
var source = os.DirFS(".")

// scripts are the names of the site's own scripts, below static.
func scripts(t *testing.T) []string {
	t.Helper()

	var all []string
	err := fs.WalkDir(source, "static", func(name string, entry fs.DirEntry, err error) error {
		made := strings.HasPrefix(name, "static/vendor/") ||
			strings.HasPrefix(name, "static/bundle/")
		if !made && path.Ext(name) == ".js" {
			all = append(all, strings.TrimPrefix(name, "static/"))
		}

		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("there are %d scripts: %v", len(all), err)
	}

	return all
}
