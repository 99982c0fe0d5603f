package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"latchkey/shared/job"
	"latchkey/shared/object"
	"latchkey/shared/roster"
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
	// lookupsAtOnce is how many groups of rows are looked up in the directory at once.
	lookupsAtOnce = 4
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
	group          []placed        // good rows that aren't looked up yet

	lookups *errgroup.Group // of groups of rows
	mu      sync.Mutex      // of what they find
	failed  error           // what one of them failed with
	planned []job.Planned   // a chunk
	issues  []userfile.Issue
}

// placed is a good row, and the number of the chunk that it is in.
type placed struct {
	number int
	change user.Change
	chunk  int
}

func (v *validation) rowsOrNone() *job.Rows {
	if v == nil || v.rows.Total == 0 {
		return nil
	}
	return &v.rows
}

// read reads the file from its beginning to its end. What it answers beside an error is what was found until then.
func (h handler) read(ctx context.Context, j job.Job) (*validation, error) {
	v := &validation{
		handler: h,
		jobID:   j.ID,
		perFile: recordsPerChunk(j.Source.Size),
		lookups: newLookups(),
	}
	defer func() { _ = v.lookups.Wait() }() // what it failed with was said before, or doesn't matter any more

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

	err = h.bucket.WriteStream(
		ctx,
		object.ErrorReport(j.ID),
		"text/csv; charset=utf-8",
		func(w io.Writer) error {
			failed = v.all(ctx, reader, w)
			return failed
		},
	)
	switch {
	case failed != nil:
		return v, failed
	case err != nil:
		return v, err
	case v.rows.Valid == 0:
		return v, userfile.NoValidRow()
	}

	v.rows.Planned = new(job.Planned)
	for i, planned := range v.planned {
		v.chunks[i].Planned = planned
		*v.rows.Planned = v.rows.Planned.Plus(planned)
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

		if row.Valid() {
			err = v.plan(ctx, row)
		} else {
			err = report.Add(row)
		}

		if err != nil {
			return err
		}
		if err := v.flush(ctx, false); err != nil {
			return err
		}
	}

	return v.flush(ctx, true)
}

// judge adds what a row's reader can't know: a repeat, and the last administrator.
func (v *validation) judge(row *userfile.Row) {
	key := user.Key(row.Change.Username)

	loses := false
	if row.Valid() && v.administrators[key] {
		keeps := row.Change.Operation == user.Process &&
			row.Change.Fields[user.Status] != user.Inactive
		roles, given := row.Change.Fields[user.Role]

		loses = !keeps || given && !slices.Contains(user.List(roles), user.AdministratorRole)
		if loses && len(v.administrators) == 1 {
			row.Issues = append(
				row.Issues,
				userfile.LastAdministrator(row.Number, row.Change.Username),
			)
		}
	}

	v.seen.Check(row)

	if loses && row.Valid() {
		delete(v.administrators, key)
	}
}

// count adds the row to the counts and to the chunk that it is in.
func (v *validation) count(row userfile.Row) {
	v.rows.Total++
	v.mu.Lock()
	v.issues = append(v.issues, row.Issues...)
	v.mu.Unlock()

	if len(v.chunks) == 0 || v.chunks[len(v.chunks)-1].Records == v.perFile {
		v.chunks = append(
			v.chunks,
			job.Chunk{Number: len(v.chunks), From: row.From, FirstRow: row.Number},
		)
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

func newLookups() *errgroup.Group {
	group := &errgroup.Group{}
	group.SetLimit(lookupsAtOnce)
	return group
}

// plan has a good row looked up with others of its group; it waits while enough of them are.
func (v *validation) plan(ctx context.Context, row userfile.Row) error {
	v.group = append(v.group, placed{row.Number, row.Change, len(v.chunks) - 1})
	if len(v.group) < roster.GroupRows {
		return nil
	}
	return v.lookUp(ctx)
}

// lookUp begins to look the group up. It answers what an earlier one failed with.
func (v *validation) lookUp(ctx context.Context) error {
	group := v.group
	v.group = nil
	v.lookups.Go(func() error {
		err := v.find(ctx, group)
		if err != nil {
			v.mu.Lock()
			v.failed = err
			v.mu.Unlock()
		}

		return err
	})
	v.mu.Lock()
	defer v.mu.Unlock()

	return v.failed
}

// find looks in the directory what each row would do, and what there is to warn of.
func (v *validation) find(ctx context.Context, group []placed) error {
	keys := make([]string, len(group))
	for i, row := range group {
		keys[i] = user.Key(row.change.Username)
	}

	there, err := v.handler.directory.GetMany(ctx, keys)
	if err != nil {
		return err
	}

	v.mu.Lock()
	defer v.mu.Unlock()

	for i, row := range group {
		var before *user.Profile
		if p, ok := there[keys[i]]; ok {
			before = &p
		}

		for len(v.planned) <= row.chunk {
			v.planned = append(v.planned, job.Planned{})
		}

		plan := roster.Decide(row.change, before)
		roster.Count(&v.planned[row.chunk], plan.Operation)

		if plan.Administers() {
			v.issues = append(v.issues, userfile.AdministratorGained(row.number))
		}

		if row.change.Operation == user.Remove && before == nil {
			v.issues = append(v.issues, userfile.UserNotFound(row.number, row.change.Username))
		}
	}

	return nil
}

// settle waits until all rows that were read are looked up.
func (v *validation) settle(ctx context.Context) error {
	if len(v.group) > 0 {
		if err := v.lookUp(ctx); err != nil {
			return err
		}
	}

	err := v.lookups.Wait()
	v.lookups = newLookups()
	return err
}

// flush writes a part of the issues when there are enough of them, or at the end: those of all rows that were read, in their order.
func (v *validation) flush(ctx context.Context, end bool) error {
	v.mu.Lock()
	enough := len(v.issues) >= partIssues
	v.mu.Unlock()

	if !enough && !end {
		return nil
	}
	if err := v.settle(ctx); err != nil || len(v.issues) == 0 {
		return err
	}

	slices.SortStableFunc(v.issues, func(a, b userfile.Issue) int { return a.Row - b.Row })

	content, err := json.Marshal(v.issues)
	if err != nil {
		return err
	}

	if err := v.handler.bucket.Write(
		ctx,
		object.Issues(v.jobID, v.parts),
		"application/json",
		content,
	); err != nil {
		return err
	}

	v.parts++
	v.issues = v.issues[:0]
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
