package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// validations is how often the file is validated.
	validations = 3
	// passwords is how many users set one, at most, and passwordsAtOnce how many at the same time.
	passwords       = 300
	passwordsAtOnce = 4
	// marked is how long it may take until all who set a password count as active, on a busy machine.
	marked = time.Minute
)

// measureAll measures everything, one after the other. counted says what was found to add up.
func measureAll(
	ctx context.Context,
	s *system,
	rows int,
) (measures []measure, counted string, err error) {
	like, err := s.warmUp(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("warm up: %w", err)
	}

	add := func(m measure, n int, step func() (time.Duration, error), bare func() (float64, error)) {
		if err == nil {
			m.rate, m.bare, err = beside(n, step, bare)
			measures = append(measures, m)
		}
	}
	file := generate("user", rows)

	var id string
	add(
		measure{
			what:   "rows validated",
			beside: "encoding/csv and BatchGetItem",
			limit:  validateLimit,
		},
		validations*rows,
		func() (sum time.Duration, err error) {
			for range validations { // one is soon done; the last job goes on
				var took time.Duration
				if id, took, err = s.validate(ctx, file); err != nil {
					return 0, err
				}

				sum += took
			}

			return sum, nil
		},
		func() (float64, error) { return bareValidation(ctx, s, file, rows) },
	)
	add(
		measure{what: "users processed", beside: "BatchWriteItem", limit: processLimit},
		rows,
		func() (time.Duration, error) {
			return s.process(ctx, id)
		},
		func() (float64, error) { return bareBatchWrite(ctx, s, rows) },
	)
	add(
		measure{what: "messages sent", beside: "SendEmail", limit: sendLimit},
		rows,
		func() (time.Duration, error) {
			return s.notify(ctx, id)
		},
		func() (float64, error) { return bareSend(ctx, s, rows, like) },
	)

	if err != nil {
		return nil, "", err
	}

	some, err := s.count(ctx, id, rows)
	add(
		measure{what: "passwords set", beside: "argon2id", limit: passwordLimit},
		len(some),
		func() (time.Duration, error) {
			return s.setPasswords(ctx, some)
		},
		bareHash,
	)

	if err != nil {
		return nil, "", err
	}
	if err := s.countActive(ctx, id, rows, len(some)); err != nil {
		return nil, "", err
	}
	return measures, fmt.Sprintf(
		"%d rows, %d users and %d messages, one to each; %d are active",
		rows,
		rows,
		rows,
		len(some),
	), nil
}

// beside measures a step that does n things, and its bare engine before and after it: what else the machine does comes and goes.
func beside(
	n int,
	step func() (time.Duration, error),
	bare func() (float64, error),
) (rate, bareRate float64, err error) {
	before, err := bare()
	if err != nil {
		return 0, 0, err
	}

	took, err := step()
	if err != nil {
		return 0, 0, err
	}

	after, err := bare()
	if err != nil {
		return 0, 0, err
	}
	return float64(n) / took.Seconds(), 2 / (1/before + 1/after), nil
}

// warmUp takes a small file through a job, and gives a message that was sent.
func (s *system) warmUp(ctx context.Context) (like sent, err error) {
	id, _, err := s.validate(ctx, generate("warm", warmRows))
	if err != nil {
		return like, err
	}
	if _, err := s.process(ctx, id); err != nil {
		return like, err
	}
	if _, err := s.notify(ctx, id); err != nil {
		return like, err
	}
	if err := createBareTable(ctx, s); err != nil {
		return like, err
	}
	return like, s.messages(ctx, func(m sent) { like = m })
}

// jobCounts are a job's rows and users, as the API tells them.
type jobCounts struct {
	Rows  struct{ Total, Valid, Invalid, Processed, Added, Updated, Unchanged, Removed, Failed int }
	Users struct{ Total, Active, Pending, Expired, Inactive, Undeliverable int }
}

// count checks what the API tells of a job whose rows are all good and new, and that each user was sent one message. It gives some of the messages.
func (s *system) count(ctx context.Context, id string, rows int) (some []sent, err error) {
	var got, want jobCounts
	if err := s.call(ctx, http.MethodGet, "/api/jobs/"+id, nil, &got); err != nil {
		return nil, err
	}

	want.Rows.Total, want.Rows.Valid, want.Rows.Processed, want.Rows.Added = rows, rows, rows, rows

	want.Users.Total, want.Users.Pending = rows, rows
	if got != want {
		return nil, fmt.Errorf("the job counts %+v, want %+v", got, want)
	}

	var n struct {
		Counts struct{ Audience, Queued, Sent, Delivered, Failed, Skipped int }
	}
	if err := s.call(ctx, http.MethodGet, "/api/jobs/"+id+"/notifications/1", nil, &n); err != nil {
		return nil, err
	}
	if c := n.Counts; c.Audience != rows || c.Sent+c.Delivered != rows {
		return nil, fmt.Errorf("the notification counts %+v, want %d sent", c, rows)
	}

	to := make(map[string]int, rows)

	err = s.messages(ctx, func(m sent) {
		if strings.HasPrefix(m.To, "user") {
			to[m.To]++
			if len(some) < passwords {
				some = append(some, m)
			}
		}
	})
	if err != nil {
		return nil, err
	}

	for user := range rows {
		if address := row("user", user)[7]; to[address] != 1 {
			return nil, fmt.Errorf("%s got %d messages", address, to[address])
		}
	}

	if len(to) != rows {
		return nil, errors.New("somebody got a message who isn't in the file")
	}
	return some, nil
}

// setPasswords sets a password by the link of each message.
func (s *system) setPasswords(ctx context.Context, by []sent) (time.Duration, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(passwordsAtOnce)

	began := time.Now()

	for _, m := range by {
		group.Go(func() error {
			return s.call(
				ctx,
				http.MethodPost,
				"/api/password",
				map[string]string{"token": m.token(), "password": "quiet-harbour-lantern-seven"},
				nil,
			)
		})
	}

	err := group.Wait()
	return time.Since(began), err
}

// countActive waits until the job tells that so many of its users are active.
func (s *system) countActive(ctx context.Context, id string, users, active int) error {
	var got jobCounts

	ctx, cancel := context.WithTimeout(ctx, marked)
	defer cancel()

	err := until(ctx, func(ctx context.Context) (bool, error) {
		err := s.call(ctx, http.MethodGet, "/api/jobs/"+id, nil, &got)
		return got.Users.Active == active && got.Users.Pending == users-active, err
	})
	if err != nil {
		return fmt.Errorf("%d users set a password, the job counts %+v: %w", active, got.Users, err)
	}
	return nil
}
