package dynamodb

import (
	"encoding/json"
	"errors"
	"path"
	"regexp"
	"slices"
	"strings"
)

// errNotFollowed is why a write is refused whose item the gate doesn't find.
var errNotFollowed = errors.New("an index can't follow this write, as its key isn't found")

// written is an item that a call writes, or may write.
type written struct {
	by  *follower
	key key
}

// attribute is an attribute's value. S is nil unless it is a text.
type attribute struct{ S *string }

// write is what a call says of one item. An item that is put has its key among others.
type write struct {
	TableName string // or its ARN
	Key, Item map[string]attribute
}

// statement is one of PartiQL.
type statement struct {
	Statement  string
	Parameters []attribute
}

// writing is what is read of a call that writes.
type writing struct {
	write
	RequestItems  map[string][]map[string]write // by table, and by what is done
	TransactItems []map[string]write            // by what is done
	statement
	Statements, TransactStatements []statement
}

// isWrite reports whether an operation may write items.
func isWrite(operation string) bool {
	switch operation {
	case "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems",
		"ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction":
		return true
	}
	return false
}

// written returns the items that a call may write in the tables that have copies.
func (g *Gate) written(operation string, body []byte) ([]written, error) {
	if len(g.late) == 0 || !isWrite(operation) {
		return nil, nil
	}

	var call writing
	if json.Unmarshal(body, &call) != nil {
		return nil, errNotFollowed
	}

	writes := []write{call.write, call.statement.write()}
	for _, s := range slices.Concat(call.Statements, call.TransactStatements) {
		writes = append(writes, s.write())
	}
	for _, part := range call.TransactItems {
		for _, w := range part {
			writes = append(writes, w)
		}
	}
	for table, parts := range call.RequestItems {
		for _, part := range parts {
			for _, w := range part {
				w.TableName = table
				writes = append(writes, w)
			}
		}
	}

	var all []written
	for _, w := range writes {
		f := g.late[path.Base(w.TableName)]
		if f == nil {
			continue // no index, or nothing at this place of the call
		}
		k, ok := w.key(f.attributes)
		if !ok {
			return nil, errNotFollowed
		}
		all = append(all, written{f, k})
	}
	return all, nil
}

// key returns the key of the item that is written.
func (w write) key(attributes []string) (k key, ok bool) {
	values := w.Item
	if values == nil {
		values = w.Key
	}

	for i, name := range attributes {
		text := values[name].S
		if text == nil {
			return key{}, false
		}
		k[i] = *text
	}
	return k, true
}

// token finds what a statement consists of: texts, names, words and signs.
var token = regexp.MustCompile(`'(?:[^']|'')*'|"(?:[^"]|"")*"|\w+|\S`)

// write returns what a statement writes, and nothing of one that only reads. It knows an
// attribute from its name before a colon or an equals sign. One that stands twice has no
// value: it isn't worked out which of them is meant.
func (s statement) write() (w write) {
	tokens := token.FindAllString(s.Statement, -1)
	if len(tokens) < 3 {
		return w
	}

	switch strings.ToUpper(tokens[0]) {
	case "INSERT", "DELETE": // INTO, FROM
		w.TableName = plain(tokens[2])
	case "UPDATE":
		w.TableName = plain(tokens[1])
	}

	w.Key = map[string]attribute{}
	left := s.Parameters
	for i := 2; i < len(tokens); i++ {
		var value attribute
		switch text := tokens[i]; {
		case text == "?" && len(left) > 0:
			value, left = left[0], left[1:]
		case text[0] == '\'':
			unquoted := plain(text)
			value.S = &unquoted
		}

		if tokens[i-1] == ":" || tokens[i-1] == "=" {
			name := plain(tokens[i-2])
			if _, twice := w.Key[name]; twice {
				value = attribute{}
			}
			w.Key[name] = value
		}
	}
	return w
}

// plain returns a name or a text without its quotes.
func plain(text string) string {
	quote := text[:1]
	if quote != `'` && quote != `"` || len(text) < 2 {
		return text
	}
	return strings.ReplaceAll(text[1:len(text)-1], quote+quote, quote)
}
