package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/message"
	"latchkey/shared/notification"
	"latchkey/shared/object"
	"latchkey/shared/queue"
	"latchkey/shared/store"
	"latchkey/shared/user"
	"latchkey/shared/userfile"
	"latchkey/shared/walk"
)

const (
	// stepBatches is how many batches one step of a walk makes before the next step goes on.
	stepBatches = 20
	// uploadNotificationID is the id of the notification that is asked for with the upload.
	uploadNotificationID = "upload"
	// pageMembers is how many members are looked at together.
	pageMembers = 200
	// exportDeliveries is up to how many members an export tells the last delivery of each: it takes a query each.
	exportDeliveries = 50_000
)

func (h handler) step(ctx context.Context, step walk.Step) error {
	if step.Kind == walk.Erase {
		return h.erase(ctx, step)
	}

	j, err := h.jobs.Get(ctx, step.JobID)
	if errors.Is(err, store.ErrNotFound) {
		return nil // deleted
	}
	if err != nil {
		return err
	}

	switch step.Kind {
	case walk.Notify:
		return h.notify(ctx, j)
	case walk.Batch:
		return h.makeBatches(ctx, j, step)
	case walk.Remind:
		return h.remind(ctx, j, step)
	case walk.Resume:
		return h.resume(ctx, j, step)
	case walk.Tally:
		tally, err := h.members.Tally(ctx, h.Tokens, j.ID, step.Shard, h.now().UnixMilli())
		if err != nil {
			return err
		}
		return h.jobs.PutShardTally(ctx, j.ID, step.Shard, tally)
	case walk.Count:
		n, err := h.notifications.Text(ctx, j.ID, step.Number)
		if err != nil {
			return err
		}
		return h.deliveryCounter().CountShard(ctx, n, step.Shard)
	case walk.Export:
		return h.export(ctx, j, step.Filter)
	}

	return errors.New("the step is of no kind that is known")
}

// notify begins the notification that was asked for with the upload. It is the job's first, or there is one already; a message that
// comes late must not make another.
func (h handler) notify(ctx context.Context, j job.Job) error {
	if j.Notifications > 0 {
		last, err := h.notifications.Text(ctx, j.ID, j.Notifications)
		if err != nil || last.ID != uploadNotificationID {
			return err
		}
	}

	text := message.BuiltIn(message.Invitation, h.reach.Language)

	_, err := h.begin(ctx, notification.Notification{
		JobID:        j.ID,
		ID:           uploadNotificationID,
		Audience:     j.Notify,
		Subject:      text.Subject,
		Body:         text.Body,
		SMS:          text.SMS,
		BuiltIn:      true,
		Devices:      j.Devices,
		LinkLifetime: j.LinkLifetime,
		Trigger:      notification.ByUpload,
		CreatedAt:    h.now().UnixMilli(),
		CreatedBy:    j.CreatedBy,
	}, nil)
	if errors.Is(err, notification.ErrRunning) {
		return nil
	}
	return err
}

// makeBatches walks a shard from where the step says, and makes its batches of those who are in the audience. A batch that is there already, from a step that
// was taken before, is sent again as it is, and the walk goes on after it.
func (h handler) makeBatches(ctx context.Context, j job.Job, step walk.Step) error {
	n, err := h.notifications.Text(ctx, j.ID, step.Number)
	if err != nil {
		return err
	}

	reader := &candidates{handler: h, notification: n, shard: step.Shard, after: step.After}
	if n.Audience == job.Named {
		if reader.named, err = h.notifications.Usernames(ctx, n); err != nil {
			return err
		}
	}

	for range stepBatches {
		status, err := h.notifications.Status(ctx, j.ID, n.Number)
		if err != nil {
			return err
		}
		if status == notification.Cancelled {
			return h.endShard(ctx, n, step)
		}

		cut, err := reader.next(ctx)
		if err != nil {
			return err
		}

		kept, err := h.notifications.PutBatch(ctx, j.ID, n.Number, step.Shard, step.Seq, cut)
		if err != nil {
			return err
		}

		if kept.Next != cut.Next {
			reader.restart(kept.Next)
		}

		if len(kept.Usernames) > 0 || !kept.End {
			if err := h.bulk.Send(
				ctx,
				notification.BatchMessage{
					JobID:  j.ID,
					Number: n.Number,
					Shard:  step.Shard,
					Seq:    step.Seq,
				},
				0,
			); err != nil {
				return err
			}

			step.Seq++
		}

		if kept.End {
			return h.endShard(ctx, n, step)
		}
	}

	step.After = reader.after
	return h.walk.Send(ctx, step, 0)
}

