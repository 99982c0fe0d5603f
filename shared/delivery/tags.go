package delivery

import (
	"fmt"
	"strings"
)

// Tags of an email, which SES repeats in its events (Amazon SES API Reference, "MessageTag").
const (
	tagUser     = "user"     // the user's id; with _1, _2, ... those of several
	tagDelivery = "delivery" // the delivery's name
	tagShard    = "shard"    // of the delivery's part, two digits
)

// maxTag is the greatest length of a tag's value (MessageTag, "Value").
const maxTag = 256

func tagOfUser(i int) string { return fmt.Sprintf("%s_%d", tagUser, i+1) }

// Tags returns the tags of a delivery's email. A value has letters, digits, - and _ alone:
// a name's # becomes _, which no name has.
func (d Delivery) Tags() map[string]string {
	tags := map[string]string{tagDelivery: strings.ReplaceAll(string(d.Name), "#", "_")}
	for i, id := range d.Users {
		tags[tagOfUser(i)] = id
	}
	if d.Users == nil {
		tags[tagUser] = d.UserID
	}
	if d.Part != "" {
		tags[tagShard] = d.Part[len(d.Part)-2:]
	}
	return tags
}

// FromTags returns the deliveries that an email's tags name: their users, names and parts.
// It returns none if they name none. tag returns a tag's value, or "".
func FromTags(tag func(name string) string) []Delivery {
	name := Name(strings.ReplaceAll(tag(tagDelivery), "_", "#"))
	if name == "" || len(name) > maxTag {
		return nil
	}

	var all []Delivery
	for i := 0; isUser(tag(tagOfUser(i))); i++ {
		id := tag(tagOfUser(i))
		all = append(all, Delivery{UserID: id, Name: name.For(id)})
	}
	if all != nil || !isUser(tag(tagUser)) {
		return all
	}

	d := Delivery{UserID: tag(tagUser), Name: name}
	if shard := tag(tagShard); len(shard) == 2 && name.Number() != nil {
		base, _ := name.Base()
		d.Part = string(base) + "#" + shard
	}
	return []Delivery{d}
}

func isUser(id string) bool { return id != "" && len(id) <= maxTag }
