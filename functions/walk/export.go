package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/guard"
	"latchkey/shared/job"
	"latchkey/shared/lease"
	"latchkey/shared/member"
	"latchkey/shared/object"
	"latchkey/shared/work"
)

// exportDeliveries is the largest job of which an export tells each member's last
// delivery: it takes a query each.
const exportDeliveries = 50_000

// byteOrderMark makes spreadsheets read the file as UTF-8.
const byteOrderMark = "\uFEFF"

const textCSV = "text/csv; charset=utf-8"

const (
	// piecePages is how many pages of members are a piece of an export: about 1 MB.
	piecePages = 50
	// joinPiece is how long it takes at most to add a piece to the file.
	joinPiece = 100 * time.Millisecond
	// exportLease is how long a step may take for a piece.
	exportLease = time.Minute
	// exportFree ends the lease at once, so that the next step may have it.
	exportFree = -time.Millisecond
)

// export writes a job's members, or those in one state, to a file in the bucket, piece by
// piece and in as many steps as it takes: each goes on where the stored pieces end. The
// last one joins them. The file is UTF-8 with a byte order mark, and its lines end with
// CR LF. It is there as a whole or not at all: the job is told of it only when it is
// complete.
func (h handler) export(
	ctx context.Context, j job.Job, step work.ExportMembers, owner string,
) error {
	held := func(more time.Duration) lease.Lease {
		return lease.Lease{Owner: owner, Until: h.now().Add(more)}
	}

	e, err := h.jobs.ClaimExport(ctx, j.ID, step.State, held(exportLease), h.now())
	switch {
	case errors.Is(err, lease.ErrBusy):
		return h.queues.Send(ctx, step, exportLease) // its holder may be dead
	case err != nil || e.DoneAt != 0:
		return err
	}

	err = h.exportOn(ctx, j, step, e, held)
	if errors.Is(err, lease.ErrBusy) {
		return nil // another step goes on, or the export was begun anew
	}
	return err
}

// exportOn goes on with an export that the step has claimed.
func (h handler) exportOn(
	ctx context.Context,
	j job.Job,
	step work.ExportMembers,
	e job.Export,
	held func(more time.Duration) lease.Lease,
) error {
	for e.Shard < job.Shards && h.hasTime(ctx, 0) {
		if err := h.exportPiece(ctx, j, step.State, &e); err != nil {
			return err
		}
		if err := h.jobs.SaveExport(ctx, j.ID, step.State, e, held(exportLease)); err != nil {
			return err
		}
	}

	joining := time.Duration(e.Pieces) * joinPiece
	if e.Shard < job.Shards || !h.hasTime(ctx, joining) {
		if err := h.jobs.SaveExport(ctx, j.ID, step.State, e, held(exportFree)); err != nil {
			return err
		}
		return h.queues.Send(ctx, step, 0)
	}

	if err := h.joinExport(ctx, j, step.State, e.Pieces); err != nil {
		return err
	}
	e.DoneAt = clock.Of(h.now())
	if err := h.jobs.SaveExport(ctx, j.ID, step.State, e, held(exportFree)); err != nil {
		return err
	}
	return h.bucket.EraseAll(ctx, object.MembersPieces(j.ID, step.State))
}

// joinExport makes the file of its pieces.
func (h handler) joinExport(ctx context.Context, j job.Job, filter string, pieces int) error {
	join := func(w io.Writer) error {
		for i := range pieces {
			content, err := h.bucket.Read(ctx, object.MembersPiece(j.ID, filter, i))
			if err != nil {
				return err
			}
			if _, err := w.Write(content); err != nil {
				return err
			}
		}
		return nil
	}
	return h.bucket.WriteStream(ctx, object.Members(j.ID, filter), textCSV, join)
}

