package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/infra/local/client"
)

const (
	// validations is how often the file is validated.
	validations = 3
	// passwords is how many users set one, at most, and passwordsAtOnce how many at the
	// same time.
	passwords       = 300
	passwordsAtOnce = 4
	// marked is how long it may take until all who set a password count as active, on a
	// busy machine.
	marked = time.Minute
)

// measureAll measures everything, one after the other. counted says what was found to add
// up.
func measureAll(
	ctx context.Context, s *system, rows int,
) (measures []measure, counted string, err error) {
	like, err := s.warmUp(ctx)
	if err != nil {
		return nil, "", fmt.Errorf("warm up: %w", err)
	}

	file := generate("user", rows)
	id, validated, err := s.measureValidation(ctx, file, rows)
	if err != nil {
		return nil, "", err
	}

	processed := measure{what: "users processed", beside: "BatchWriteItem", limit: processLimit}
	err = processed.take(rows,
		func() (time.Duration, error) { return s.process(ctx, id) },
		func() (float64, error) { return bareBatchWrite(ctx, s, rows) })
	if err != nil {
		return nil, "", err
	}

	notified := measure{what: "messages sent", beside: "SendEmail", limit: sendLimit}
	err = notified.take(rows,
		func() (time.Duration, error) { return s.notify(ctx, id) },
		func() (float64, error) { return bareSend(ctx, s, rows, like) })
	if err != nil {
		return nil, "", err
	}

	some, err := s.count(ctx, id, rows)
	if err != nil {
		return nil, "", err
	}

	set := measure{what: "passwords set", beside: "argon2id", limit: passwordLimit}
	err = set.take(len(some),
		func() (time.Duration, error) { return s.setPasswords(ctx, some) },
		bareHash)
	if err != nil {
		return nil, "", err
	}

	if err := s.countActive(ctx, id, rows, len(some)); err != nil {
		return nil, "", err
	}

	counted = fmt.Sprintf("%d rows, %d users and %d messages, one to each; %d are active",
		rows, rows, rows, len(some))
	return []measure{validated, processed, notified, set}, counted, nil
}

// measureValidation validates the file several times: once is soon done. It returns the
// id of the last job, which the other measures go on with.
func (s *system) measureValidation(
	ctx context.Context, file []byte, rows int,
) (id string, m measure, err error) {
	m = measure{
		what:   "rows validated",
		beside: "encoding/csv and BatchGetItem",
		limit:  validateLimit,
	}
	err = m.take(validations*rows,
		func() (time.Duration, error) {
			var sum time.Duration
			for range validations {
				last, took, err := s.validate(ctx, file)
				if err != nil {
					return 0, err
				}
				id = last
				sum += took
			}
			return sum, nil
		},
		func() (float64, error) { return bareValidation(ctx, s, file, rows) })
	return id, m, err
}

// take measures a step that does n things, and its bare engine before and after it: what
// else the machine does comes and goes.
func (m *measure) take(
	n int, step func() (time.Duration, error), bare func() (float64, error),
) error {
	before, err := bare()
	if err != nil {
		return err
	}

	took, err := step()
	if err != nil {
		return err
	}

	after, err := bare()
	if err != nil {
		return err
	}

	m.rate = float64(n) / took.Seconds()
	m.bare = 2 / (1/before + 1/after)
	return nil
}

// warmUp takes a small file through a job, and returns a message that was sent.
func (s *system) warmUp(ctx context.Context) (like client.Message, err error) {
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

	for m, err := range s.api.Messages(ctx, "") {
		if err != nil {
			return like, err
		}
		like = m
	}

	return like, nil
}

// count checks what the API tells of a job whose rows are all good and new, and that each
// user was sent one message. It returns some of the messages.
func (s *system) count(
	ctx context.Context, id string, rows int,
) (some []client.Message, err error) {
	if err := s.checkCounts(ctx, id, rows); err != nil {
		return nil, err
	}

	to := make(map[string]int, rows)
	for m, err := range s.api.Messages(ctx, "") {
		if err != nil {
			return nil, err
		}
		if !strings.HasPrefix(m.To, "user") {
			continue
		}
		to[m.To]++
		if len(some) < passwords {
			some = append(some, m)
		}
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

// checkCounts checks the counts of a job whose rows are all good and new, and of its
// notification.
func (s *system) checkCounts(ctx context.Context, id string, rows int) error {
	j, err := client.Get[client.Job](ctx, s.api, "/api/jobs/"+id)
	if err != nil {
		return err
	}

	wantRows := client.Rows{Total: rows, Valid: rows, Processed: rows, Added: rows}
	wantUsers := client.Users{Total: rows, Pending: rows}
	if j.Rows != wantRows || j.Users != wantUsers {
		return fmt.Errorf("the job counts %+v and %+v, want %+v and %+v",
			j.Rows, j.Users, wantRows, wantUsers)
	}

	n, err := client.Get[client.Notification](ctx, s.api, j.Path()+"/notifications/1")
	if err != nil {
		return err
	}
	if n.Counts.Audience != rows || n.Counts.Out() != rows {
		return fmt.Errorf("the notification counts %+v, want %d sent", n.Counts, rows)
	}

	return nil
}

// setPasswords sets a password by the link of each message, and returns how long that
// took.
func (s *system) setPasswords(ctx context.Context, by []client.Message) (time.Duration, error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(passwordsAtOnce)
	began := time.Now()
	for _, m := range by {
		group.Go(func() error {
			body := map[string]string{
				"token":    m.Token(),
				"password": "quiet-harbour-lantern-seven",
			}
			return s.api.Do(ctx, http.MethodPost, "/api/password", body, nil)
		})
	}

	err := group.Wait()
	return time.Since(began), err
}

// countActive waits until the job tells that so many of its users are active.
func (s *system) countActive(ctx context.Context, id string, users, active int) error {
	ctx, cancel := context.WithTimeout(ctx, marked)
	defer cancel()

	var got client.Users
	err := client.Until(ctx, pollEvery, func(ctx context.Context) (bool, error) {
		j, err := client.Get[client.Job](ctx, s.api, "/api/jobs/"+id)
		got = j.Users
		return got.Active == active && got.Pending == users-active, err
	})
	if err != nil {
		return fmt.Errorf("%d users set a password, the job counts %+v: %w", active, got, err)
	}

	return nil
}
