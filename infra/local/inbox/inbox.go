// Package inbox holds what was sent to users by email and SMS, so that tests and people
// can read it.
//
// Contents go to a temporary file, which is gone when the host ends. Memory holds a few
// dozen bytes for each message.
package inbox

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"latchkey/infra/local/process"
)

// Message is an email or SMS that was sent to one address.
type Message struct {
	ID      string            `json:"id"`      // its number, from 1
	Channel string            `json:"channel"` // "email" or "sms"
	To      string            `json:"to"`
	Subject string            `json:"subject"`
	Text    string            `json:"text"`
	HTML    string            `json:"html"`
	Headers map[string]string `json:"headers"`
	At      time.Time         `json:"at"`
}

// Log holds messages in the order they were sent. Its methods may be called concurrently.
type Log struct {
	now func() time.Time

	mu      sync.RWMutex
	file    *os.File
	offsets []int64          // where each message begins, and where the last one ends
	byTo    map[string][]int // numbers from 0, by the address in lower case
}

// NewLog returns an empty log. It must be closed.
func NewLog() (*Log, error) {
	file, err := process.TemporaryFile("messages")
	if err != nil {
		return nil, fmt.Errorf("create the message log: %w", err)
	}
	return &Log{now: time.Now, file: file, offsets: []int64{0}, byTo: map[string][]int{}}, nil
}

// Close frees the log's file.
func (l *Log) Close() error { return l.file.Close() }

// Add appends messages; it sets their ID and At.
func (l *Log) Add(messages ...Message) error {
	l.mu.Lock()
	defer l.mu.Unlock()

	for _, m := range messages {
		number := len(l.offsets) - 1
		m.ID = strconv.Itoa(number + 1)
		m.At = l.now().UTC()
		b, err := json.Marshal(m)
		if err != nil {
			return fmt.Errorf("keep a message: %w", err)
		}

		end := l.offsets[number]
		if _, err := l.file.WriteAt(b, end); err != nil {
			return fmt.Errorf("keep a message: %w", err)
		}
		l.offsets = append(l.offsets, end+int64(len(b)))
		to := strings.ToLower(m.To)
		l.byTo[to] = append(l.byTo[to], number)
	}

	return nil
}

// Count returns the number of messages to an address, in any case. The empty address
// stands for all.
func (l *Log) Count(to string) int {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.count(to)
}

func (l *Log) count(to string) int {
	if to == "" {
		return len(l.offsets) - 1
	}
	return len(l.byTo[strings.ToLower(to)])
}

// Page returns at most limit of the messages that Count counts, after the first skip,
// oldest first. It reports whether there are more after them.
func (l *Log) Page(to string, skip, limit int) (page []Message, more bool, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()

	numbers := l.byTo[strings.ToLower(to)]
	count := l.count(to)
	page = []Message{}
	for n := skip; n < min(skip+limit, count); n++ {
		number := n
		if to != "" {
			number = numbers[n]
		}

		m, err := l.read(number)
		if err != nil {
			return nil, false, err
		}
		page = append(page, m)
	}

	return page, skip+limit < count, nil
}

// read returns a message by its number from 0.
func (l *Log) read(number int) (Message, error) {
	start := l.offsets[number]
	section := io.NewSectionReader(l.file, start, l.offsets[number+1]-start)

	var m Message
	if err := json.NewDecoder(section).Decode(&m); err != nil {
		return Message{}, fmt.Errorf("read message %d: %w", number+1, err)
	}
	return m, nil
}
