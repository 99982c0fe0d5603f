// Package outbox stands where messages leave for users: before the local SES, and in the
// place of SNS.
//
// It stores what would be sent, so that tests and people can read it. Contents go to a
// temporary file, which is gone when the host ends, and memory holds a few dozen bytes
// for each message.
package outbox

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
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
	file, err := namelessFile("messages")
	if err != nil {
		return nil, fmt.Errorf("create the message log: %w", err)
	}
	return &Log{now: time.Now, file: file, offsets: []int64{0}, byTo: map[string][]int{}}, nil
}

// namelessFile creates a temporary file and takes its name away, so that it is gone as
// soon as nobody has it open.
func namelessFile(pattern string) (*os.File, error) {
	file, err := os.CreateTemp("", pattern)
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
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
