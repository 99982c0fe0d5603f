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
	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/userfile/delimited"
	"latchkey/shared/userfile/phone"
	"latchkey/shared/userfile/spreadsheet"
)

const (
	// chunkRows is about how many rows a chunk has.
	chunkRows = 1000
	// maxChunks is how many chunks a file has at most.
	maxChunks = 2000
	// partIssues is about how many errors and warnings a part of their list has.
	partIssues = 1000
	// lookupsAtOnce is how many groups of rows the directory is asked for at once. With
	// the size of a group it bounds the memory of rows that wait for it.
	lookupsAtOnce = 4
	// administratorLimit is how many administrators are known at most while a file is read.
	administratorLimit = 10_000
	// readAhead is how much of the file is read at once, in bytes.
	readAhead = 1 << 20
)

// validation is a file while it is read: what was found until now. One goroutine reads
// the rows. Others look groups of them up in the directory; mu guards what they find.
type validation struct {
	handler  handler
	jobID    string
	perChunk int // rows of a chunk

	rows           job.Rows
	mapped         bool           // the header has other names than ours
	copy           *roster.Writer // of the good rows
	seen           userfile.Seen
	administrators map[string]bool // those that the rows until now leave, by key
	group          []goodRow       // those that aren't looked up yet
	parts          int             // of the list of issues, that are written

	lookups   *errgroup.Group
	mu        sync.Mutex
	lookupErr error         // of the last lookup that failed
	planned   []job.Planned // of each chunk
	issues    []userfile.Issue
}

// goodRow is a valid row that is to be looked up.
type goodRow struct {
	roster.Row
	chunk int // its number
}

// rowsOrNone returns the counts of rows, nil if none was read.
func (v *validation) rowsOrNone() *job.Rows {
	if v == nil || v.rows.Total == 0 {
		return nil
	}
	return &v.rows
}

// read reads the file from its beginning to its end. Beside an error it returns what was
// found until then. A file that is no CSV, or has no valid row, is a *userfile.FileError.
func (h handler) read(ctx context.Context, j job.Job) (*validation, error) {
	v := &validation{
		handler:  h,
		jobID:    j.ID,
		perChunk: rowsPerChunk(j.Source.Size),
		lookups:  newLookups(),
	}

	// No lookup outlives the invocation. If one failed, that was returned before, or the
	// file is rejected for another reason.
	defer func() { _ = v.lookups.Wait() }()

	administrators, err := h.knownAdministrators(ctx)
	if err != nil {
		return v, err
	}
	v.administrators = administrators

	source := object.Source{Key: j.Source.Key, Version: j.Source.Version, ETag: j.Source.ETag}
	body, err := h.bucket.Open(ctx, source, 0, 0)
	if err != nil {
		return v, err
	}
	defer body.Close()

	records, err := recordsOf(j, bufio.NewReaderSize(body, readAhead))
	if err != nil {
		return v, err
	}

	reader, err := v.openReader(ctx, j, records, userfile.Schema{
		Devices:      h.devices,
		CustomFields: h.customFields,
		JobDevices:   j.Devices,
		Phones:       phone.Parse,
	})
	if err != nil {
		return v, err
	}

	v.issues = append(v.issues, reader.Warnings()...)
	if err := v.writeFiles(ctx, reader); err != nil {
		return v, err
	}
	if v.rows.Valid == 0 {
		return v, reader.NoValidRow()
	}

	return v, nil
}

// recordsOf returns the reader of a job's file, by its name and by its first bytes: people
// rename files.
func recordsOf(j job.Job, file *bufio.Reader) (userfile.Records, error) {
	const markLength = 4

	start, err := file.Peek(markLength)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if j.Source.IsSpreadsheet() || spreadsheet.Is(start) {
		return spreadsheet.NewReader(file)
	}

	options := delimited.Options{Encoding: j.Encoding}
	if j.Separator != "" {
		options.Separator = rune(j.Separator[0])
	}
	return delimited.NewReader(file, options)
}

