package notification

import (
	"fmt"
	"strconv"
	"strings"

	"latchkey/shared/store"
)

// itemPrefix begins the items of notifications. All items are listed in package store.
const itemPrefix = "notification#"

// NumberOf returns a notification's number by its item. ok is false for other items.
func NumberOf(item string) (number int, ok bool) {
	text, ok := strings.CutPrefix(item, itemPrefix)
	number, err := strconv.Atoi(text)
	return number, ok && err == nil
}

func key(jobID, item string) store.Key { return store.Key{"job": jobID, "item": item} }

func item(number int) string { return fmt.Sprintf(itemPrefix+"%06d", number) }

func shardPrefix(number int) string { return fmt.Sprintf("shard#%06d#", number) }

func shardItem(number, shard int) string {
	return fmt.Sprintf("%s%02d", shardPrefix(number), shard)
}

func batchPrefix(number, shard int) string {
	return fmt.Sprintf("batch#%06d#%02d#", number, shard)
}

func namedItem(id string, part int) string { return fmt.Sprintf("named#%s#%02d", id, part) }

// names are usernames: those of a batch, or a part of a named audience.
type names struct {
	JobID     string   `dynamodbav:"job"`
	Item      string   `dynamodbav:"item"`
	Usernames []string `dynamodbav:"usernames"`
	// Next is the username's key after which the next batch begins.
	Next string `dynamodbav:"next"`
	End  bool   `dynamodbav:"end_of_shard"`
}
