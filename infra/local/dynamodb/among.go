package dynamodb

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
)

// pageItems is how many items DynamoDB gives in a page of a statement that reads several
// partitions. DynamoDB Local gives all of them
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-operators.html).
const pageItems = 10

// among finds such a statement.
var among = regexp.MustCompile(`(?is)^\s*SELECT\b.*\bIN\s*[\[(]`)

// readsAmong reports whether a call reads several partitions by a statement.
func (c call) readsAmong() bool {
	var text string
	return c.operation == "ExecuteStatement" && c.request.read("Statement", &text) == nil &&
		among.MatchString(text)
}

// page has the engine answer such a call, and gives one page of the answer. The token of the
// next one is how many items come before it.
func (g *Gate) page(ctx context.Context, c call) (reply, error) {
	token := "0"
	if err := c.request.read("NextToken", &token); err != nil {
		return failure(http.StatusBadRequest, "ValidationException", err.Error()), nil
	}
	from, err := strconv.Atoi(token)
	if err != nil || from < 0 {
		return failure(http.StatusBadRequest, "ValidationException", "Invalid NextToken"), nil
	}
	delete(c.request, "NextToken")

	got, err := g.forward(ctx, c)
	if err != nil || got.status != http.StatusOK {
		return got, err
	}

	var answer fields
	var items []json.RawMessage
	if err := json.Unmarshal(got.body, &answer); err != nil {
		return reply{}, fmt.Errorf("read the answer of DynamoDB Local: %w", err)
	}
	if err := answer.read("Items", &items); err != nil {
		return reply{}, fmt.Errorf("read the answer of DynamoDB Local: %w", err)
	}

	from = min(from, len(items))
	to := min(from+pageItems, len(items))
	if err := answer.set("Items", items[from:to]); err != nil {
		return reply{}, err
	}
	if to < len(items) {
		if err := answer.set("NextToken", strconv.Itoa(to)); err != nil {
			return reply{}, err
		}
	}

	body, err := json.Marshal(answer)
	return answered(http.StatusOK, body), err
}
