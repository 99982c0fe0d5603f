package main

import (
	"bytes"
	"fmt"
	"strings"
)

// header is that of the generated files. Each user has one device.
var header = []string{
	"User", "First Name", "Last Name", "Site", "Language", "Time Zone", "Role", "Work Email",
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
		address(name),
	}
}

// address returns where a user gets email.
func address(name string) string { return name + "@example.com" }

// users returns a file of the rows of a group from the number given, all of them good.
func users(group string, from, rows int) []byte {
	var file bytes.Buffer
	fmt.Fprintln(&file, strings.Join(header, ","))
	for n := from; n < from+rows; n++ {
		fmt.Fprintln(&file, strings.Join(row(group, n), ","))
	}
	return file.Bytes()
}

// joined returns the rows of two files in one.
func joined(a, b []byte) []byte {
	_, rows, _ := bytes.Cut(b, []byte("\n"))
	return append(bytes.Clone(a), rows...)
}
