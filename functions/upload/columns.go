package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/object"
	"latchkey/shared/store"
	"latchkey/shared/userfile"
	"latchkey/shared/userfile/mapping"
	"latchkey/shared/work"
)

// errUndecided ends the reading of a file of which nobody has said what its columns are.
var errUndecided = errors.New("the columns have to be mapped")

// openReader returns the reader of a file's rows, once it is known what its columns are. It
// keeps that in the bucket, also where it returns errUndecided, or rejects the header.
func (v *validation) openReader(
	ctx context.Context, j job.Job, records userfile.Records, schema userfile.Schema,
) (*userfile.Reader, error) {
	first, records, err := mapping.Peek(records)
	if err != nil {
		return nil, err
	}
	if len(first) == 0 || first[0].BareQuote {
		return userfile.NewReader(records, schema, userfile.Mapping{}) // which rejects it
	}

	header, err := v.handler.findHeader(ctx, j, first, schema)
	if err != nil {
		return nil, err
	}
	v.mapped = !header.Native()
	if err := v.handler.keepHeader(ctx, j.ID, header); err != nil {
		return nil, err
	}

	if err := header.Fault(schema); err != nil {
		return nil, err
	}
	if header.Undecided() {
		return nil, undecided(records, len(first))
	}
	return userfile.NewReader(records, schema, header.Mapping())
}

// undecided returns errUndecided, or why the file must be rejected whatever its columns are,
// as far as its first records tell: then nobody has to map them.
func undecided(records userfile.Records, read int) error {
	for range read + 1 {
		_, err := records.Next()
		if errors.Is(err, io.EOF) {
			return errUndecided
		}
		if err != nil {
			return err
		}
	}
	return errUndecided
}

// findHeader finds the header, and what was decided of its columns: for the job, or for the
// same header before.
func (h handler) findHeader(
	ctx context.Context, j job.Job, first []userfile.Record, schema userfile.Schema,
) (mapping.Header, error) {
	header := mapping.Find(first, schema, j.Mapping, nil)
	found, err := h.jobs.Remembered(ctx, header.ID())
	if errors.Is(err, store.ErrNotFound) {
		return header, nil
	}
	if err != nil {
		return mapping.Header{}, err
	}
	return mapping.Find(first, schema, j.Mapping, found.Mapping), nil
}

// keepHeader keeps what is known of the header for whoever maps the columns.
func (h handler) keepHeader(ctx context.Context, jobID string, header mapping.Header) error {
	content, err := json.Marshal(header)
	if err != nil {
		return fmt.Errorf("write mapping: %w", err)
	}
	return h.bucket.Write(ctx, object.Mapping(jobID), "application/json", content)
}

// askForMapping ends the validation of a claimed job until its columns are mapped.
// Announce, then act: its report is asked for first, so that no death in between loses it.
func (h handler) askForMapping(ctx context.Context, j job.Job, held lease.Lease) error {
	if err := h.reports.Send(ctx, j, work.JobNeedsMapping, j.Mapped); err != nil {
		return err
	}

	slog.InfoContext(ctx, "columns have to be mapped", "job", j.ID)
	return h.jobs.NeedsMapping(ctx, j.ID, held)
}

// isMappable reports whether a file that is rejected may do if its columns are mapped
// otherwise: its header is the reason, or a mapping that left no good row.
func (v *validation) isMappable(rejected *userfile.FileError) bool {
	switch rejected.Code {
	case userfile.CodeNoUserColumn, mapping.CodeSameField:
		return true
	case userfile.CodeNoValidRow:
		return v.mapped
	}
	return false
}
