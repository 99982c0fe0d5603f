// Package notification keeps a job's notifications: what was said, to whom, and the batches that it is sent in.
//
// A notification's walk cuts each shard of the job's members into batches. Batch k of a shard begins where batch k-1 ended, and
// that end is kept with it: a walk that is done twice finds the batches of the first, and makes no others. A batch is sent
// under a lease and has one result, written once; a notification's counts are a sum over results.
package notification

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/message"
	"latchkey/shared/store"
	"latchkey/shared/urgent"
)

// Status is how far a notification is.
type Status string

// Statuses of a notification.
const (
	Preparing Status = "preparing"
	Sending   Status = "sending"
	Paused    Status = "paused"
	Sent      Status = "sent"
	Cancelled Status = "cancelled"
)

// Reasons of a notification that is paused.
const (
	ReasonQuota     = "quota"     // the day's quota of emails is used up
	ReasonSuspended = "suspended" // the account may not send, until AWS or its owner lets it
)

// Trigger is who asked for it.
type Trigger string

// Triggers of a notification.
const (
	ByAdministrator Trigger = "administrator"
	ByUpload        Trigger = "upload"
	ByReminder      Trigger = "reminder"
)

// BatchSize is the most users of a batch, and what is sent again at most when an instance dies.
const BatchSize = 100

// MaxNamed is the most usernames that an audience can name.
const MaxNamed = 1000

var (
	// ErrRunning says that the job's last notification is neither sent nor cancelled yet.
	ErrRunning = errors.New("a notification is running")
	// ErrNoReminder says that the reminder's turn is over, or hasn't come: it was sent, or the job's reminders have changed.
	ErrNoReminder = errors.New("it is not this reminder's turn")
	// ErrBusy says that another request is at the batch.
	ErrBusy = errors.New("another request is at the batch")
)

// Counts are users, each by the state of its delivery.
type Counts struct {
	Audience   int `dynamodbav:"audience" json:"audience"`
	Queued     int `dynamodbav:"queued" json:"queued"`
	Sent       int `dynamodbav:"sent" json:"sent"`
	Delivered  int `dynamodbav:"delivered" json:"delivered"`
	Bounced    int `dynamodbav:"bounced" json:"bounced"`
	Complained int `dynamodbav:"complained" json:"complained"`
	Failed     int `dynamodbav:"failed" json:"failed"`
	Skipped    int `dynamodbav:"skipped" json:"skipped"`
}

// Add counts one delivery by its state.
func (c *Counts) Add(state delivery.State) {
	c.add(state, 1)
}

func (c *Counts) add(state delivery.State, n int) {
	switch state {
	case delivery.Sent:
		c.Sent += n
	case delivery.Delivered:
		c.Delivered += n
	case delivery.Bounced:
		c.Bounced += n
	case delivery.Complained:
		c.Complained += n
	case delivery.Failed:
		c.Failed += n
	case delivery.Skipped:
		c.Skipped += n
	}
}

// done are the users that nothing is to be handed over for any more.
func (c Counts) done() int {
	return c.Sent + c.Delivered + c.Bounced + c.Complained + c.Failed + c.Skipped
}

// plus adds counts up; whatever of the audience has no result is queued.
func (c Counts) plus(o Counts) Counts {
	c.Audience += o.Audience
	c.Sent += o.Sent
	c.Delivered += o.Delivered
	c.Bounced += o.Bounced
	c.Complained += o.Complained
	c.Failed += o.Failed
	c.Skipped += o.Skipped
	c.Queued = c.Audience - c.done()
	return c
}

