package meter

import (
	"encoding/json"
	"net/http"
	"strings"

	"latchkey/shared/topology"
)

// item is an item or a key, as DynamoDB's JSON has it: {"name": {"S": "text"}}.
type item map[string]json.RawMessage

// exchange is one call of DynamoDB.
type exchange struct {
	tables []topology.Table
	call   Call
	engine http.Handler
	first  *http.Request // its headers are those of every request to the engine
}

// action is a write of one item, as a request or a part of a transaction has it.
type action struct {
	TableName string
	Key, Item item
}

// request is what is read of a request.
type request struct {
	action
	ConsistentRead bool
	RequestItems   map[string]struct { // of BatchGetItem
		Keys           []item
		ConsistentRead bool
	}
	TransactItems []map[string]action
	Statements    []statement // of BatchExecuteStatement
	statement                 // of ExecuteStatement
}

// consumed is the capacity that DynamoDB answers for a table.
type consumed struct {
	TableName              string
	Table                  capacity
	GlobalSecondaryIndexes map[string]capacity
}

// capacity are units: of writes for a call that writes.
type capacity struct{ CapacityUnits float64 }

// response is what is read of a response. ConsumedCapacity is one of a table, or a list.
type response struct {
	Type             string `json:"__type"`
	ConsumedCapacity json.RawMessage
	Responses        json.RawMessage // of BatchGetItem by table, of BatchExecuteStatement a list
	UnprocessedKeys  map[string]struct{ Keys []item }
}

// run has the engine answer, and returns the units that it would cost on AWS.
func (e exchange) run(body []byte) (*answer, map[Place]Units) {
	var asked request
	var all map[string]any
	if !isBatchWrite(e.call.Operation) && json.Unmarshal(body, &asked) != nil ||
		json.Unmarshal(body, &all) != nil {
		return send(e.engine, e.first, body), nil
	}

	all["ReturnConsumedCapacity"] = "INDEXES"
	body, err := json.Marshal(all)
	if err != nil {
		return send(e.engine, e.first, body), nil
	}

	if statements := asked.all(); len(statements) > 0 {
		return e.execute(statements, body)
	}

	got := send(e.engine, e.first, body)
	var said response
	_ = json.Unmarshal(got.body.Bytes(), &said) // what isn't JSON says nothing of units

	units := e.answered(asked, said)
	if strings.HasSuffix(said.Type, "ConditionalCheckFailedException") {
		e.addRefused(units, asked.action)
	}
	return got, units
}

// isBatchWrite reports whether the operation is BatchWriteItem. Its RequestItems are of
// another form than BatchGetItem's, and nothing of them is needed.
func isBatchWrite(operation string) bool { return operation == "BatchWriteItem" }

// answered returns the units that DynamoDB Local answered, put right where it is known to
// differ from AWS.
func (e exchange) answered(asked request, said response) map[Place]Units {
	units := map[Place]Units{}
	reads := isRead(e.call.Operation)
	for _, c := range said.capacities() {
		table := e.table(c.TableName)
		e.add(units, table.Name, "", reads, e.corrected(asked, c, said))
		for index, got := range c.GlobalSecondaryIndexes {
			n := got.CapacityUnits
			if e.call.Operation == "TransactWriteItems" {
				n /= twice
			}
			e.add(units, table.Name, index, reads, n)
		}
	}

	return units
}

// capacities returns the capacity of each table.
func (r response) capacities() []consumed {
	var many []consumed
	if json.Unmarshal(r.ConsumedCapacity, &many) == nil {
		return many
	}
	var one consumed
	if json.Unmarshal(r.ConsumedCapacity, &one) == nil {
		return []consumed{one}
	}
	return nil
}

func isRead(operation string) bool {
	switch operation {
	case "GetItem", "BatchGetItem", "Query", "Scan", "TransactGetItems":
		return true
	}
	return false
}

// add adds units to those of a place.
func (e exchange) add(units map[Place]Units, table, index string, reads bool, n float64) {
	if n == 0 {
		return
	}
	more := Units{Write: n}
	if reads {
		more = Units{Read: n}
	}
	place := Place{e.call.Function, table, index}
	units[place] = units[place].plus(more)
}

// table returns the topology's table by its name in a request. One that the topology
// doesn't have has that name, and no index.
func (e exchange) table(name string) topology.Table {
	for _, t := range e.tables {
		if strings.HasSuffix(name, "-"+t.Name) {
			return t
		}
	}
	return topology.Table{Name: name}
}
