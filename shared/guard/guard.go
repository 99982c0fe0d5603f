// Package guard guards the cells of a CSV against spreadsheets, which take some for formulas.
package guard

import "strings"

const (
	mark = "'"
	// formulas are the first characters of what a spreadsheet takes for a formula (OWASP,
	// CSV Injection).
	formulas = "=+-@\t\r"
)

// Add returns a value in a form that no spreadsheet takes for a formula.
func Add(value string) string {
	if startsFormula(value) {
		return mark + value
	}
	return value
}

// Remove returns a value without its guard, and reports whether it had one.
func Remove(value string) (rest string, guarded bool) {
	rest, guarded = strings.CutPrefix(value, mark)
	if !guarded || !startsFormula(rest) {
		return value, false
	}
	return rest, true
}

func startsFormula(value string) bool {
	return value != "" && strings.ContainsRune(formulas, rune(value[0]))
}