// Notification is one message to an audience, frozen when it was asked for.
type Notification struct {
	JobID    string       `dynamodbav:"job"`
	Item     string       `dynamodbav:"item"`
	Number   int          `dynamodbav:"number"` // from 1, in its job
	ID       string       `dynamodbav:"notification_id"`
	Audience job.Audience `dynamodbav:"audience"`
	Subject  string       `dynamodbav:"subject"`
	Body     string       `dynamodbav:"body"`
	SMS      string       `dynamodbav:"sms"`
	// BuiltIn says that the texts are the built-in ones, which a user gets in a language of his own; Kind, of which message.
	BuiltIn      bool         `dynamodbav:"built_in,omitempty"`
	Kind         message.Kind `dynamodbav:"kind,omitempty"`
	Devices      []string     `dynamodbav:"devices"`
	LinkLifetime int64        `dynamodbav:"link_lifetime"` // seconds
	Trigger      Trigger      `dynamodbav:"trigger"`
	CreatedAt    int64        `dynamodbav:"created_at"` // milliseconds, as all times here
	CreatedBy    string       `dynamodbav:"created_by,omitempty"`
	FinishedAt   int64        `dynamodbav:"finished_at,omitempty"`
	Status       Status       `dynamodbav:"status"`
	// Reason says why it is paused.
	Reason string `dynamodbav:"reason,omitempty"`
	// Due and DueAt are there while it is paused: when to try again. They are the key of a sparse index.
	Due    string `dynamodbav:"due,omitempty"`
	DueAt  string `dynamodbav:"due_at,omitempty"`
	Counts Counts `dynamodbav:"counts"`
	// Reminders is the id of the reminders that it is one of.
	Reminders string `dynamodbav:"reminders,omitempty"`
	// NamedParts is how many items hold the usernames of a named audience.
	NamedParts int `dynamodbav:"named_parts,omitempty"`
}

// Parts is over how many shards the notification is walked: one for named users.
func (n Notification) Parts() int {
	if n.Audience == job.Named {
		return 1
	}
	return job.Shards
}

// Over says that nothing more is sent for it.
func (n Notification) Over() bool { return n.Status == Sent || n.Status == Cancelled }

// BuiltInKind is the built-in message that the texts are of, where they are built in.
func (n Notification) BuiltInKind() message.Kind {
	if n.Kind == "" {
		return message.Invitation
	}
	return n.Kind
}

// Name is the notification's among a user's deliveries.
func (n Notification) Name() string { return delivery.Name(n.JobID, n.Number) }

// Store keeps notifications, in the table of jobs.
type Store struct {
	Table store.Table
	// Ends, where it is there, is called before a notification becomes sent, and again if that is tried again.
	Ends func(context.Context, Notification) error
}

const itemPrefix = "notification#"

// NumberOf gives the number of the notification that an item of the table is; ok is false for any other item.
func NumberOf(item string) (number int, ok bool) {
	text, ok := strings.CutPrefix(item, itemPrefix)
	number, err := strconv.Atoi(text)
	return number, ok && err == nil
}

func key(jobID, item string) store.Key { return store.Key{"job": jobID, "item": item} }

func item(number int) string             { return fmt.Sprintf(itemPrefix+"%06d", number) }
func shardItem(number, shard int) string { return fmt.Sprintf("shard#%06d#%02d", number, shard) }
func batchPrefix(number, shard int) string {
	return fmt.Sprintf("batch#%06d#%02d#", number, shard)
}
func batchItem(number, shard, seq int) string {
	return fmt.Sprintf("%s%06d", batchPrefix(number, shard), seq)
}
func namesItem(number, shard, seq int) string {
	return fmt.Sprintf("names#%06d#%02d#%06d", number, shard, seq)
}
func namedItem(id string, part int) string { return fmt.Sprintf("named#%s#%02d", id, part) }

type names struct {
	JobID     string   `dynamodbav:"job"`
	Item      string   `dynamodbav:"item"`
	Usernames []string `dynamodbav:"usernames"`
	// Next is the key after which the next batch begins.
	Next string `dynamodbav:"next"`
	End  bool   `dynamodbav:"end_of_shard"`
}

// createTries is how often a notification is tried to be made while the job's reminders change.
const createTries = 3

// Create makes a notification the next of its job: number is drawn, and the job's next reminder is counted from it. usernames are the named audience, as the
// members show them. It answers ErrRunning if there is one that is neither sent nor cancelled, and ErrNoReminder for a reminder that isn't the
// next of the reminders that the job has.
func (s Store) Create(
	ctx context.Context,
	n Notification,
	usernames []string,
) (Notification, error) {
	for range createTries {
		made, err := s.create(ctx, n, usernames)
		if !errors.Is(err, store.ErrCondition) && !errors.Is(err, store.ErrConflict) {
			return made, err
		}
	}

	return Notification{}, ErrRunning
}

