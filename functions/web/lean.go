package main

import (
	"path"
	"strings"
)

// lean returns a script or a style sheet as it is served: without indentation, blank
// lines, and comments with which a line begins. Those are for readers of the source, and
// would be a tenth of what a page loads. Other files are returned as they are.
//
// It knows nothing of strings, so that no line of one may begin as a comment does. A test
// holds that what is served does what the source says.
func lean(name string, content []byte) []byte {
	extension := path.Ext(name)
	if extension != ".js" && extension != ".css" {
		return content
	}

	var kept strings.Builder
	within := false // a comment of several lines
	for line := range strings.Lines(string(content)) {
		line, within = uncommented(strings.TrimSpace(line), within)
		if line != "" {
			kept.WriteString(line + "\n")
		}
	}

	return []byte(kept.String())
}

// uncommented returns a line without the comments with which it begins. within says that
// it begins in one, and open that the next does.
func uncommented(line string, within bool) (rest string, open bool) {
	for within || strings.HasPrefix(line, "/*") {
		if !within {
			line = strings.TrimPrefix(line, "/*")
		}

		_, after, ended := strings.Cut(line, "*/")
		if !ended {
			return "", true
		}
		line = strings.TrimSpace(after)
		within = false
	}

	if strings.HasPrefix(line, "//") {
		return "", false
	}
	return line, false
}
