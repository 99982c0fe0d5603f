// Package delimited reads the records of text files: of values between separators.
//
// The separator is a comma, a semicolon or a tab, found from the header. The encoding is
// UTF-8, UTF-16 with a byte order mark, or one that is named. A file is read as a stream,
// in the memory of one record. What stands in a record is RFC 4180, with the liberties
// that spreadsheets take: spaces around values and their quotes, blank lines, and lines
// that end with LF, CR LF or CR.
package delimited
