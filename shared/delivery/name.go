package delivery

import (
	"fmt"
	"strconv"
	"strings"
)

// Name names a job's notification among a user's deliveries, so that they are in the order of their numbers.
func Name(jobID string, number int) string { return fmt.Sprintf("%s#%06d", jobID, number) }

// Nth names the message to the kth device (from 1) that was tried for a name.
func Nth(name string, k int) string {
	if k == 1 {
		return name
	}
	return fmt.Sprintf("%s#%d", name, k)
}

// Base takes the device's number off a name: it gives the name, and which device it was.
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

// Tag writes a name as SES lets a message tag be written: letters, digits, - and _. Names have no _ of their own.
func Tag(name string) string { return strings.ReplaceAll(name, "#", "_") }

// FromTag reads a name that was written as a tag.
func FromTag(tag string) string { return strings.ReplaceAll(tag, "_", "#") }

// Part names the part of a notification that a shard's deliveries are in.
func Part(jobID string, number, shard int) string {
	return fmt.Sprintf("%s#%02d", Name(jobID, number), shard)
}

// Number is the number of the job's notification that the delivery is of; nil for a message that none asked for.
func (d Delivery) Number() *int {
	base, _ := Base(d.Notification)
	_, text, ok := strings.Cut(base, "#")

	number, err := strconv.Atoi(text)
	if !ok || len(text) != 6 || err != nil {
		return nil
	}
	return &number
}