func (s Store) create(
	ctx context.Context,
	n Notification,
	usernames []string,
) (Notification, error) {
	var owner struct {
		Notifications int            `dynamodbav:"notifications"`
		Reminders     *job.Reminders `dynamodbav:"reminders"`
		Reminded      int            `dynamodbav:"reminded"`
	}
	if err := s.Table.Get(
		ctx,
		key(n.JobID, "job"),
		&owner,
		"notifications",
		"reminders",
		"reminded",
	); err != nil {
		return Notification{}, err
	}

	if owner.Notifications > 0 {
		last, err := s.Get(ctx, n.JobID, owner.Notifications)
		if err != nil {
			return Notification{}, err
		}
		if last.ID == n.ID {
			return last, nil // a retry of the same request
		}
		if !last.Over() {
			return Notification{}, ErrRunning
		}
	}

	for some := range slices.Chunk(usernames, BatchSize) {
		if err := s.Table.Put(
			ctx,
			names{JobID: n.JobID, Item: namedItem(n.ID, n.NamedParts), Usernames: some},
			"",
			nil,
		); err != nil {
			return Notification{}, err
		}

		n.NamedParts++
	}

	n.Number, n.Status = owner.Notifications+1, Preparing
	n.Item = item(n.Number)

	next := store.Update{
		Set:       "notifications = :new",
		Condition: "notifications = :old AND attribute_not_exists(deleted_at)",
		Values:    store.Values{":new": n.Number, ":old": owner.Notifications},
	}
	if n.Trigger == ByReminder {
		if owner.Reminders == nil || owner.Reminders.ID != n.Reminders ||
			n.ID != job.ReminderID(owner.Reminded+1) {
			return Notification{}, ErrNoReminder
		}

		owner.Reminded++
		next.Set, next.Values[":reminded"] = next.Set+", reminded = :reminded", owner.Reminded
	}

	if owner.Reminders == nil {
		next.Condition += " AND attribute_not_exists(reminders)"
	} else {
		next.Condition, next.Values[":reminders"] = next.Condition+" AND reminders.#id = :reminders", owner.Reminders.ID
		if at := owner.Reminders.After(owner.Reminded, n.CreatedAt); at == 0 {
			next.Remove = "due, due_at"
		} else {
			next.Set += ", due = :due, due_at = :at"
			next.Values[":due"], next.Values[":at"] = job.DueJobs, job.Moment(at)
		}
	}

	count, err := s.Table.UpdateOp(key(n.JobID, "job"), next)
	if err != nil {
		return Notification{}, err
	}

	put, err := s.Table.PutOp(n, "attribute_not_exists(job)", nil)
	if err != nil {
		return Notification{}, err
	}
	return n, store.Transact(ctx, s.Table.DB, count, put)
}

// Get reads a notification with its counts as they are. It answers store.ErrNotFound.
func (s Store) Get(ctx context.Context, jobID string, number int) (Notification, error) {
	var found Notification
	if err := s.Table.Get(ctx, key(jobID, item(number)), &found); err != nil {
		return Notification{}, err
	}
	return s.withProgress(ctx, found)
}

// Text reads a notification without its counts.
func (s Store) Text(ctx context.Context, jobID string, number int) (Notification, error) {
	var found Notification

	err := s.Table.Get(ctx, key(jobID, item(number)), &found)
	return found, err
}

// Status reads how far a notification is, as it was written down last.
func (s Store) Status(ctx context.Context, jobID string, number int) (Status, error) {
	var found Notification

	err := s.Table.Get(ctx, key(jobID, item(number)), &found, "status")
	return found.Status, err
}

// Usernames reads a named audience.
func (s Store) Usernames(ctx context.Context, n Notification) ([]string, error) {
	var all []string
	for part := range n.NamedParts {
		var some names
		if err := s.Table.Get(ctx, key(n.JobID, namedItem(n.ID, part)), &some); err != nil {
			return nil, err
		}

		all = append(all, some.Usernames...)
	}

	return all, nil
}

// Shard is the walk of one shard and, when all its batches are done, their sum.
type Shard struct {
	JobID   string `dynamodbav:"job"`
	Item    string `dynamodbav:"item"`
	Batches int    `dynamodbav:"batches"`
	Done    bool   `dynamodbav:"done"`
	Counts  Counts `dynamodbav:"counts"`
}

// Batch is the result of one batch.
type Batch struct {
	JobID      string `dynamodbav:"job"`
	Item       string `dynamodbav:"item"`
	Done       bool   `dynamodbav:"done"`
	Counts     Counts `dynamodbav:"counts"`
	LeaseOwner string `dynamodbav:"lease_owner,omitempty"`
	LeaseUntil int64  `dynamodbav:"lease_until,omitempty"`
}

