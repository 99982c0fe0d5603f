package main

import (
	"path"
	"regexp"
	"slices"
)

// imported finds what a script imports, by its relative name. An import that a script
// makes only when it needs it has no "from", and isn't found.
var imported = regexp.MustCompile(`(?m)^(?:import|export|}).* from '(\.[^']+)';$`)

// modules returns what a script imports, and what that imports, each once, by its path
// below static. A page names them all, so that a browser loads them at once and not
// one after the other.
func modules(script string) ([]string, error) {
	all := []string{script}
	for i := 0; i < len(all); i++ {
		content, err := files.ReadFile("static/" + all[i])
		if err != nil {
			return nil, err
		}

		for _, match := range imported.FindAllSubmatch(content, -1) {
			name := path.Join(path.Dir(all[i]), string(match[1]))
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}

	return all[1:], nil
}
