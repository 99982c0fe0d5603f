// Command measure counts how the project's Go code reads, and fails where a bar isn't
// met.
//
// It counts what a linter can't say of a whole tree: the air in functions, the share of
// comments, long lines. Test data is left out. Tests count for columns alone.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf8"
)

const (
	tabWidth      = 4
	longFunction  = 20  // lines of a body from which a function has to have a paragraph
	column        = 100 // fewer than 1 % of lines may pass it
	lastColumn    = 120 // no line may pass it
	commentColumn = 90  // fewer than 1 % of lines may be comments that pass it
)

func main() {
	root := "../.." // from the module of the tools
	if len(os.Args) > 1 {
		root = os.Args[1]
	}
	if err := run(os.Stdout, root, "functions", "infra", "shared"); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

// run measures the folders of a tree and prints a row for each bar. It returns an error
// that counts the bars that aren't met.
func run(out io.Writer, root string, folders ...string) error {
	var whole text
	failed := 0

	for _, folder := range folders {
		var measured text
		if err := measured.read(filepath.Join(root, folder)); err != nil {
			return err
		}

		comments := folder + ": comments of non-blank lines"
		failed += report(out, comments, measured.commentShare(), 10, 15)
		whole.add(measured)
	}

	airy := percent(whole.airy, whole.long)
	failed += report(out, "functions over 20 lines with a blank line", airy, 90, 100)
	blank := percent(whole.blankBody, whole.body)
	failed += report(out, "blank lines of body lines", blank, 6, 12)
	over := percent(whole.over, whole.lines)
	failed += report(out, "lines over 100 columns", over, 0, 1)
	farOver := float64(whole.farOver)
	failed += report(out, "lines over 120 columns, in all", farOver, 0, 0)
	wideComments := percent(whole.wideComments, whole.lines)
	failed += report(out, "lines of comments over 90 columns", wideComments, 0, 1)
	wide := float64(whole.wideAssignments)
	failed += report(out, "assignments of three or more values", wide, 0, 0)
	if failed > 0 {
		return fmt.Errorf("%d bars are not met", failed)
	}
	return nil
}

// report prints one figure beside its bar. It returns 1 if the figure is outside, else 0.
func report(out io.Writer, what string, figure, least, most float64) int {
	verdict, failed := "", 0
	if figure < least || figure > most {
		verdict, failed = "  NOT MET", 1
	}

	fmt.Fprintf(out, "%-55s %6.1f  (%g to %g)%s\n", what, figure, least, most, verdict)
	return failed
}

func percent(part, all int) float64 {
	if all == 0 {
		return 0
	}
	return 100 * float64(part) / float64(all)
}

// text is what was counted of some files.
type text struct {
	lines, over, farOver int // of all files
	wideComments         int // of all files
	comments, nonBlank   int // of files that are no tests
	long, airy           int // functions over 20 lines, and those of them with a blank line
	body, blankBody      int // lines of function bodies
	wideAssignments      int
}

func (t *text) add(other text) {
	t.lines += other.lines
	t.over += other.over
	t.farOver += other.farOver
	t.wideComments += other.wideComments
	t.comments += other.comments
	t.nonBlank += other.nonBlank
	t.long += other.long
	t.airy += other.airy
	t.body += other.body
	t.blankBody += other.blankBody
	t.wideAssignments += other.wideAssignments
}

func (t *text) commentShare() float64 { return percent(t.comments, t.nonBlank) }

// read counts the Go files below a folder.
func (t *text) read(folder string) error {
	return filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if entry.IsDir() || filepath.Ext(path) != ".go" {
			return nil
		}

		return t.readFile(path)
	})
}

func (t *text) readFile(path string) error {
	source, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, source, parser.ParseComments)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(string(source), "\n"), "\n")

	t.countColumns(lines)
	comments := commentLines(files, file, lines)
	t.countWideComments(comments)
	if strings.HasSuffix(path, "_test.go") {
		return nil
	}
	t.countComments(comments, lines)
	t.countFunctions(files, file, lines)
	return nil
}

// countColumns counts lines and those that are too long; a tab is four columns.
func (t *text) countColumns(lines []string) {
	for _, line := range lines {
		t.lines++
		if width(line) > column {
			t.over++
		}
		if width(line) > lastColumn {
			t.farOver++
		}
	}
}

// width returns how many columns a line has.
func width(line string) int {
	return utf8.RuneCountInString(line) + (tabWidth-1)*strings.Count(line, "\t")
}

// countWideComments counts the comments that are too wide, but for what can't be broken:
// an address, a directive.
func (t *text) countWideComments(comments []string) {
	for _, line := range comments {
		words := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "//"))
		address := len(words) == 1 && strings.Contains(words[0], "://")
		directive := strings.HasPrefix(strings.TrimSpace(line), "//go:")
		if width(line) > commentColumn && !address && !directive {
			t.wideComments++
		}
	}
}

// commentLines returns the lines that hold nothing but a comment.
func commentLines(files *token.FileSet, file *ast.File, lines []string) []string {
	var all []string
	for _, group := range file.Comments {
		for _, comment := range group.List {
			start := files.Position(comment.Pos())
			end := files.Position(comment.End())
			alone := strings.TrimSpace(lines[start.Line-1][:start.Column-1]) == ""
			if alone {
				all = append(all, lines[start.Line-1:end.Line]...)
			}
		}
	}
	return all
}

// countComments counts the lines of comments, beside all that aren't blank.
func (t *text) countComments(comments, lines []string) {
	t.comments += len(comments)
	for _, line := range lines {
		if strings.TrimSpace(line) != "" {
			t.nonBlank++
		}
	}
}

// countFunctions counts the air in the bodies of functions, and assignments of three or
// more values.
func (t *text) countFunctions(files *token.FileSet, file *ast.File, lines []string) {
	ast.Inspect(file, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.FuncDecl:
			if node.Body == nil {
				break
			}
			open := files.Position(node.Body.Lbrace).Line
			end := files.Position(node.Body.Rbrace).Line
			if open < end {
				t.countBody(lines[open : end-1])
			}
		case *ast.AssignStmt:
			if len(node.Lhs) >= 3 && len(node.Rhs) >= 3 {
				t.wideAssignments++
			}
		}
		return true
	})
}

// countBody counts the lines between the braces of one function.
func (t *text) countBody(lines []string) {
	blank := 0
	for _, line := range lines {
		if strings.TrimSpace(line) == "" {
			blank++
		}
	}

	t.body += len(lines)
	t.blankBody += blank
	if len(lines) <= longFunction {
		return
	}
	t.long++
	if blank > 0 {
		t.airy++
	}
}