// exportPiece writes the next piece of an export: piecePages pages of members, or fewer if
// the step's time is up. It moves e on behind them. The first piece begins with the header.
func (h handler) exportPiece(
	ctx context.Context, j job.Job, filter string, e *job.Export,
) error {
	var content bytes.Buffer
	out := csv.NewWriter(&content)
	out.UseCRLF = true

	withDeliveries := j.Rows == nil || j.Rows.Valid <= exportDeliveries
	if e.Pieces == 0 {
		content.WriteString(byteOrderMark)
		if err := out.Write(exportHeader(withDeliveries)); err != nil {
			return err
		}
	}

	for page := 0; page < piecePages && e.Shard < job.Shards; page++ {
		if page > 0 && !h.hasTime(ctx, 0) {
			break
		}

		members, next, err := h.members.List(ctx, j.ID, e.Shard, pageMembers, "", e.After)
		if err != nil {
			return err
		}

		lines, err := h.exportLines(ctx, j, members, member.State(filter), withDeliveries)
		if err != nil {
			return err
		}
		if err := out.WriteAll(lines); err != nil {
			return err
		}

		e.After = next
		if next == "" {
			e.Shard++
		}
	}

	out.Flush()
	if err := out.Error(); err != nil {
		return err
	}

	name := object.MembersPiece(j.ID, filter, e.Pieces)
	e.Pieces++
	return h.bucket.Write(ctx, name, textCSV, content.Bytes())
}

// exportHeader returns the names of the columns.
func exportHeader(withDeliveries bool) []string {
	header := []string{
		"User",
		"First Name",
		"Last Name",
		"Row",
		"Outcome",
		"State",
		"Activated At",
	}
	if !withDeliveries {
		return header
	}
	return append(
		header,
		"Last Notification",
		"Last Device",
		"Last Delivery",
		"Last Reason",
		"Last Delivery At",
	)
}

// exportLines returns the lines of those members that the filter shows.
func (h handler) exportLines(
	ctx context.Context,
	j job.Job,
	members []member.Member,
	filter member.State,
	withDeliveries bool,
) ([][]string, error) {
	standings, err := member.Standings(ctx, h.Tokens, h.Credentials, members, h.now())
	if err != nil {
		return nil, err
	}

	// Only the users of lines that are written are asked for, since each takes a query.
	var userIDs []string
	for i, m := range members {
		if withDeliveries && m.UserID != "" && standings[i].Matches(filter) {
			userIDs = append(userIDs, m.UserID)
		}
	}

	latest, err := h.Deliveries.Latest(ctx, j.ID, userIDs)
	if err != nil {
		return nil, err
	}

	var lines [][]string
	for i, m := range members {
		if !standings[i].Matches(filter) {
			continue
		}

		line := memberCells(m, standings[i])
		if withDeliveries {
			line = append(line, deliveryCells(latest, m.UserID)...)
		}
		lines = append(lines, line)
	}

	return lines, nil
}

// memberCells returns a member's cells. What somebody typed is made safe: a spreadsheet
// would take a cell that begins with "=" for a formula.
func memberCells(m member.Member, standing member.Standing) []string {
	activated := ""
	if standing.ActivatedAt != 0 {
		activated = api.Milli(standing.ActivatedAt).UTC().Format(time.RFC3339)
	}

	return []string{
		guard.Add(m.Username),
		guard.Add(m.FirstName),
		guard.Add(m.LastName),
		strconv.Itoa(m.Row),
		string(m.Outcome),
		string(standing.State),
		activated,
	}
}

// deliveryCells returns the cells of a user's last delivery: notification, device, state,
// reason and time. They are blank if there is none.
func deliveryCells(latest map[string]delivery.Delivery, userID string) []string {
	d, ok := latest[userID]
	if !ok {
		return make([]string, 5)
	}

	number := ""
	if n := d.Name.Number(); n != nil {
		number = strconv.Itoa(*n)
	}

	return []string{
		number,
		guard.Add(d.Device),
		string(d.State),
		d.Reason,
		api.Milli(d.At).UTC().Format(time.RFC3339),
	}
}
