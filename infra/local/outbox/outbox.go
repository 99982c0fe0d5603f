// Package outbox gives functions' tests the inbox and SNS by the names that they know.
package outbox

import (
	"latchkey/infra/local/inbox"
	"latchkey/infra/local/sns"
)

// Log is the inbox's.
type Log = inbox.Log

// NewLog returns an empty log.
func NewLog() (*Log, error) { return inbox.NewLog() }

// NewSNS returns an SNS that logs to the log given.
func NewSNS(log *Log) *sns.Service { return sns.New(log) }
