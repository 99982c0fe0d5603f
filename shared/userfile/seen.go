package userfile

import (
	"crypto/sha256"
	"fmt"

	"latchkey/shared/user"
)

// Seen remembers the users of a file's valid rows, in about 32 bytes a row.
type Seen struct {
	// rows are row numbers, by the first 96 bits of the SHA-256 of their user's key.
	// Among 5 million users, the chance that any two share them is 1 in 10^15.
	rows map[[12]byte]int32
}

// Check adds an error to a row if an earlier valid row has its user. It must be the last
// check of a row, and must get the rows in the file's order.
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
