package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"

	"latchkey/shared/job"
	"latchkey/shared/object"
	"latchkey/shared/store"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
)

const (
	// chunkRecords is about how many records a chunk has, and maxChunks how many chunks a file has at most.
	chunkRecords = 1000
	maxChunks    = 2000
	// partIssues is about how many errors and warnings a part of their list has.
	partIssues = 1000
	// lookups is how many removals are looked up in the directory together.
	lookups = 100
	// knownAdministrators bounds how many administrators are told from others while a file is read.
	knownAdministrators = 10_000
	// readAhead is how much of the file is read at once.
	readAhead = 1 << 20
)

// validation is what reading a file finds.
type validation struct {
	handler handler
	jobID   string
	rows    job.Rows
	header  userfile.Header
	chunks  []job.Chunk
	perFile int // records a chunk
	parts   int // of the list of issues, that are written

	seen           userfile.Seen
	administrators map[string]bool // that are left
	issues         []userfile.Issue
	removals       []userfile.Row // not looked up yet; without their bytes
}

func (v *validation) rowsOrNone() *job.Rows {
	if v == nil || v.rows.Total == 0 {
		return nil
	}
	return &v.rows
}

// read reads the file from its beginning to its end. What it answers beside an error is what was found until then.
func (h handler) read(ctx context.Context, j job.Job) (*validation, error) {
	v := &validation{handler: h, jobID: j.ID, perFile: recordsPerChunk(j.Source.Size)}
	var err error
	if v.administrators, err = h.knownAdministrators(ctx); err != nil {
		return v, err
	}
	body, err := h.bucket.Open(ctx, *j.Source, 0, 0)
	if err != nil {
		return v, err
	}
	defer body.Close()
	reader, err := userfile.NewReader(bufio.NewReaderSize(body, readAhead), userfile.Schema{
		Devices: h.devices, CustomFields: h.customFields, JobDevices: j.Devices,
	})
	if err != nil {
		return v, err
	}
	v.header = reader.Header()
	v.issues = append(v.issues, reader.Warnings()...)
	var failed error // as it was, since the writer may wrap it
	err = h.bucket.WriteStream(ctx, object.ErrorReport(j.ID), "text/csv; charset=utf-8", func(w io.Writer) error {
		failed = v.all(ctx, reader, w)
		return failed
	})
	switch {
	case failed != nil:
		return v, failed
	case err != nil:
		return v, err
	case v.rows.Valid == 0:
		return v, userfile.NoValidRow()
	}
	return v, nil
}

// recordsPerChunk is chosen from the file's size, so that even the shortest rows make no more chunks than there may be.
func recordsPerChunk(size int64) int {
	rows := min(size/2, userfile.MaxRows)
	return max(chunkRecords, int((rows+maxChunks-1)/maxChunks))
}

func (v *validation) all(ctx context.Context, reader *userfile.Reader, w io.Writer) error {
	report, err := userfile.NewErrorReport(w, v.header)
	if err != nil {
		return err
	}
	for {
		row, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.Join(err, v.flush(ctx, true))
		}
		v.judge(&row)
		v.count(row)
		if !row.Valid() {
			if err := report.Add(row); err != nil {
				return err
			}
		}
		if err := v.flush(ctx, false); err != nil {
			return err
		}
	}
	return v.flush(ctx, true)
}

// judge adds what a row's reader can't know: a repeat, the last administrator, a role gained.
func (v *validation) judge(row *userfile.Row) {
	key := user.Key(row.Change.Username)
	loses, gains := false, false
	if row.Valid() {
		keeps := row.Change.Operation == user.Process && row.Change.Fields[user.Status] != user.Inactive
		roles, given := row.Change.Fields[user.Role]
		holds := slices.Contains(user.List(roles), user.AdministratorRole)
		loses = v.administrators[key] && (!keeps || given && !holds)
		gains = !v.administrators[key] && row.Change.Operation == user.Process && holds
		if loses && len(v.administrators) == 1 {
			row.Issues = append(row.Issues, userfile.LastAdministrator(row.Number, row.Change.Username))
		}
	}
	v.seen.Check(row)
	if !row.Valid() {
		return
	}
	if loses {
		delete(v.administrators, key)
	}
	if gains {
		row.Issues = append(row.Issues, userfile.AdministratorGained(row.Number))
	}
	if row.Change.Operation == user.Remove {
		v.removals = append(v.removals, userfile.Row{Number: row.Number, Change: row.Change})
	}
}

// count adds the row to the counts and to the chunk that it is in.
func (v *validation) count(row userfile.Row) {
	v.rows.Total++
	v.issues = append(v.issues, row.Issues...)
	if len(v.chunks) == 0 || v.chunks[len(v.chunks)-1].Records == v.perFile {
		v.chunks = append(v.chunks, job.Chunk{Number: len(v.chunks), From: row.From, FirstRow: row.Number})
	}
	chunk := &v.chunks[len(v.chunks)-1]
	if row.Valid() {
		v.rows.Valid++
		chunk.Valid++
	} else {
		v.rows.Invalid++
		chunk.MarkBad(chunk.Records)
	}
	chunk.Records++
	chunk.To = row.To
}

// flush looks removals up and writes a part of the issues, when there is enough of either, or at the end.
func (v *validation) flush(ctx context.Context, end bool) error {
	if len(v.removals) >= lookups || len(v.removals) > 0 && (end || len(v.issues) >= partIssues) {
		if err := v.lookUp(ctx); err != nil {
			return err
		}
	}
	if len(v.issues) < partIssues && !end || len(v.issues) == 0 || len(v.removals) > 0 {
		return nil
	}
	slices.SortStableFunc(v.issues, func(a, b userfile.Issue) int { return a.Row - b.Row })
	content, err := json.Marshal(v.issues)
	if err != nil {
		return err
	}
	if err := v.handler.bucket.Write(ctx, object.Issues(v.jobID, v.parts), "application/json", content); err != nil {
		return err
	}
	v.parts++
	v.issues = v.issues[:0]
	return nil
}

// lookUp warns of removals of somebody who isn't there.
func (v *validation) lookUp(ctx context.Context) error {
	keys := make([]string, len(v.removals))
	for i, row := range v.removals {
		keys[i] = user.Key(row.Change.Username)
	}
	there, err := v.handler.directory.GetMany(ctx, keys)
	if err != nil {
		return err
	}
	for i, row := range v.removals {
		if _, ok := there[keys[i]]; !ok {
			v.issues = append(v.issues, userfile.UserNotFound(row.Number, row.Change.Username))
		}
	}
	v.removals = v.removals[:0]
	return nil
}

// knownAdministrators reads who is an administrator.
func (h handler) knownAdministrators(ctx context.Context) (map[string]bool, error) {
	known := map[string]bool{}
	var after store.Key
	for len(known) < knownAdministrators {
		names, next, err := h.directory.Administrators(ctx, after)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			known[name] = true
		}
		if after = next; next == nil {
			break
		}
	}
	return known, nil
}

// writeIndex keeps how the file is cut, and its header, for whoever processes it.
func (h handler) writeIndex(ctx context.Context, j job.Job, v *validation) error {
	for key, value := range map[string]any{object.Index(j.ID): v.chunks, object.Header(j.ID): v.header} {
		content, err := json.Marshal(value)
		if err != nil {
			return err
		}
		if err := h.bucket.Write(ctx, key, "application/json", content); err != nil {
			return err
		}
	}
	return nil
}