// endShard ends the walk of a shard.
func (h handler) endShard(ctx context.Context, n notification.Notification, step walk.Step) error {
	if err := h.notifications.Walked(ctx, n.JobID, n.Number, step.Shard, step.Seq); err != nil {
		return err
	}
	return h.notifications.Settle(ctx, n, step.Shard, h.now())
}

// resume lets a notification go on that was paused, or has a cancelled one end: it sends the messages of a shard's unfinished batches again. One that was
// paused anew since the step was asked for is left to the next tick.
func (h handler) resume(ctx context.Context, j job.Job, step walk.Step) error {
	n, err := h.notifications.Text(ctx, j.ID, step.Number)
	if err != nil {
		return err
	}

	switch n.Status {
	case notification.Sent:
		return nil
	case notification.Paused:
		if n.DueAt > job.Moment(step.At) {
			return nil
		}
		if _, err := h.notifications.Resume(ctx, j.ID, n.Number); err != nil {
			return err
		}
	}

	unfinished, err := h.notifications.Unfinished(ctx, j.ID, n.Number, step.Shard)
	if err != nil {
		return err
	}

	messages := make([]notification.BatchMessage, len(unfinished))
	for i, seq := range unfinished {
		messages[i] = notification.BatchMessage{
			JobID:  j.ID,
			Number: n.Number,
			Shard:  step.Shard,
			Seq:    seq,
		}
	}

	return queue.SendAll(ctx, h.bulk, messages)
}

// candidates reads those of a shard's members, or of the named, that are in the audience as it is now.
type candidates struct {
	handler      handler
	notification notification.Notification
	shard        int
	named        []string // keys, where the audience is named
	after        string   // the last key that was handed out or passed over
	read         string   // the last key that was read
	end          bool
	buffer       []string // keys in the audience, between after and read
}

func (c *candidates) restart(after string) {
	c.after, c.read, c.end, c.buffer = after, after, false, nil
}

// next gives the next batch: full, or else the shard's last.
func (c *candidates) next(ctx context.Context) (notification.Cut, error) {
	if c.read == "" {
		c.read = c.after
	}

	for len(c.buffer) < notification.BatchSize && !c.end {
		if err := c.fill(ctx); err != nil {
			return notification.Cut{}, err
		}

		if c.named != nil {
			break // each hundred named users are a batch, whoever of them is in the audience
		}
	}

	size := min(notification.BatchSize, len(c.buffer))
	cut := notification.Cut{Usernames: c.buffer[:size], End: c.end && size == len(c.buffer)}
	c.buffer = c.buffer[size:]

	c.after = c.read
	if c.named == nil && !cut.End && size > 0 {
		c.after = cut.Usernames[size-1]
	}

	cut.Next = c.after
	return cut, nil
}

func (c *candidates) fill(ctx context.Context) error {
	members, err := c.page(ctx)
	if err != nil {
		return err
	}

	verdicts, err := c.handler.Decide(
		ctx,
		c.notification.Audience,
		members,
		c.notification.Name(),
		c.handler.now(),
	)
	if err != nil {
		return err
	}

	for _, v := range verdicts {
		if v.In {
			c.buffer = append(c.buffer, v.Member.Key)
		}
	}

	return nil
}

