package main

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
)

func TestOnlyTheConsoleTalksToTheBucket(t *testing.T) {
	const bucket = "https://s3.eu-central-1.amazonaws.com/latchkey-uploads/"

	h, err := newHandler(settings{Company: "Example"}, bucket, "1.2.3")
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

func TestAPageNamesEveryModuleThatItsScriptNeeds(t *testing.T) {
	scripts, err := fs.Glob(files, "static/*.js")
	if err != nil || len(scripts) == 0 {
		t.Fatalf("there are %d scripts: %v", len(scripts), err)
	}

	for _, script := range scripts {
		content, err := files.ReadFile(script)
		if err != nil {
			t.Fatal(err)
		}

		found, err := modules(path.Base(script))
		if err != nil {
			t.Errorf("%s: %v", script, err)
		}

		for _, match := range imported.FindAllSubmatch(content, -1) {
			if !slices.Contains(found, string(match[1])) {
				t.Errorf("%s imports %s, which isn't among %v", script, match[1], found)
			}
		}
	}

	found, err := modules("jobs.js")
	if err != nil || !slices.Contains(found, "vendor/preact.js") ||
		!slices.Contains(found, "page.js") {
		t.Errorf("what the jobs' pages load is %v, %v", found, err)
	}
}