func (s Store) shards(ctx context.Context, jobID string, number int) ([]Shard, error) {
	return store.SelectAll[Shard](ctx, s.Table, store.Query{
		Where:  "job = :job AND begins_with(#item, :prefix)",
		Values: store.Values{":job": jobID, ":prefix": fmt.Sprintf("shard#%06d#", number)},
	})
}

func (s Store) batches(ctx context.Context, jobID string, number, shard int) ([]Batch, error) {
	return store.SelectAll[Batch](ctx, s.Table, store.Query{
		Where:  "job = :job AND begins_with(#item, :prefix)",
		Values: store.Values{":job": jobID, ":prefix": batchPrefix(number, shard)},
	})
}

func (s Store) withProgress(ctx context.Context, n Notification) (Notification, error) {
	if n.Over() && n.FinishedAt != 0 {
		return n, nil
	}

	shards, err := s.shards(ctx, n.JobID, n.Number)
	if err != nil {
		return Notification{}, err
	}

	done := map[string]bool{}

	n.Counts = Counts{}
	for _, shard := range shards {
		if shard.Done {
			n.Counts, done[shard.Item] = n.Counts.plus(shard.Counts), true
		}
	}

	for shard := range n.Parts() {
		if done[shardItem(n.Number, shard)] {
			continue
		}

		batches, err := s.batches(ctx, n.JobID, n.Number, shard)
		if err != nil {
			return Notification{}, err
		}

		for _, b := range batches {
			n.Counts = n.Counts.plus(b.Counts)
		}
	}

	if n.Counts.Audience > 0 && n.Status == Preparing {
		n.Status = Sending
	}

	return n, nil
}

// Cut is one batch as the walk made it.
type Cut struct {
	Usernames []string // keys
	Next      string
	End       bool
}

// PutBatch keeps the batch that the walk has cut, unless it is there already: it answers the batch that is kept. A last batch of nobody isn't
// made, but one that is there from a walk before, when somebody was left, is answered.
func (s Store) PutBatch(
	ctx context.Context,
	jobID string,
	number, shard, seq int,
	cut Cut,
) (Cut, error) {
	kept := names{
		JobID:     jobID,
		Item:      namesItem(number, shard, seq),
		Usernames: cut.Usernames,
		Next:      cut.Next,
		End:       cut.End,
	}
	nobody := len(cut.Usernames) == 0 && cut.End

	var err error
	if !nobody {
		err = s.Table.Put(ctx, kept, "attribute_not_exists(job)", nil)
	}

	if nobody || errors.Is(err, store.ErrCondition) {
		kept = names{}
		err = s.Table.Get(ctx, key(jobID, namesItem(number, shard, seq)), &kept)
	}

	if nobody && errors.Is(err, store.ErrNotFound) {
		return cut, nil
	}
	if err != nil {
		return Cut{}, err
	}

	batch := Batch{
		JobID:  jobID,
		Item:   batchItem(number, shard, seq),
		Counts: Counts{Audience: len(kept.Usernames)},
	}

	err = s.Table.Put(ctx, batch, "attribute_not_exists(job)", nil)
	if err != nil && !errors.Is(err, store.ErrCondition) {
		return Cut{}, err
	}
	return Cut{Usernames: kept.Usernames, Next: kept.Next, End: kept.End}, nil
}

// Walked keeps that a shard has been walked, and how many batches came of it.
func (s Store) Walked(ctx context.Context, jobID string, number, shard, batches int) error {
	err := s.Table.Put(
		ctx,
		Shard{JobID: jobID, Item: shardItem(number, shard), Batches: batches},
		"attribute_not_exists(job)",
		nil,
	)
	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}

