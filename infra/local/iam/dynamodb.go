package iam

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"latchkey/infra/local/engine"
)

// access is what a call of DynamoDB, or a part of it, does with one table.
type access struct {
	TableName, IndexName string
	Select, ReturnValues string
	AttributesToGet      []string
	Key, Item            map[string]json.RawMessage
	Keys                 []map[string]json.RawMessage

	ProjectionExpression, KeyConditionExpression, FilterExpression string
	UpdateExpression, ConditionExpression                          string
	ExpressionAttributeNames                                       map[string]string

	scans bool // a SELECT without a partition key
}

// call is what is read of a call.
type call struct {
	access
	RequestItems  map[string]json.RawMessage // by table
	TransactItems []map[string]access        // by Get, Put, Update, Delete or ConditionCheck
	Statement     string
	Statements    []struct{ Statement string }
	// TransactStatements are those of ExecuteTransaction.
	TransactStatements []struct{ Statement string }
}

// verb finds what a statement of PartiQL does, and with which table and index.
var verb = regexp.MustCompile(`(?is)^\s*(?:(INSERT)\s+INTO|(UPDATE)|(DELETE)\s+FROM|` +
	`(SELECT)\b.*?\bFROM)\s+"([^"]+)"(?:\."([^"]+)")?`)

// asksDynamoDB returns what a call of DynamoDB asks for. A batch takes a right of its own
// on each table, a transaction that of each part, and a statement of PartiQL has others
// (https://docs.aws.amazon.com/service-authorization/latest/reference/list_dynamodb.html,
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html,
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html).
func asksDynamoDB(i *IAM, function string, r *http.Request, body []byte) ([]Request, error) {
	var asked call
	if err := json.Unmarshal(body, &asked); err != nil {
		return nil, err
	}

	var all []Request
	name := operation(r)
	switch name {
	case "BatchGetItem", "BatchWriteItem":
		for table, raw := range asked.RequestItems {
			one := access{TableName: table}
			if name == "BatchGetItem" {
				if err := json.Unmarshal(raw, &one); err != nil {
					return nil, err
				}
			}
			all = append(all, i.request(function, name, one))
		}
	case "TransactGetItems", "TransactWriteItems":
		for _, part := range asked.TransactItems {
			for kind, one := range part {
				action := strings.TrimSuffix(kind, "Item") + "Item"
				all = append(all, i.request(function, action, one))
			}
		}
	case "ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction":
		return i.statements(function, asked)
	default:
		if name == "" || asked.TableName == "" {
			return nil, errUnknown
		}
		all = append(all, i.request(function, name, asked.access))
	}
	return all, nil
}

// statements returns what a call's statements of PartiQL ask for.
func (i *IAM) statements(function string, asked call) ([]Request, error) {
	texts := []string{asked.Statement}
	for _, s := range slices.Concat(asked.Statements, asked.TransactStatements) {
		texts = append(texts, s.Statement)
	}

	var all []Request
	for _, text := range texts {
		if text == "" {
			continue // there are several, each in its place
		}
		found := verb.FindStringSubmatch(text)
		if found == nil {
			return nil, errUnknown
		}
		does := cmp.Or(found[1:5]...)
		action := "PartiQL" + strings.ToUpper(does[:1]) + strings.ToLower(does[1:])
		one := access{TableName: found[5], IndexName: found[6]}
		one.scans = action == "PartiQLSelect" && !hasKey(text, i.key(found[5], found[6]))
		all = append(all, i.request(function, action, one))
	}
	return all, nil
}

// hasKey reports whether a statement reads items of a partition key, of one or of several
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.select.html).
// One with OR counts as a scan here, though DynamoDB lets it pass if each alternative names
// the key.
func hasKey(statement, key string) bool {
	given := `(?is)\bWHERE\b.*"?\b` + regexp.QuoteMeta(key) + `\b"?\s*(=|\bIN\b)`
	return key != "" && regexp.MustCompile(given).MatchString(statement) &&
		!either.MatchString(statement)
}

var either = regexp.MustCompile(`(?i)\bOR\b`)

// request returns what it takes to access a table. The context is there only where a
// condition asks for it.
func (i *IAM) request(function, action string, a access) Request {
	resource := a.TableName
	if !strings.HasPrefix(resource, "arn:") {
		resource = engine.ARN("dynamodb", "table/"+resource)
	}
	if a.IndexName != "" {
		resource += "/index/" + a.IndexName
	}

	r := Request{Function: function, Action: "dynamodb:" + action, Resource: resource}
	for _, s := range i.policies[function] {
		if len(s.Condition) > 0 && slices.Contains(s.Resource, resource) {
			r.Context = a.context(action)
		}
	}
	return r
}

// context returns the values of DynamoDB's condition keys
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html).
func (a access) context(action string) map[string][]string {
	values := map[string][]string{}
	if names := a.attributes(); len(names) > 0 {
		values["dynamodb:Attributes"] = names
	}

	switch action {
	case "GetItem", "BatchGetItem", "Query", "Scan":
		values["dynamodb:Select"] = []string{a.selected()}
	case "PutItem", "UpdateItem", "DeleteItem":
		values["dynamodb:ReturnValues"] = []string{"NONE"}
		if a.ReturnValues != "" {
			values["dynamodb:ReturnValues"] = []string{a.ReturnValues}
		}
	case "PartiQLSelect":
		values["dynamodb:FullTableScan"] = []string{strconv.FormatBool(a.scans)}
	}
	return values
}

// selected returns what a read selects: all attributes, unless it names some
// (https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html).
func (a access) selected() string {
	switch {
	case a.Select != "":
		return a.Select
	case a.ProjectionExpression != "" || len(a.AttributesToGet) > 0:
		return "SPECIFIC_ATTRIBUTES"
	case a.IndexName != "":
		return "ALL_PROJECTED_ATTRIBUTES"
	}
	return "ALL_ATTRIBUTES"
}

// word finds the names in an expression, with what comes before and after them.
var word = regexp.MustCompile(`([.:]?)([#A-Za-z_][A-Za-z0-9_]*)(\s*\()?`)

// keywords are the words of expressions that aren't names
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html).
var keywords = []string{"AND", "OR", "NOT", "IN", "BETWEEN", "SET", "REMOVE", "ADD", "DELETE"}

// attributes returns the attributes that are named, sorted: keys, those of an item, and
// those in expressions, without what is nested in them.
func (a access) attributes() []string {
	names := map[string]bool{}
	for _, item := range append([]map[string]json.RawMessage{a.Key, a.Item}, a.Keys...) {
		for name := range item {
			names[name] = true
		}
	}
	for _, name := range a.AttributesToGet {
		names[name] = true
	}

	for _, expression := range []string{
		a.ProjectionExpression,
		a.KeyConditionExpression,
		a.FilterExpression,
		a.UpdateExpression,
		a.ConditionExpression,
	} {
		for _, found := range word.FindAllStringSubmatch(expression, -1) {
			name := found[2]
			isKeyword := slices.Contains(keywords, strings.ToUpper(name))
			if found[1] != "" || isKeyword || found[3] != "" {
				continue
			}
			if full, ok := a.ExpressionAttributeNames[name]; ok {
				name = full
			}
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
