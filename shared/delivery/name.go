package delivery

import (
	"fmt"
	"strconv"
	"strings"
)

// Name returns the name of a job's notification among a user's deliveries. Names sort by
// number.
func Name(jobID string, number int) string { return fmt.Sprintf("%s#%06d", jobID, number) }

// Nth returns the name of the message to the kth device (from 1) that was tried.
func Nth(name string, k int) string {
	if k == 1 {
		return name
	}
	return fmt.Sprintf("%s#%d", name, k)
}

// Base splits a name into that of the message to the first device, and the device's
// number.
func Base(name string) (base string, k int) {
	parts := strings.Split(name, "#")
	if len(parts) == 3 {
		k, err := strconv.Atoi(parts[2])
		if err == nil && k > 1 {
			return parts[0] + "#" + parts[1], k
		}
	}
	return name, 1
}

// Tag writes a name as SES allows a message tag: letters, digits, - and _. Names have no
// _.
func Tag(name string) string { return strings.ReplaceAll(name, "#", "_") }

// FromTag returns the name that was written as a tag.
func FromTag(tag string) string { return strings.ReplaceAll(tag, "_", "#") }

// Part returns the name of a notification's part: the deliveries of a shard.
func Part(jobID string, number, shard int) string {
	return fmt.Sprintf("%s#%02d", Name(jobID, number), shard)
}

// Number returns the number of the job's notification; nil for a message that none asked
// for.
func (d Delivery) Number() *int {
	base, _ := Base(d.Notification)
	_, text, ok := strings.Cut(base, "#")

	number, err := strconv.Atoi(text)
	if !ok || len(text) != 6 || err != nil {
		return nil
	}
	return &number
}