// rowsPerChunk returns how many rows a chunk of a file of a size in bytes has. It
// is chosen so that even the shortest rows, of two bytes, make no more than maxChunks.
func rowsPerChunk(size int64) int {
	rows := min(size/2, userfile.MaxRows)
	return max(chunkRows, int((rows+maxChunks-1)/maxChunks))
}

// writeFiles validates all rows and streams each to where it belongs: the good ones to the
// canonical copy, those in error to the error report. An error of the validation is returned
// as it is, since a stream may wrap it.
func (v *validation) writeFiles(ctx context.Context, reader *userfile.Reader) error {
	var failed error
	bucket := v.handler.bucket
	writeReport := func(report io.Writer) error {
		writeCopy := func(w io.Writer) error {
			v.copy = roster.NewWriter(w, v.perChunk)
			failed = v.validateRows(ctx, reader, report)
			return failed
		}
		return bucket.WriteStream(ctx, object.Rows(v.jobID), "application/jsonl", writeCopy)
	}

	name := object.ErrorReport(v.jobID)
	err := bucket.WriteStream(ctx, name, "text/csv; charset=utf-8", writeReport)
	if failed != nil {
		return failed
	}
	return err
}

// validateRows validates row by row: its memory doesn't grow with the file, but for what
// tells repeats. An error of the file ends it; what was found is still written.
func (v *validation) validateRows(
	ctx context.Context, reader *userfile.Reader, w io.Writer,
) error {
	report, err := userfile.NewErrorReport(w, reader)
	if err != nil {
		return err
	}

	for {
		row, err := reader.Next()
		if errors.Is(err, io.EOF) {
			return errors.Join(report.Close(), v.flush(ctx, true))
		}
		if err != nil {
			return errors.Join(err, report.Close(), v.flush(ctx, true))
		}

		v.check(&row)
		v.count(row)
		if row.Valid() {
			err = v.plan(ctx, roster.Row{Number: row.Number, Change: row.Change})
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
}

// check adds the errors that a row's reader can't know: of the last administrator, and of
// a repeat. The check for repeats comes last, since only a valid row can be repeated.
func (v *validation) check(row *userfile.Row) {
	key := user.Key(row.Change.Username)
	demotes := row.Valid() && v.administrators[key] && endsAdministrator(row.Change)
	if demotes && len(v.administrators) == 1 {
		issue := userfile.LastAdministrator(row.Number, row.Change.Username)
		row.Issues = append(row.Issues, issue)
	}

	v.seen.Check(row)
	if demotes && row.Valid() {
		delete(v.administrators, key)
	}
}

// endsAdministrator reports whether a change leaves an administrator none: it removes
// them, makes them inactive, or takes the role.
func endsAdministrator(change user.Change) bool {
	if change.Operation != user.Process || change.Fields[user.Status] == user.Inactive {
		return true
	}

	roles, given := change.Fields[user.Role]
	return given && !slices.Contains(user.List(roles), user.AdministratorRole)
}

// count adds the row to the counts.
func (v *validation) count(row userfile.Row) {
	v.mu.Lock()
	v.issues = append(v.issues, row.Issues...)
	v.mu.Unlock()

	v.rows.Total++
	if row.Valid() {
		v.rows.Valid++
	} else {
		v.rows.Invalid++
	}
}

// newLookups returns a group that looks up as many groups of rows at once as it may.
func newLookups() *errgroup.Group {
	group := &errgroup.Group{}
	group.SetLimit(lookupsAtOnce)
	return group
}

// plan writes a good row to the copy, adds it to its group, and begins to look the group up
// when it is full. It waits while lookupsAtOnce others are looked up.
func (v *validation) plan(ctx context.Context, row roster.Row) error {
	chunk, err := v.copy.Add(row)
	if err != nil {
		return err
	}

	v.group = append(v.group, goodRow{row, chunk})
	if len(v.group) < roster.GroupRows {
		return nil
	}
	return v.beginLookup(ctx)
}

// beginLookup begins to look the group up. It returns the error of an earlier lookup.
func (v *validation) beginLookup(ctx context.Context) error {
	group := v.group
	v.group = nil
	v.lookups.Go(func() error {
		err := v.lookUp(ctx, group)
		if err != nil {
			v.mu.Lock()
			v.lookupErr = err
			v.mu.Unlock()
		}
		return err
	})

	v.mu.Lock()
	defer v.mu.Unlock()
	return v.lookupErr
}

// lookUp finds what each row of a group would do to the directory as it is now, and what
// there is to warn of.
func (v *validation) lookUp(ctx context.Context, group []goodRow) error {
	keys := make([]string, len(group))
	for i, row := range group {
		keys[i] = user.Key(row.Change.Username)
	}

	profiles, err := v.handler.directory.GetMany(ctx, keys)
	if err != nil {
		return err
	}

	v.mu.Lock()
	defer v.mu.Unlock()

	for i, row := range group {
		var before *user.Profile
		if p, ok := profiles[keys[i]]; ok {
			before = &p
		}

		// Groups end in any order: the one of a later chunk may be the first.
		for len(v.planned) <= row.chunk {
			v.planned = append(v.planned, job.Planned{})
		}

		plan := roster.Decide(row.Change, before)
		roster.Count(&v.planned[row.chunk], plan.Operation)
		if plan.Administers() {
			v.issues = append(v.issues, userfile.AdministratorGained(row.Number))
		}
		if row.Change.Operation == user.Remove && before == nil {
			v.issues = append(v.issues, userfile.UserNotFound(row.Number, row.Change.Username))
		}
	}

	return nil
}

// finishLookups waits until all good rows that were read are looked up.
func (v *validation) finishLookups(ctx context.Context) error {
	if len(v.group) > 0 {
		if err := v.beginLookup(ctx); err != nil {
			return err
		}
	}

	err := v.lookups.Wait()
	v.lookups = newLookups()
	return err
}

// flush writes a part of the list of issues if there are enough of them, or at the end.
// It waits for the lookups first, so that the part has all issues of the rows that were
// read, and the parts stay in the order of the rows.
func (v *validation) flush(ctx context.Context, end bool) error {
	v.mu.Lock()
	enough := len(v.issues) >= partIssues
	v.mu.Unlock()
	if !enough && !end {
		return nil
	}

	if err := v.finishLookups(ctx); err != nil || len(v.issues) == 0 {
		return err
	}

	slices.SortStableFunc(v.issues, func(a, b userfile.Issue) int { return a.Row - b.Row })
	content, err := json.Marshal(v.issues)
	if err != nil {
		return err
	}

	name := object.Issues(v.jobID, v.parts)
	if err := v.handler.bucket.Write(ctx, name, "application/json", content); err != nil {
		return err
	}

	v.parts++
	v.issues = v.issues[:0]
	return nil
}

// plannedChunks returns the chunks of the copy, with what each would do to the directory, and
// sums that up. It must be called after the last lookup.
func (v *validation) plannedChunks() []job.Chunk {
	chunks := v.copy.Chunks()
	v.rows.Planned = new(job.Planned)
	for i, planned := range v.planned {
		chunks[i].Planned = planned
		*v.rows.Planned = v.rows.Planned.Plus(planned)
	}
	return chunks
}

// knownAdministrators reads the keys of the administrators, at most administratorLimit of
// them. Where there are so many, no file removes the last one unnoticed: processing looks
// again at each.
func (h handler) knownAdministrators(ctx context.Context) (map[string]bool, error) {
	newest, err := h.directory.NewAdministrators(ctx)
	if err != nil {
		return nil, err
	}

	known := map[string]bool{}
	for _, name := range newest {
		known[name] = true
	}
	for name, err := range h.directory.Administrators(ctx) {
		if err != nil {
			return nil, err
		}

		known[name] = true
		if len(known) == administratorLimit {
			break
		}
	}

	return known, nil
}
