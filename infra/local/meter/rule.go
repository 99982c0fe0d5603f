package meter

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"slices"

	"latchkey/shared/topology"
)

// The rules of this file are those of "DynamoDB read and write operations", "Capacity unit
// consumption"
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html),
// and of "Using Global Secondary Indexes in DynamoDB", "Write capacity units"
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.Writes).
const (
	writeUnit = 1024 // bytes
	readUnit  = 4096
	// twice is by how much DynamoDB Local overstates a transaction's writes: it answers
	// four units for a kilobyte that AWS documents as two, of a table and of an index.
	// That AWS counts an index's part twice as well isn't documented; the dearer is taken.
	twice = 2
	// perAction is the least that one action of a transaction costs.
	perAction = 2
)

// corrected returns the units of a table by what DynamoDB Local answered for it.
func (e exchange) corrected(asked request, c consumed, said response) float64 {
	n := c.Table.CapacityUnits
	switch e.call.Operation {
	case "TransactWriteItems":
		least := 0
		for _, part := range asked.TransactItems {
			for _, a := range part {
				if a.TableName == c.TableName {
					least += perAction
				}
			}
		}
		return max(n/twice, float64(least))

	case "BatchGetItem":
		// A key that isn't there costs as much as a small item; Local leaves it out.
		wanted := asked.RequestItems[c.TableName]
		missing := len(wanted.Keys) - said.found(c.TableName)
		missing -= len(said.UnprocessedKeys[c.TableName].Keys)
		return n + float64(missing)*reading(wanted.ConsistentRead)

	case "Query":
		// A query that finds nothing costs the least that a read does; Local says 0.
		if n == 0 && len(c.GlobalSecondaryIndexes) == 0 {
			return reading(asked.ConsistentRead)
		}
	}
	return n
}

// found returns how many items of a table a BatchGetItem found.
func (r response) found(table string) int {
	var byTable map[string][]json.RawMessage
	if json.Unmarshal(r.Responses, &byTable) != nil {
		return 0
	}
	return len(byTable[table])
}

// reading returns what reading one small item costs.
func reading(consistent bool) float64 {
	if consistent {
		return 1
	}
	return 0.5
}

// addRefused adds what a write costs whose condition failed: as much as writing the item
// that is there.
func (e exchange) addRefused(units map[Place]Units, refused action) {
	table := e.table(refused.TableName)
	key := keyOf(table, refused.Key)
	if refused.Item != nil {
		key = keyOf(table, refused.Item)
	}
	there := e.read(refused.TableName, key)
	e.add(units, table.Name, "", false, writing(there))
}

// keyOf returns the key attributes of an item.
func keyOf(table topology.Table, of item) item {
	return pick(of, []string{table.Partition, table.Sort})
}

// pick returns the attributes of an item that are named.
func pick(of item, names []string) item {
	some := item{}
	for _, name := range names {
		if value, ok := of[name]; ok {
			some[name] = value
		}
	}
	return some
}

// writing returns the units of writing the larger of some items, at least one.
func writing(items ...item) float64 {
	largest := 1
	for _, i := range items {
		largest = max(largest, i.size())
	}
	return math.Ceil(float64(largest) / writeUnit)
}

// addChange adds what it costs to make one item of another; an item that isn't there is
// nil.
func (e exchange) addChange(units map[Place]Units, table topology.Table, from, to item) {
	e.add(units, table.Name, "", false, writing(from, to))
	for _, index := range table.Indexes {
		e.add(units, table.Name, index.Name, false, indexWrites(table, index, from, to))
	}
}

// indexWrites returns the units of an index when one item is made of another.
func indexWrites(table topology.Table, index topology.Index, from, to item) float64 {
	was := projected(table, index, from)
	is := projected(table, index, to)
	keys := []string{index.Partition, index.Sort}
	switch {
	case was == nil && is == nil || was.equals(is):
		return 0
	case was == nil:
		return writing(is)
	case is == nil:
		return writing(was)
	case pick(was, keys).equals(pick(is, keys)):
		return writing(was, is)
	}
	return writing(was) + writing(is)
}

// projected returns what an index has of an item, or nil if the item isn't in it.
func projected(table topology.Table, index topology.Index, of item) item {
	keys := slices.DeleteFunc([]string{index.Partition, index.Sort},
		func(name string) bool { return name == "" })
	if len(pick(of, keys)) < len(keys) {
		return nil
	}
	if index.All {
		return of
	}
	keys = append(keys, table.Partition, table.Sort)
	return pick(of, append(keys, index.Include...))
}

// equals reports whether two items are the same. DynamoDB Local writes a value the same
// way each time.
func (i item) equals(other item) bool {
	if len(i) != len(other) {
		return false
	}
	for name, value := range i {
		if string(other[name]) != string(value) {
			return false
		}
	}
	return true
}

// size returns the bytes of an item, by "DynamoDB Item sizes and formats"
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html).
func (i item) size() int {
	n := 0
	for name, value := range i {
		n += len(name) + sizeOf(value)
	}
	return n
}

// sizeOf returns the bytes of a value.
func sizeOf(value json.RawMessage) int {
	const around = 3 // a list or a map, beside a byte for each element

	var v struct {
		S, N, B    *string
		SS, NS, BS []string
		L          []json.RawMessage
		M          item
	}
	if json.Unmarshal(value, &v) != nil {
		return 0
	}

	switch {
	case v.S != nil:
		return len(*v.S)
	case v.N != nil:
		return len(*v.N)/2 + 1
	case v.B != nil:
		return base64.StdEncoding.DecodedLen(len(*v.B))
	case v.L != nil:
		n := around
		for _, element := range v.L {
			n += 1 + sizeOf(element)
		}
		return n
	case v.M != nil:
		return around + len(v.M) + v.M.size()
	}

	n := 0
	for _, element := range slices.Concat(v.SS, v.BS, v.NS) {
		n += len(element)
	}
	return max(n, 1) // a boolean or null has one
}
