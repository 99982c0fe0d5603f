// Package clock holds times as tables and messages hold them: as numbers, each of a type
// that says what it counts. 0 is no time.
package clock

import "time"

// Millis is a moment, in milliseconds since 1970.
type Millis int64

// Of returns the moment of a time, without the part of a millisecond.
func Of(at time.Time) Millis { return Millis(at.UnixMilli()) }

// Time returns the moment as a time.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)) }

// Add returns the moment that comes a duration after m.
func (m Millis) Add(d time.Duration) Millis { return m + Millis(d.Milliseconds()) }

// Seconds is a moment, in seconds since 1970, as DynamoDB's TTL wants it.
type Seconds int64

// SecondOf returns the second that a time is in.
func SecondOf(at time.Time) Seconds { return Seconds(at.Unix()) }

// SecondAfter returns the first whole second after a time.
func SecondAfter(at time.Time) Seconds { return SecondOf(at) + 1 }

// Span is a span of time, in whole seconds.
type Span int64

// SpanOf returns the span of a duration, without the part of a second.
func SpanOf(d time.Duration) Span { return Span(d / time.Second) }

// Duration returns the span as a duration.
func (s Span) Duration() time.Duration { return time.Duration(s) * time.Second }
