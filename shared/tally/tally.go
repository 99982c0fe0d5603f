// Package tally counts users: a job's by their state, a notification's by what became of
// the message to them. A few are counted while the caller waits, many in the background.
package tally

import (
	"context"
	"time"

	"latchkey/shared/parallel"
)

const (
	// Inline is the largest number of users that are counted while the caller waits.
	Inline = 5_000
	// age is how old a count of few users may be before it is made again.
	age = 2 * time.Second
)

// ageOf returns how old a count of users may be before it is made again: a large one may
// be 1 s older for each rate of them.
func ageOf(users, rate int) time.Duration {
	if users <= Inline {
		return age
	}
	return age + time.Duration(users/rate)*time.Second
}

// sumOf counts all shards at once, and adds up what they have.
func sumOf[T any](
	ctx context.Context,
	shards int,
	count func(ctx context.Context, shard int) (T, error),
	plus func(T, T) T,
) (sum T, err error) {
	counts, err := parallel.Map(ctx, shards, shards, count)
	if err != nil {
		return sum, err
	}

	for _, one := range counts {
		sum = plus(sum, one)
	}

	return sum, nil
}
