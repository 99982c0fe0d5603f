// Package clock holds times as tables and messages hold them: as numbers, whose types say
// what they count. 0 is no time.
package clock

import "time"

// Millis is a moment, in milliseconds since 1970.
type Millis = int64

// Of returns the moment of a time, without the part of a millisecond.
func Of(at time.Time) Millis { return at.UnixMilli() }

// Seconds is a moment, in seconds since 1970, as DynamoDB's TTL wants it.
type Seconds = int64

// SecondOf returns the second that a time is in.
func SecondOf(at time.Time) Seconds { return at.Unix() }

// SecondAfter returns the first whole second after a time.
func SecondAfter(at time.Time) Seconds { return at.Unix() + 1 }

// Span is a span of time, in whole seconds.
type Span = int64

// SpanOf returns a duration without the part of a second.
func SpanOf(d time.Duration) Span { return int64(d / time.Second) }
