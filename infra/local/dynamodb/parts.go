package dynamodb

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// parts are those of a call that may be throttled each for itself.
type parts interface {
	size() int
	// hold takes the held out of the request.
	hold(request fields, held []bool) error
	// add says in the engine's answer what became of the held.
	add(answer fields) error
}

// partsOf returns the parts of a call. One of a single item has none.
func partsOf(c call) (parts, error) {
	switch c.operation {
	case "BatchWriteItem":
		p := &writes{}
		return p, c.request.read("RequestItems", &p.asked)
	case "BatchGetItem":
		p := &reads{}
		return p, c.request.read("RequestItems", &p.asked)
	case "BatchExecuteStatement":
		p := &statements{}
		return p, c.request.read("Statements", &p.asked)
	case "TransactGetItems", "TransactWriteItems":
		p := &statements{}
		return p, c.request.read("TransactItems", &p.asked)
	case "ExecuteTransaction":
		p := &statements{}
		return p, c.request.read("TransactStatements", &p.asked)
	}
	return &statements{}, nil
}

// divide takes the held out of the parts of each table, and returns them. They count in
// the order of the tables' names.
func divide(asked map[string][]json.RawMessage, held []bool) map[string][]json.RawMessage {
	later := map[string][]json.RawMessage{}
	for _, table := range slices.Sorted(maps.Keys(asked)) {
		var now []json.RawMessage
		for i, part := range asked[table] {
			if held[i] {
				later[table] = append(later[table], part)
			} else {
				now = append(now, part)
			}
		}
		held = held[len(asked[table]):]

		asked[table] = now
		if len(now) == 0 {
			delete(asked, table)
		}
	}
	return later
}

// writes are those of a BatchWriteItem
// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html).
type writes struct {
	asked, later map[string][]json.RawMessage // by table
}

func (p *writes) size() (n int) {
	for _, of := range p.asked {
		n += len(of)
	}
	return n
}

func (p *writes) hold(request fields, held []bool) error {
	p.later = divide(p.asked, held)
	return request.set("RequestItems", p.asked)
}

func (p *writes) add(answer fields) error {
	left := map[string][]json.RawMessage{}
	if err := answer.read("UnprocessedItems", &left); err != nil {
		return fmt.Errorf("read what is unprocessed: %w", err)
	}
	for table, of := range p.later {
		left[table] = append(left[table], of...)
	}
	return answer.set("UnprocessedItems", left)
}

// reads are those of a BatchGetItem
// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html).
type reads struct {
	asked map[string]fields // by table; Keys are the parts
	later map[string][]json.RawMessage
}

func (p *reads) keys() map[string][]json.RawMessage {
	all := map[string][]json.RawMessage{}
	for table, asked := range p.asked {
		var keys []json.RawMessage
		if asked.read("Keys", &keys) == nil {
			all[table] = keys
		}
	}
	return all
}

func (p *reads) size() (n int) {
	for _, of := range p.keys() {
		n += len(of)
	}
	return n
}

func (p *reads) hold(request fields, held []bool) error {
	now := p.keys()
	p.later = divide(now, held)
	asked := map[string]fields{}
	for table, keys := range now {
		asked[table] = maps.Clone(p.asked[table])
		if err := asked[table].set("Keys", keys); err != nil {
			return err
		}
	}
	return request.set("RequestItems", asked)
}

func (p *reads) add(answer fields) error {
	left := map[string]fields{}
	if err := answer.read("UnprocessedKeys", &left); err != nil {
		return fmt.Errorf("read what is unprocessed: %w", err)
	}

	for table, keys := range p.later {
		var more []json.RawMessage
		if err := left[table].read("Keys", &more); err != nil {
			return fmt.Errorf("read what is unprocessed: %w", err)
		}
		left[table] = maps.Clone(p.asked[table])
		if err := left[table].set("Keys", append(more, keys...)); err != nil {
			return err
		}
	}
	return answer.set("UnprocessedKeys", left)
}

// statements are those of a BatchExecuteStatement, or the parts of a transaction
// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html).
type statements struct {
	asked []json.RawMessage
	held  []bool
}

func (p *statements) size() int { return len(p.asked) }

func (p *statements) hold(request fields, held []bool) error {
	p.held = held
	var now []json.RawMessage
	for i, statement := range p.asked {
		if !held[i] {
			now = append(now, statement)
		}
	}
	return request.set("Statements", now)
}

func (p *statements) add(answer fields) error {
	var got []json.RawMessage
	if err := answer.read("Responses", &got); err != nil {
		return fmt.Errorf("read the statements' answers: %w", err)
	}

	failed := map[string]any{"Error": map[string]string{
		"Code":    "ThrottlingError",
		"Message": overloaded,
	}}
	all := make([]any, len(p.held))
	for i, held := range p.held {
		switch {
		case held:
			all[i] = failed
		case len(got) > 0:
			all[i] = got[0]
			got = got[1:]
		}
	}
	return answer.set("Responses", all)
}

// isTransaction reports whether all parts of an operation are done, or none.
func isTransaction(operation string) bool {
	return strings.Contains(operation, "Transact")
}

// cancelled is the answer to a transaction of which parts were throttled
// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html).
func cancelled(held []bool) reply {
	codes := make([]string, len(held))
	reasons := make([]map[string]string, len(held))
	for i := range held {
		codes[i] = "None"
		reasons[i] = map[string]string{"Code": "None"}
		if held[i] {
			codes[i] = "ThrottlingError"
			reasons[i] = map[string]string{"Code": codes[i], "Message": overloaded}
		}
	}

	body, _ := json.Marshal(map[string]any{ // texts have no value that JSON lacks
		"__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
		"Message": "Transaction cancelled, please refer cancellation reasons for specific " +
			"reasons [" + strings.Join(codes, ", ") + "]",
		"CancellationReasons": reasons,
	})
	return answered(http.StatusBadRequest, body)
}
