// Package metric counts what the functions do, as lines of CloudWatch's Embedded Metric Format on their output: CloudWatch makes metrics of them
// without a call.
//
// A line holds a name, a number and the function's name, and nothing else: no address, user or secret can get into it.
package metric

import (
	"encoding/json"
	"io"
	"time"
)

// Namespace is where CloudWatch keeps the metrics, Dimension what tells those of one function from another's.
const (
	Namespace = "Latchkey"
	Dimension = "FunctionName"
)

// Name is a metric: a count of what happened.
type Name string

// The metrics, and the function that counts each.
const (
	RowsValid      Name = "RowsValid"      // upload: valid rows of a validated file
	RowsInvalid    Name = "RowsInvalid"    // upload: rows of it in error
	UsersProcessed Name = "UsersProcessed" // process: rows that were applied, whatever they changed
	RowsFailed     Name = "RowsFailed"     // process: rows that were given up on
	MessagesSent   Name = "MessagesSent"   // deliver: messages that a carrier accepted
	MessagesFailed Name = "MessagesFailed" // deliver: messages that were given up on
	PasswordsSet   Name = "PasswordsSet"   // redeem
)

// Of is the function that counts each of the metrics.
var Of = map[Name]string{
	RowsValid:      "upload",
	RowsInvalid:    "upload",
	UsersProcessed: "process",
	RowsFailed:     "process",
	MessagesSent:   "deliver",
	MessagesFailed: "deliver",
	PasswordsSet:   "redeem",
}

// Log writes metrics. Its Output may be written to by several goroutines at once if each Write is whole, as a file's is.
type Log struct {
	Output   io.Writer
	Function string // the function's name in the account: AWS_LAMBDA_FUNCTION_NAME
	Now      func() time.Time
}

type (
	metadata struct {
		Timestamp int64       `json:"Timestamp"` // milliseconds
		Metrics   []directive `json:"CloudWatchMetrics"`
	}
	directive struct {
		Namespace  string     `json:"Namespace"`
		Dimensions [][]string `json:"Dimensions"`
		Metrics    []unit     `json:"Metrics"`
	}
	unit struct {
		Name Name   `json:"Name"`
		Unit string `json:"Unit"`
	}
)

// Count adds n to a metric. Nothing is written for 0, and what can't be written is lost: no work fails because it isn't counted.
func (l Log) Count(name Name, n int) {
	if n == 0 || l.Output == nil {
		return
	}

	counted := directive{
		Namespace:  Namespace,
		Dimensions: [][]string{{Dimension}},
		Metrics:    []unit{{Name: name, Unit: "Count"}},
	}
	line, err := json.Marshal(map[string]any{
		"_aws": metadata{
			Timestamp: l.Now().UnixMilli(),
			Metrics:   []directive{counted},
		},
		Dimension:    l.Function,
		string(name): n,
	})
	if err == nil {
		_, _ = l.Output.Write(append(line, '\n'))
	}
}
