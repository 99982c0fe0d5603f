package userfile

// Mapping says which row of a file is its header, and what each of its columns is.
type Mapping struct {
	Row     int // the number of the header
	Columns []Mapped
}

// Mapped is a column of a file, and what it is.
type Mapped struct {
	Name  string // what to call it: as this package does if it is ours, else as the file
	Field string // the name of one of ours; "" is ignored
	// Also is a device that the values are as well, where they are its addresses; or "".
	Also string
	// Quiet says that no warning tells that the column is ignored.
	Quiet bool
	// Values are what other values mean that the file has for it, in lower case.
	Values map[string]string
}