func (c *candidates) page(ctx context.Context) ([]member.Member, error) {
	store := c.handler.members
	if c.named == nil {
		members, next, err := store.List(
			ctx,
			c.notification.JobID,
			c.shard,
			pageMembers,
			"",
			c.read,
		)
		if len(members) > 0 {
			c.read = members[len(members)-1].Key
		}

		c.end = next == ""
		return members, err
	}
	// The named are at most a thousand, in an order of their own: a batch begins at a position among them.
	from := 0
	if c.read != "" {
		var err error
		if from, err = strconv.Atoi(c.read); err != nil {
			return nil, fmt.Errorf("walk named users: %w", err)
		}
	}

	to := min(from+notification.BatchSize, len(c.named))

	keys := make([]string, 0, to-from)
	for _, name := range c.named[from:to] {
		keys = append(keys, user.Key(name))
	}

	found, err := store.GetMany(ctx, c.notification.JobID, keys)
	if err != nil {
		return nil, err
	}

	var members []member.Member
	for _, key := range keys {
		if m, ok := found[key]; ok {
			members = append(members, m)
		}
	}

	c.read, c.end = strconv.Itoa(to), to == len(c.named)
	return members, nil
}

// export writes the members, or those in one state, to a file in the bucket: UTF-8 with a byte order mark, CR LF.
func (h handler) export(ctx context.Context, j job.Job, filter string) error {
	err := h.bucket.WriteStream(
		ctx,
		object.Members(j.ID, filter),
		"text/csv; charset=utf-8",
		func(w io.Writer) error {
			if _, err := io.WriteString(w, "\uFEFF"); err != nil {
				return err
			}

			out := csv.NewWriter(w)
			out.UseCRLF = true
			header := []string{
				"User",
				"First Name",
				"Last Name",
				"Row",
				"Outcome",
				"State",
				"Activated At",
			}

			tellsDeliveries := j.Rows == nil || j.Rows.Valid <= exportDeliveries
			if tellsDeliveries {
				header = append(
					header,
					"Last Notification",
					"Last Device",
					"Last Delivery",
					"Last Reason",
					"Last Delivery At",
				)
			}

			if err := out.Write(header); err != nil {
				return err
			}

			for shard := range job.Shards {
				after := ""
				for {
					members, next, err := h.members.List(ctx, j.ID, shard, pageMembers, "", after)
					if err != nil {
						return err
					}

					standings, err := member.Standings(
						ctx,
						h.Tokens,
						h.Credentials,
						members,
						h.now(),
					)
					if err != nil {
						return err
					}

					var shown []string
					for i, m := range members {
						if standings[i].Matches(member.State(filter)) && m.UserID != "" &&
							tellsDeliveries {
							shown = append(shown, m.UserID)
						}
					}

					latest, err := h.Deliveries.Latest(ctx, j.ID, shown)
					if err != nil {
						return err
					}

					for i, m := range members {
						if !standings[i].Matches(member.State(filter)) {
							continue
						}

						activated := ""
						if at := standings[i].ActivatedAt; at != 0 {
							activated = api.Milli(at).UTC().Format(time.RFC3339)
						}

						record := []string{
							userfile.SafeCell(
								m.Username,
							),
							userfile.SafeCell(m.FirstName),
							userfile.SafeCell(m.LastName),
							strconv.Itoa(m.Row),
							string(m.Outcome),
							string(standings[i].State),
							activated,
						}
						if tellsDeliveries {
							record = append(record, deliveryCells(latest, m.UserID)...)
						}

						if err := out.Write(record); err != nil {
							return err
						}
					}

					if next == "" {
						break
					}

					after = next
				}
			}

			out.Flush()

			return out.Error()
		},
	)
	if err != nil {
		return err
	}
	return h.jobs.ExportDone(ctx, j.ID, filter, h.now())
}

// deliveryCells writes a user's last delivery: notification, device, state, reason and time, blank where there is none.
func deliveryCells(latest map[string]delivery.Delivery, userID string) []string {
	d, ok := latest[userID]
	if !ok {
		return make([]string, 5)
	}

	number := ""
	if n := d.Number(); n != nil {
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

// erase forgets the members of a deleted job, one shard a message.
func (h handler) erase(ctx context.Context, step walk.Step) error {
	for {
		members, next, err := h.members.List(ctx, step.JobID, step.Shard, pageMembers, "", "")
		if err != nil {
			return err
		}
		if err := h.members.DeleteMany(ctx, members); err != nil {
			return err
		}
		if next == "" {
			return nil
		}
	}
}
