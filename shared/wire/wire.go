// Package wire gives a function what it works with: its settings, tables, clients and
// clock.
//
// A function's newHandler asks a Wire for what it needs, and so says all that it depends
// on. A test asks package wiretest for a Wire on the local engines, and builds the very
// handler that main serves; another holds what newHandler asks for against what the
// topology gives to the function.
package wire

import (
	"github.com/aws/aws-lambda-go/lambdacontext"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"latchkey/shared/audit"
	"latchkey/shared/metric"
	"latchkey/shared/store"
	"latchkey/shared/topology"
	"latchkey/shared/wire/start"
)

// Wire is what a function works with.
type Wire struct {
	start.Given
	tables *dynamodb.Client
}

// Start serves a function, as start.Serve does.
func Start(serve func(*Wire) error) {
	start.Serve(func(given start.Given) error { return serve(&Wire{Given: given}) })
}

// Table returns a table by its name in the topology.
func (w *Wire) Table(name string) store.Table {
	if w.tables == nil {
		w.tables = store.NewClient(w.AWS("dynamodb"))
	}
	return store.Table{DB: w.tables, Name: w.Required(topology.Variable("TABLE", name))}
}

// Audit returns the log of who did what.
func (w *Wire) Audit() audit.Log {
	return audit.Log{Table: w.Table("audit"), Metrics: w.Metrics(), Now: w.Now}
}

// Metrics returns the log of what is counted.
func (w *Wire) Metrics() metric.Log {
	return metric.Log{Output: w.Output, Function: lambdacontext.FunctionName, Now: w.Now}
}