// Claim gives a batch to a request for as long as the lease lasts. done says that it needs nobody. It answers ErrBusy
// while another request holds it.
func (s Store) Claim(
	ctx context.Context,
	jobID string,
	number, shard, seq int,
	owner string,
	now, until time.Time,
) (usernames []string, done bool, err error) {
	err = s.Table.Update(ctx, key(jobID, batchItem(number, shard, seq)), store.Update{
		Set:       "lease_owner = :owner, lease_until = :until",
		Condition: "done = :false AND (attribute_not_exists(lease_owner) OR lease_owner = :owner OR lease_until < :now)",
		Values: store.Values{
			":owner": owner,
			":until": until.UnixMilli(),
			":now":   now.UnixMilli(),
			":false": false,
		},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		var found Batch
		if err := s.Table.Get(ctx, key(jobID, batchItem(number, shard, seq)), &found); err != nil {
			return nil, false, err
		}
		if found.Done {
			return nil, true, nil
		}
		return nil, false, ErrBusy
	}

	if err != nil {
		return nil, false, err
	}

	var kept names

	err = s.Table.Get(ctx, key(jobID, namesItem(number, shard, seq)), &kept)
	return kept.Usernames, false, err
}

// Extend has the lease last longer. It answers ErrBusy if the batch is another's by now.
func (s Store) Extend(
	ctx context.Context,
	jobID string,
	number, shard, seq int,
	owner string,
	until time.Time,
) error {
	return busy(s.Table.Update(ctx, key(jobID, batchItem(number, shard, seq)), store.Update{
		Set: "lease_until = :until", Condition: "done = :false AND lease_owner = :owner",
		Values: store.Values{":until": until.UnixMilli(), ":owner": owner, ":false": false},
	}, nil))
}

// Release gives the batch back, with the counts so far.
func (s Store) Release(
	ctx context.Context,
	jobID string,
	number, shard, seq int,
	owner string,
	counts Counts,
) error {
	return busy(s.Table.Update(ctx, key(jobID, batchItem(number, shard, seq)), store.Update{
		Set:       "counts = :counts",
		Remove:    "lease_owner, lease_until",
		Condition: "done = :false AND lease_owner = :owner",
		Values:    store.Values{":counts": counts, ":owner": owner, ":false": false},
	}, nil))
}

// FinishBatch keeps a batch's result. It answers ErrBusy if the batch is another's by now.
func (s Store) FinishBatch(
	ctx context.Context,
	jobID string,
	number, shard, seq int,
	owner string,
	counts Counts,
) error {
	return busy(s.Table.Update(ctx, key(jobID, batchItem(number, shard, seq)), store.Update{
		Set:       "counts = :counts, done = :true",
		Remove:    "lease_until",
		Condition: "done = :false AND lease_owner = :owner",
		Values:    store.Values{":counts": counts, ":owner": owner, ":false": false, ":true": true},
	}, nil))
}

func busy(err error) error {
	if errors.Is(err, store.ErrCondition) {
		return ErrBusy
	}
	return err
}

// Settle ends a shard whose batches are all done, and with the last shard the notification. Whoever may have been the last calls it, and calling it again
// doesn't matter.
func (s Store) Settle(ctx context.Context, n Notification, shard int, now time.Time) error {
	var walked Shard

	err := s.Table.Get(ctx, key(n.JobID, shardItem(n.Number, shard)), &walked)
	if errors.Is(err, store.ErrNotFound) {
		return nil // the walk isn't through: it settles at its end
	}
	if err != nil {
		return err
	}

	if !walked.Done {
		batches, err := s.batches(ctx, n.JobID, n.Number, shard)
		if err != nil {
			return err
		}

		walked.Counts = Counts{}
		for _, b := range batches {
			if !b.Done {
				return nil
			}

			walked.Counts = walked.Counts.plus(b.Counts)
		}

		if len(batches) < walked.Batches {
			return nil
		}

		walked.Done = true
		if err := s.Table.Put(ctx, walked, "", nil); err != nil {
			return err
		}
	}

	shards, err := s.shards(ctx, n.JobID, n.Number)
	if err != nil {
		return err
	}

	var sum Counts

	done := 0
	for _, one := range shards {
		if one.Done {
			sum = sum.plus(one.Counts)
			done++
		}
	}

	if done < n.Parts() {
		return nil
	}

	if s.Ends != nil {
		if err := s.Ends(ctx, n); err != nil {
			return err
		}
	}
	// Two updates, since it may be cancelled at any moment: a cancelled one stays so.
	end := store.Update{
		Set:       "#status = :sent, counts = :counts, finished_at = :now",
		Remove:    "reason, due, due_at",
		Condition: "attribute_not_exists(finished_at) AND #status <> :cancelled",
		Values: store.Values{
			":sent":      Sent,
			":cancelled": Cancelled,
			":counts":    sum,
			":now":       now.UnixMilli(),
		},
	}

	err = s.Table.Update(ctx, key(n.JobID, item(n.Number)), end, nil)
	if errors.Is(err, store.ErrCondition) {
		end = store.Update{
			Set:       "counts = :counts, finished_at = :now",
			Condition: "attribute_not_exists(finished_at) AND #status = :cancelled",
			Values: store.Values{
				":cancelled": Cancelled,
				":counts":    sum,
				":now":       now.UnixMilli(),
			},
		}
		err = s.Table.Update(ctx, key(n.JobID, item(n.Number)), end, nil)
	}

	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}

// Cancel has nothing more sent: its walk stops, and whoever of its batches has no message yet is skipped. Cancelling it again answers the same; one that is
// sent stays sent. Where it was paused nobody has its batches in hand: whoever cancels has the Unfinished ones sent again, so that they end.
func (s Store) Cancel(
	ctx context.Context,
	jobID string,
	number int,
	now time.Time,
) (Notification, error) {
	err := s.Table.Update(ctx, key(jobID, item(number)), store.Update{
		Set:       "#status = :cancelled, cancelled_at = :now",
		Remove:    "reason, due, due_at",
		Condition: "#status IN (:preparing, :sending, :paused)",
		Values: store.Values{
			":cancelled": Cancelled,
			":now":       now.UnixMilli(),
			":preparing": Preparing,
			":sending":   Sending,
			":paused":    Paused,
		},
	}, nil)
	if err != nil && !errors.Is(err, store.ErrCondition) {
		return Notification{}, err
	}
	return s.Get(ctx, jobID, number)
}

// Pause has nothing more sent until it is resumed, which is due at the time until. It does nothing to one that is paused already, or over.
func (s Store) Pause(ctx context.Context, n Notification, reason string, until time.Time) error {
	err := s.Table.Update(ctx, key(n.JobID, item(n.Number)), store.Update{
		Set:       "#status = :paused, reason = :reason, due = :due, due_at = :at",
		Condition: "#status IN (:preparing, :sending)",
		Values: store.Values{
			":paused":    Paused,
			":reason":    reason,
			":due":       job.DueJobs,
			":at":        job.Moment(until.UnixMilli()),
			":preparing": Preparing,
			":sending":   Sending,
		},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}

// Resume lets a paused notification go on, and says whether it was paused. Its batches' messages are gone: call it right before the Unfinished ones are sent
// again, in the same step, so that a step that dies between the two is taken again.
func (s Store) Resume(ctx context.Context, jobID string, number int) (resumed bool, err error) {
	err = s.Table.Update(ctx, key(jobID, item(number)), store.Update{
		Set: "#status = :sending", Remove: "reason, due, due_at", Condition: "#status = :paused",
		Values: store.Values{":sending": Sending, ":paused": Paused},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		return false, nil
	}
	return err == nil, err
}

// Unfinished lists a shard's batches without a result, for whoever sends their messages again. A message too many does no harm.
func (s Store) Unfinished(ctx context.Context, jobID string, number, shard int) ([]int, error) {
	batches, err := s.batches(ctx, jobID, number, shard)
	if err != nil {
		return nil, err
	}

	var seqs []int
	for _, b := range batches {
		if b.Done {
			continue
		}

		seq, err := strconv.Atoi(strings.TrimPrefix(b.Item, batchPrefix(number, shard)))
		if err != nil {
			return nil, fmt.Errorf("list unfinished batches: %w", err)
		}

		seqs = append(seqs, seq)
	}

	return seqs, nil
}

// BatchMessage asks deliver for a batch.
type BatchMessage struct {
	JobID  string `json:"job"`
	Number int    `json:"notification"`
	Shard  int    `json:"shard"`
	Seq    int    `json:"batch"`
}

// Fallback asks deliver to go on to the user's next device, after the delivery of that name did not arrive.
type Fallback struct {
	JobID    string `json:"job"`
	Number   int    `json:"notification"`
	UserID   string `json:"user_id"`
	Key      string `json:"key"` // of the username
	Delivery string `json:"delivery"`
}

// BulkMessage is a message of the bulk queue: a batch, unless one of the other fields is there.
type BulkMessage struct {
	BatchMessage
	Fallback *Fallback     `json:"fallback,omitempty"`
	Reach    *urgent.Reach `json:"reach,omitempty"`
}
