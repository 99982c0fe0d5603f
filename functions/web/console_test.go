package main

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestOnlyTheConsoleTalksToTheBucket(t *testing.T) {
	const bucket = "https://s3.eu-central-1.amazonaws.com/latchkey-uploads/"

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

func TestAPageNamesEveryModuleThatItsScriptNeeds(t *testing.T) {
	// Found in another way than the page finds them: any quoted name of a script.
	quoted := regexp.MustCompile(`from '([^']+)'`)
	for _, script := range scripts(t) {
		content, err := files.ReadFile("static/" + script)
		if err != nil {
			t.Fatal(err)
		}

		found, err := modules(script)
		if err != nil {
			t.Errorf("%s: %v", script, err)
		}

		for _, match := range quoted.FindAllSubmatch(content, -1) {
			name := path.Join(path.Dir(script), string(match[1]))
			if !slices.Contains(found, name) {
				t.Errorf("%s imports %s, which isn't among %v", script, name, found)
			}
		}
	}

	found, err := modules("start/console.js")
	for _, want := range []string{"vendor/preact.js", "texts.js", "pages/users.js"} {
		if err != nil || !slices.Contains(found, want) {
			t.Errorf("the console loads %v (%v), want %s among it", found, err, want)
		}
	}
}

// scripts are the names of the site's own scripts, below static.
func scripts(t *testing.T) []string {
	t.Helper()

	var all []string
	err := fs.WalkDir(files, "static", func(name string, entry fs.DirEntry, err error) error {
		own := !strings.HasPrefix(name, "static/vendor/") && path.Ext(name) == ".js"
		if own {
			all = append(all, strings.TrimPrefix(name, "static/"))
		}

		return err
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("there are %d scripts: %v", len(all), err)
	}

	return all
}
