package main

import (
	"bytes"
	"fmt"
	"strings"
)

// header is that of the generated files.
var header = []string{
	"User", "First Name", "Last Name", "Site", "Language", "Time Zone", "Role", "Work Email",
	"SMS Phone",
}

// row returns the row of a user, by the header. Users of another group are others.
func row(group string, n int) []string {
	name := fmt.Sprintf("%s%07d", group, n)
	return []string{
		name,
		"Ada",
		fmt.Sprintf("Okafor %d", n),
		"Lagos",
		"English",
		"Africa/Lagos",
		"Standard User",
		name + "@example.com",
		fmt.Sprintf("+1650253%04d", n%10_000),
	}
}

// generate returns a file of so many rows, all of them good.
func generate(group string, rows int) []byte {
	var file bytes.Buffer
	fmt.Fprintln(&file, strings.Join(header, ","))
	for n := range rows {
		fmt.Fprintln(&file, strings.Join(row(group, n), ","))
	}
	return file.Bytes()
}
