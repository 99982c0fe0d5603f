package delivery

import "strings"

// Tags of an email, which SES repeats in its events (Amazon SES API Reference, "MessageTag").
const (
	tagUser     = "user"     // the user's id
	tagDelivery = "delivery" // the delivery's name
	tagShard    = "shard"    // of the delivery's part, two digits
)

// maxTag is the greatest length of a tag's value (MessageTag, "Value").
const maxTag = 256

// Tags returns the tags of a delivery's email. A value has letters, digits, - and _ alone:
// a name's # becomes _, which no name has.
func (d Delivery) Tags() map[string]string {
	tags := map[string]string{
		tagUser:     d.UserID,
		tagDelivery: strings.ReplaceAll(string(d.Name), "#", "_"),
	}
	if d.Part != "" {
		tags[tagShard] = d.Part[len(d.Part)-2:]
	}
	return tags
}

// FromTags returns the delivery that an email's tags name: its user, name and part. ok is
// false if they name none. tag returns a tag's value, or "".
func FromTags(tag func(name string) string) (d Delivery, ok bool) {
	d.UserID = tag(tagUser)
	d.Name = Name(strings.ReplaceAll(tag(tagDelivery), "_", "#"))
	if d.UserID == "" || len(d.UserID) > maxTag ||
		d.Name == "" || len(d.Name) > maxTag {
		return Delivery{}, false
	}

	if shard := tag(tagShard); len(shard) == 2 && d.Name.Number() != nil {
		base, _ := d.Name.Base()
		d.Part = string(base) + "#" + shard
	}
	return d, true
}
