package session

import (
	"time"

	"latchkey/shared/audit"
	"latchkey/shared/credential"
	"latchkey/shared/directory"
	"latchkey/shared/store"
	"latchkey/shared/token"
)

// NewGuard makes a function's guard. table returns a table by its name in the topology.
func NewGuard(
	table func(name string) store.Table, baseURL string, log audit.Log, now func() time.Time,
) Guard {
	return Guard{
		Directory:   directory.Store{Table: table("directory")},
		Credentials: credential.Store{Table: table("credentials")},
		Tokens:      token.Store{Table: table("tokens")},
		BaseURL:     baseURL,
		Audit:       log,
		Now:         now,
	}
}
