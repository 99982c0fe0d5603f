package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"golang.org/x/crypto/argon2"
)

const (
	// bareFor is for how long encoding/csv reads a file over and over.
	bareFor = 200 * time.Millisecond
	// bareHashes are computed in a take.
	bareHashes = 40
)

// bareCSV reads the file by encoding/csv alone, and returns rows a second.
func bareCSV(file []byte, rows int) (float64, error) {
	times := 0
	began := time.Now()
	for time.Since(began) < bareFor {
		r := csv.NewReader(bytes.NewReader(file))
		r.ReuseRecord = true

		var err error
		for err == nil {
			_, err = r.Read()
		}
		if !errors.Is(err, io.EOF) {
			return 0, fmt.Errorf("read the file: %w", err)
		}
		times++
	}

	return float64(times*rows) / time.Since(began).Seconds(), nil
}

// bareValidation reads the file and looks its names up, one after the other. It returns
// rows a second.
func bareValidation(ctx context.Context, s *system, file []byte, rows int) (float64, error) {
	read, err := bareCSV(file, rows)
	if err != nil {
		return 0, err
	}
	found, err := bareLookup(ctx, s, rows)
	return 1 / (1/read + 1/found), err
}

// bareHashes computes argon2id with the costs by which passwords are stored, by so many at
// once. It returns how long each took, in milliseconds, and how many that was a second.
func hash(ctx context.Context, atOnce, n int) (each []float64, perSecond float64, err error) {
	password := []byte("correct-horse-battery-staple")
	return together(ctx, atOnce, n, func(context.Context, int, int) error {
		argon2.IDKey(password, make([]byte, 16), 2, 19*1024, 1, 32)
		return nil
	})
}

// bareHash returns argon2id a second, on all processors.
func bareHash(ctx context.Context) (float64, error) {
	_, rate, err := hash(ctx, runtime.GOMAXPROCS(0), bareHashes)
	return rate, err
}
