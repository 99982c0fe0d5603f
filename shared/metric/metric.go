// Package metric counts what the functions do. It writes lines of CloudWatch's Embedded
// Metric Format to their output, of which CloudWatch makes metrics without a call.
//
// A line holds a name, a number and the function's name: no address, user or secret.
package metric

import (
	"encoding/json"
	"io"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/topology"
)

const (
	// Namespace is where CloudWatch stores the metrics.
	Namespace = "Latchkey"
	// Dimension tells the metrics of one function from those of another.
	Dimension = "FunctionName"
)

// Name is a metric: a count of what happened.
type Name string

// The metrics, each with the functions that count it.
const (
	RowsValid      Name = "RowsValid"      // upload: valid rows of a validated file
	RowsInvalid    Name = "RowsInvalid"    // upload: rows of it in error
	UsersProcessed Name = "UsersProcessed" // process: rows that were applied, whatever they changed
	RowsFailed     Name = "RowsFailed"     // process: rows that were given up on
	MessagesSent   Name = "MessagesSent"   // deliver, answer: messages that a carrier accepted
	MessagesFailed Name = "MessagesFailed" // deliver, answer: messages that were given up on
	PasswordsSet   Name = "PasswordsSet"   // redeem
	AuditLost      Name = "AuditLost"      // all that record: entries that could not be written
	Misconfigured  Name = "Misconfigured"  // deliver, answer: what waits for a right set-up
)

// Of are the functions that count each of the metrics.
var Of = map[Name][]string{
	RowsValid:      {"upload"},
	RowsInvalid:    {"upload"},
	UsersProcessed: {"process"},
	RowsFailed:     {"process"},
	MessagesSent:   {"deliver", "answer"},
	MessagesFailed: {"deliver", "answer"},
	PasswordsSet:   {"redeem"},
	Misconfigured:  {"deliver", "answer"},
	AuditLost:      recorders(),
}

// recorders are the functions that write to the audit.
func recorders() (names []string) {
	for _, f := range topology.Latchkey.Functions {
		for _, right := range f.Tables {
			if right.Table == "audit" {
				names = append(names, f.Name)
			}
		}
	}
	return names
}

// Log writes metrics. Goroutines may share it if each Write of its Output is whole.
type Log struct {
	Output   io.Writer
	Function string // the function's name in the account: AWS_LAMBDA_FUNCTION_NAME
	Now      func() time.Time
}

// The types of a line, as the specification of the Embedded Metric Format has them.
type (
	metadata struct {
		Timestamp clock.Millis `json:"Timestamp"`
		Metrics   []directive  `json:"CloudWatchMetrics"`
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

// Count adds n to a metric. For 0 it writes nothing. A line that can't be written is
// lost: no work fails because it isn't counted.
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
			Timestamp: clock.Of(l.Now()),
			Metrics:   []directive{counted},
		},
		Dimension:    l.Function,
		string(name): n,
	})
	if err == nil {
		_, _ = l.Output.Write(append(line, '\n'))
	}
}
