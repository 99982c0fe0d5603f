package userfile

import (
	"crypto/sha256"
	"fmt"

	"latchkey/shared/user"
)

// Seen remembers the users of a file's valid rows, in about 32 bytes a row. Its zero value has seen none.
type Seen struct {
	// rows are numbers of rows, by the start of the SHA-256 of their user's key. 96 bits are enough: among 5 million users, the
	// chance that any two share them is 1 in 10^15.
	rows map[[12]byte]int32
}

// Check adds an error to a row whose user is in an earlier valid row, and remembers the row if it is valid now. So it comes
// last of all checks of a row, and rows come in the file's order.
func (s *Seen) Check(row *Row) {
	if row.Change.Username == "" {
		return
	}

	hash := sha256.Sum256([]byte(user.Key(row.Change.Username)))
	key := [12]byte(hash[:12])

	if earlier, ok := s.rows[key]; ok {
		message := fmt.Sprintf("The user is already in row %d: give each user one row.", earlier)
		row.add(User, row.Change.Username, fault{LevelError, CodeDuplicateUser, message})
		return
	}

	if !row.Valid() {
		return
	}
	if s.rows == nil {
		s.rows = make(map[[12]byte]int32)
	}
	s.rows[key] = int32(row.Number)
}
