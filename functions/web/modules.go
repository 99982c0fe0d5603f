package main

import (
	"slices"
	"strings"
)

// modules returns what a script imports, and what that imports, each once. A page names them
// all, so that a browser loads them at once and not one after the other.
func modules(script string) ([]string, error) {
	all := []string{script}
	for i := 0; i < len(all); i++ {
		content, err := files.ReadFile("static/" + all[i])
		if err != nil {
			return nil, err
		}

		for line := range strings.Lines(string(content)) {
			if name := imports(line); name != "" && !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}

	return all[1:], nil
}

// imports returns the module that a line of a script imports, by its relative name. It returns
// "" for any other line.
func imports(line string) string {
	what, from, ok := strings.Cut(strings.TrimSpace(line), " from './")
	name, ends := strings.CutSuffix(from, "';")
	if !ok || !ends {
		return ""
	}

	if strings.HasPrefix(what, "import ") || strings.HasPrefix(what, "export ") || what == "}" {
		return name
	}
	return ""
}
