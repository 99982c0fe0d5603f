package meter

import (
	"encoding/json"
	"maps"
	"math"
	"regexp"
	"strings"
)

// statement is one of PartiQL
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html).
// DynamoDB Local answers no capacity for it. So its item is read before and after, and
// what it costs is worked out by the rules.
type statement struct {
	Statement      string
	Parameters     []json.RawMessage
	ConsistentRead bool
}

// verb finds what a statement does, and with which table and index. The names before FROM are
// attributes.
var verb = regexp.MustCompile(
	`(?is)^\s*(INSERT|UPDATE|DELETE|SELECT\b.*?\bFROM)\b.*?"([^"]+)"(?:\."([^"]+)")?`)

// all returns the statements of a request.
func (r request) all() []statement {
	if r.Statement != "" {
		return []statement{r.statement}
	}
	return r.Statements
}

// target returns what the statement does, and with which table and index.
func (s statement) target() (does, table, index string) {
	found := verb.FindStringSubmatch(s.Statement)
	if found == nil {
		return "", "", ""
	}
	return strings.Fields(strings.ToUpper(found[1]))[0], found[2], found[3]
}

// value returns the value that the statement gives to an attribute of the key: in the
// item of an INSERT, or in the WHERE of another.
func (s statement) value(does, name string) (json.RawMessage, bool) {
	from := 0
	if does != "INSERT" {
		from = strings.LastIndex(strings.ToUpper(s.Statement), "WHERE")
	}
	if from < 0 {
		return nil, false
	}

	named := `['"]?\b` + regexp.QuoteMeta(name) + `\b['"]?`
	given := regexp.MustCompile(named + `\s*[:=]\s*(\?|'[^']*')`)
	at := given.FindStringSubmatchIndex(s.Statement[from:])
	if at == nil {
		return s.inParameter(name)
	}

	text := s.Statement[from+at[2] : from+at[3]]
	if text != "?" {
		value, err := json.Marshal(map[string]string{"S": strings.Trim(text, "'")})
		return value, err == nil
	}
	nth := strings.Count(s.Statement[:from+at[2]], "?")
	if nth >= len(s.Parameters) {
		return nil, false
	}
	return s.Parameters[nth], true
}

// inParameter returns an attribute of an item that is a parameter as a whole.
func (s statement) inParameter(name string) (json.RawMessage, bool) {
	for _, p := range s.Parameters {
		var whole struct{ M item }
		if json.Unmarshal(p, &whole) != nil {
			continue
		}
		if value, ok := whole.M[name]; ok {
			return value, true
		}
	}
	return nil, false
}

// execute has the engine run statements, and returns their units.
func (e exchange) execute(statements []statement, body []byte) (*answer, map[Place]Units) {
	before := make([]item, len(statements))
	for i, s := range statements {
		before[i] = e.itemOf(s)
	}

	got := send(e.engine, e.first, body)

	units := map[Place]Units{}
	for i, s := range statements {
		does, name, index := s.target()
		table := e.table(name)
		if does == "SELECT" {
			e.add(units, table.Name, index, true, s.units(before[i], index))
			continue
		}

		// One that was refused leaves its item as it was: that costs as much as writing it.
		e.addChange(units, table, before[i], e.itemOf(s))
	}

	return got, units
}

// units returns what a SELECT costs. What several partitions of an index cost in one isn't
// documented: they are counted as if each had been asked for alone.
func (s statement) units(read item, index string) float64 {
	n := max(1, math.Ceil(float64(read.size())/readUnit))
	if index != "" {
		n = max(n, float64(len(s.Parameters)))
	}
	return n * reading(s.ConsistentRead)
}

// itemOf returns the item that a statement is about, as it is now; nil is none.
func (e exchange) itemOf(s statement) item {
	does, name, index := s.target()
	if index != "" {
		return nil
	}
	table := e.table(name)
	key := item{}
	for _, attribute := range []string{table.Partition, table.Sort} {
		if attribute == "" {
			continue
		}
		value, ok := s.value(does, attribute)
		if !ok {
			return nil
		}
		key[attribute] = value
	}
	return e.read(name, key)
}

// read reads an item beside what is counted; nil is none.
func (e exchange) read(table string, key item) item {
	body, err := json.Marshal(map[string]any{
		"TableName":      table,
		"Key":            key,
		"ConsistentRead": true,
	})
	if err != nil {
		return nil
	}

	r := e.first.Clone(e.first.Context())
	target := r.Header.Get("X-Amz-Target")
	r.Header = maps.Clone(r.Header)
	r.Header.Set("X-Amz-Target", strings.Replace(target, e.call.Operation, "GetItem", 1))

	var found struct{ Item item }
	if json.Unmarshal(send(e.engine, r, body).body.Bytes(), &found) != nil {
		return nil
	}
	return found.Item
}
