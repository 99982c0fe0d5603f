package main

import (
	"path"
	"strings"
)

// lean returns a script or a style sheet as it is served: without indentation, blank
// lines, and lines that are a comment alone. Those are for readers of the source, and
// would be a tenth of what a page loads. Other files are returned as they are.
//
// It knows nothing of strings. So no line within a template literal may begin as a
// comment does, which a test holds.
func lean(name string, content []byte) []byte {
	extension := path.Ext(name)
	if extension != ".js" && extension != ".css" {
		return content
	}

	var kept strings.Builder
	within := false // a comment of several lines
	for line := range strings.Lines(string(content)) {
		line = strings.TrimSpace(line)
		switch {
		case within:
			within = !strings.HasSuffix(line, "*/")
		case strings.HasPrefix(line, "/*"):
			within = !strings.HasSuffix(line, "*/")
		case line != "" && !strings.HasPrefix(line, "//"):
			kept.WriteString(line + "\n")
		}
	}

	return []byte(kept.String())
}
