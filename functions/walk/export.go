package main

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/object"
	"latchkey/shared/userfile"
)

// exportDeliveries is the largest job of which an export tells each member's last
// delivery: it takes a query each.
const exportDeliveries = 50_000

// byteOrderMark makes spreadsheets read the file as UTF-8.
const byteOrderMark = "\uFEFF"

// export writes a job's members, or those in one state, to a file in the bucket. The file
// is UTF-8 with a byte order mark, and its lines end with CR LF. It is there as a whole
// or not at all: the job is told of it only when the stream is complete.
func (h handler) export(ctx context.Context, j job.Job, filter string) error {
	name := object.Members(j.ID, filter)
	write := func(w io.Writer) error { return h.writeMembers(ctx, w, j, member.State(filter)) }

	err := h.bucket.WriteStream(ctx, name, "text/csv; charset=utf-8", write)
	if err != nil {
		return err
	}
	return h.jobs.ExportDone(ctx, j.ID, filter, h.now())
}

// writeMembers writes the header and a line for each member that the filter shows, page
// by page: its memory doesn't grow with the job.
func (h handler) writeMembers(
	ctx context.Context, w io.Writer, j job.Job, filter member.State,
) error {
	if _, err := io.WriteString(w, byteOrderMark); err != nil {
		return err
	}

	out := csv.NewWriter(w)
	out.UseCRLF = true

	withDeliveries := j.Rows == nil || j.Rows.Valid <= exportDeliveries
	if err := out.Write(exportHeader(withDeliveries)); err != nil {
		return err
	}

	for shard := range job.Shards {
		for members, err := range h.members.Pages(ctx, j.ID, shard, pageMembers) {
			if err != nil {
				return err
			}

			lines, err := h.exportLines(ctx, j, members, filter, withDeliveries)
			if err != nil {
				return err
			}
			if err := out.WriteAll(lines); err != nil {
				return err
			}
		}
	}

	out.Flush()
	return out.Error()
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
		userfile.SafeCell(m.Username),
		userfile.SafeCell(m.FirstName),
		userfile.SafeCell(m.LastName),
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
		userfile.SafeCell(d.Device),
		string(d.State),
		d.Reason,
		api.Milli(d.At).UTC().Format(time.RFC3339),
	}
}
