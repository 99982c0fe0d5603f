package idempotency_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/idempotency"
	"latchkey/shared/store"
)

// noon is far ahead, since DynamoDB Local deletes what by its own clock is past its
// "delete_at".
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

func newStore(t testing.TB) idempotency.Store {
	t.Helper()
	db, name := enginetest.Tables(t)
	return idempotency.Store{Table: store.Table{DB: db, Name: name("jobs")}}
}

func post(path, key, body string) api.Event {
	event := api.Event{RawPath: path, Body: body, Headers: map[string]string{}}

	event.RequestContext.HTTP.Method = "POST"
	if key != "" {
		event.Headers["idempotency-key"] = key
	}

	return event
}

// maker makes a thing from each seed, once; its answer names the seed and the time.
type maker struct {
	made  map[string]int
	fails error // in the place of the next answer
}

func (m *maker) do(seed string, at time.Time) (api.Answer, error) {
	if m.made == nil {
		m.made = map[string]int{}
	}

	m.made[seed]++
	if err := m.fails; err != nil {
		m.fails = nil
		return api.Answer{}, err
	}

	return api.Answer{Status: 201, Body: map[string]any{"seed": seed, "at": clock.Of(at)}}, nil
}

func text(t testing.TB, answer api.Answer) string {
	t.Helper()

	body, err := json.Marshal(answer.Body)
	if err != nil {
		t.Fatal(err)
	}

	return fmt.Sprint(answer.Status, " ", string(body))
}

func TestDo(t *testing.T) {
	s := newStore(t)

	const path = "/api/jobs"
	for _, test := range []struct {
		name  string
		actor string
		again api.Event
		after time.Duration
		same  bool
		code  string // of the refusal
	}{
		{
			name:  "the same key and body get the same answer",
			actor: "Ada",
			again: post(path, "k", "{}"),
			after: time.Hour,
			same:  true,
		},
		{"another body is refused", "Ada", post(path, "k", "{ }"), time.Hour, false, "used"},
		{
			name:  "until the last millisecond of the day",
			actor: "Ada",
			again: post(path, "k", "{ }"),
			after: 24*time.Hour - time.Millisecond,
			code:  "used",
		},
		{
			name:  "after a day the key is new, though the item is there",
			actor: "Ada",
			again: post(path, "k", "{ }"),
			after: 24 * time.Hour,
		},
		{"another key is another request", "Ada", post(path, "k2", "{}"), time.Hour, false, ""},
		{"another's key is another request", "Bob", post(path, "k", "{}"), time.Hour, false, ""},
		{
			name:  "another path is another request",
			actor: "Ada",
			again: post("/api/jobs/j1/notifications", "k", "{}"),
			after: time.Hour,
		},
		{"no key is a request each time", "Ada", post(path, "", "{}"), 0, false, ""},
		{
			name:  "a key may have 255 characters",
			actor: "Ada",
			again: post(path, strings.Repeat("k", 255), "{}"),
		},
		{"and no more", "Ada", post(path, strings.Repeat("k", 256), "{}"), 0, false, "too_long"},
	} {
		t.Run(test.name, func(t *testing.T) {
			// So that the cases don't meet.
			actor := func(name string) string { return test.name + name }
			m := &maker{}

			first, err := s.Do(t.Context(), post(path, "k", "{}"), actor("Ada"), noon, m.do)
			if err != nil {
				t.Fatal(err)
			}

			second, err := s.Do(
				t.Context(),
				test.again,
				actor(test.actor),
				noon.Add(test.after),
				m.do,
			)
			if test.code != "" {
				var refused *api.Error
				if !errors.As(err, &refused) || refused.Status != 422 ||
					refused.Fields[0].Code != test.code ||
					len(m.made) != 1 {
					t.Fatalf("got %v, made %v", err, m.made)
				}

				return
			}

			if err != nil {
				t.Fatal(err)
			}

			same := text(t, first) == text(t, second)
			if same != test.same || same != (len(m.made) == 1) {
				t.Errorf("got %s, then %s", text(t, first), text(t, second))
			}
		})
	}
}

func TestADeathHalfWayIsMadeUpForFromTheSameSeedAndTime(t *testing.T) {
	s := newStore(t)
	m := &maker{fails: errors.New("the instance died")}

	event := post("/api/jobs", "k", "{}")
	if _, err := s.Do(t.Context(), event, "Ada", noon, m.do); err == nil {
		t.Fatal("it didn't fail")
	}

	second, err := s.Do(t.Context(), event, "Ada", noon.Add(time.Hour), m.do)
	if err != nil {
		t.Fatal(err)
	}

	if len(m.made) != 1 || !strings.Contains(text(t, second), fmt.Sprint(clock.Of(noon))) {
		t.Errorf("made %v, answered %s", m.made, text(t, second))
	}

	third, err := s.Do(t.Context(), event, "Ada", noon.Add(2*time.Hour), m.do)
	if err != nil || text(t, third) != text(t, second) {
		t.Errorf("got %s, %v", text(t, third), err)
	}

	if made := fmt.Sprint(m.made); !strings.Contains(made, ":2]") {
		t.Errorf("it was done %s, want twice: before the death and after it", made)
	}
}

func TestARefusalIsNotKept(t *testing.T) {
	s := newStore(t)
	m := &maker{fails: api.Fail(409, "job_busy", "It is busy.")}
	event := post("/api/jobs", "k", "{}")

	var refused *api.Error
	if _, err := s.Do(t.Context(), event, "Ada", noon, m.do); !errors.As(err, &refused) {
		t.Fatal(err)
	}

	answer, err := s.Do(t.Context(), event, "Ada", noon, m.do)
	if err != nil || answer.Status != 201 {
		t.Errorf("got %v, %v", answer, err)
	}
}

func TestRequestsAtOnceMakeTheSame(t *testing.T) {
	s := newStore(t)

	var mu sync.Mutex

	m := &maker{}
	answers := map[string]bool{}

	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			answer, err := s.Do(
				t.Context(),
				post("/api/jobs", "k", "{}"),
				"Ada",
				noon,
				func(seed string, at time.Time) (api.Answer, error) {
					mu.Lock()
					defer mu.Unlock()
					return m.do(seed, at)
				},
			)
			if err != nil {
				t.Error(err)
				return
			}

			mu.Lock()
			defer mu.Unlock()

			answers[text(t, answer)] = true
		})
	}

	group.Wait()

	if len(m.made) != 1 || len(answers) != 1 {
		t.Errorf("made from %d seeds, %d different answers", len(m.made), len(answers))
	}
}
