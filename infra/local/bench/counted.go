package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"latchkey/infra/local/client"
)

const (
	// countedRows are taken through a job while calls and units are counted, and counted
	// users set a password, and then have forgotten it.
	countedRows  = 2000
	countedUsers = 100
)

// Bars of write units, indexes counted, of a user with one device.
const (
	onboardBar = 14 // upload, notified once, delivered, password set, its notice
	forgotBar  = 8
)

// measureUnits counts calls and units on a system of its own: what counts takes time.
func (r *Report) measureUnits(ctx context.Context) error {
	s, err := start(ctx, setting{counts: true})
	if err != nil {
		return err
	}
	defer s.stop()

	rows := min(countedRows, r.Environment.Rows)
	id, err := s.countJob(ctx, &r.Counted, rows)
	if err != nil {
		return err
	}
	if err := s.checkCounts(ctx, id, rows); err != nil {
		return err
	}

	var links []client.Message
	for m, err := range s.api.Messages(ctx, "") {
		if err != nil {
			return err
		}
		links = append(links, m)
	}
	if len(links) != rows {
		return fmt.Errorf("%d users got %d messages", rows, len(links))
	}
	some := links[:min(countedUsers, rows)]

	did, err := s.step(ctx, passwordStep, len(some), func() error {
		for _, m := range some {
			if err := s.open(ctx, s.visitors[0], m); err != nil {
				return err
			}
			if err := set(ctx, s.visitors[0], m); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.Counted = append(r.Counted, did)

	did, err = s.step(ctx, forgotStep, len(some), func() error {
		for _, m := range some {
			if err := forget(ctx, s.visitors[0], username(m)); err != nil {
				return err
			}
		}
		return nil
	})
	r.Counted = append(r.Counted, did)
	return err
}

// countJob takes a file through a job, and notifies them once. It
// adds both steps to a list, and returns the job's id.
func (s *system) countJob(ctx context.Context, to *[]*Step, rows int) (id string, err error) {
	file, err := s.step(ctx, fileStep, rows, func() error {
		id, err = s.onboard(ctx, users("counted", 0, rows))
		return err
	})
	if err != nil {
		return "", err
	}
	*to = append(*to, file)

	notified, err := s.step(ctx, notifyStep, rows, func() error {
		_, err := s.notify(ctx, id)
		return err
	})
	if err != nil {
		return "", err
	}
	notified.Stored, err = s.stored(ctx)
	*to = append(*to, notified)
	return id, err
}

// stored returns the bytes that all tables hold, with their indexes.
func (s *system) stored(ctx context.Context) (int64, error) {
	var sum int64
	for name := range s.host.Tables {
		t := s.table(name)
		got, err := t.DB.DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &t.Name})
		if err != nil {
			return 0, fmt.Errorf("look at table %s: %w", name, err)
		}
		if got.Table.TableSizeBytes == nil {
			return 0, errors.New("a table's size isn't told")
		}
		sum += *got.Table.TableSizeBytes
		for _, index := range got.Table.GlobalSecondaryIndexes {
			sum += *index.IndexSizeBytes
		}
	}
	return sum, nil
}
