package job

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/lease"
	"latchkey/shared/store"
)

// eventAge is how long Lambda keeps an event, and may have its validation taken up again.
// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html)
const eventAge = 6 * time.Hour

// waitsForFile reports whether DueAt is when the job is to be rejected.
func (j Job) waitsForFile() bool { return j.Status == AwaitingFile || j.Status == Validating }

// Abandoned reports whether the job's file hasn't come by a time, or wasn't validated.
func (j Job) Abandoned(at time.Time) bool {
	return j.waitsForFile() && j.DueAt <= Moment(clock.Of(at))
}

// Abandon rejects a job that is still Abandoned, and does nothing to others.
func (s Store) Abandon(ctx context.Context, read Job, at time.Time) error {
	reason := "No file was uploaded in time."
	if read.Status == Validating {
		reason = "The file couldn't be read to its end. Upload it again."
	}

	_, err := s.Table.UpdateIf(ctx, key(read.ID, jobItem), store.Update{
		Set:       "#status = :rejected, rejected_reason = :reason, finished_at = :now",
		Remove:    "due, due_at, " + lease.Remove,
		Condition: "#status = :status AND due_at <= :moment",
		Values: store.Values{
			":rejected": Rejected,
			":reason":   reason,
			":now":      clock.Of(at),
			":status":   read.Status,
			":moment":   Moment(clock.Of(at)),
		},
	})
	return err
}

// Claim leases the job's file to a request and returns the job as it is then. A repeated
// event of the same file takes over a lease that has expired. Claim returns lease.ErrBusy
// while another request holds the lease, and ErrOtherFile if the job has another file or
// has validated this one.
func (s Store) Claim(
	ctx context.Context, id string, source Source, l lease.Lease, now time.Time,
) (Job, error) {
	var claimed Job
	err := s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set: "#status = :validating, #source = :source, due = :due, due_at = :due_at, " +
			lease.Set,
		Condition: "attribute_exists(job) AND attribute_not_exists(deleted_at) AND" +
			" (#status = :awaiting OR (#status = :validating AND #source.#event = :event" +
			" AND " + lease.Free + "))",
		Values: l.ToClaim(now, store.Values{
			":validating": Validating,
			":awaiting":   AwaitingFile,
			":source":     source,
			":event":      source.Event,
			":due":        DueJobs,
			":due_at":     Moment(clock.Of(l.Until.Add(eventAge))),
		}),
	}, &claimed)
	if !errors.Is(err, store.ErrCondition) {
		return claimed, err
	}

	found, err := s.Get(ctx, id)
	if err != nil {
		return Job{}, err
	}
	if found.Status == Validating && found.Source.Event == source.Event {
		return Job{}, lease.ErrBusy
	}
	return Job{}, ErrOtherFile
}

// Rejection is why a file was rejected, and what was found in it until then.
type Rejection struct {
	Reason string // for administrators
	Rows   *Rows  // nil if none was read
	Issues int    // parts of the list of errors and warnings
	// Mappable says that the file may do if its columns are mapped otherwise.
	Mappable bool
}

// Reject ends a claimed job that changes nothing. It returns ErrStatus if another request
// has taken the file.
func (s Store) Reject(
	ctx context.Context, id string, l lease.Lease, found Rejection, now time.Time,
) error {
	return asStatus(s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set: "#status = :rejected, rejected_reason = :reason, #rows = :rows," +
			" issues = :issues, mappable = :mappable, finished_at = :now",
		Remove:    "due, due_at, " + lease.Remove,
		Condition: "#status = :validating AND " + lease.Held,
		Values: l.ToEnd(store.Values{
			":rejected":   Rejected,
			":reason":     found.Reason,
			":rows":       found.Rows,
			":issues":     found.Issues,
			":mappable":   found.Mappable,
			":now":        clock.Of(now),
			":validating": Validating,
		}),
	}, nil))
}

// Validated ends the validation of a claimed job. Everything that the chunks need must be
// stored before it. It returns ErrStatus if another request has taken the file.
func (s Store) Validated(
	ctx context.Context, id string, l lease.Lease, rows Rows, chunks, issues int,
) error {
	return asStatus(s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set: "#status = :validated, #rows = :rows, chunks = :chunks, issues = :issues," +
			" mappable = :true",
		Remove:    "due, due_at, " + lease.Remove,
		Condition: "#status = :validating AND " + lease.Held,
		Values: l.ToEnd(store.Values{
			":validated":  Validated,
			":rows":       rows,
			":chunks":     chunks,
			":issues":     issues,
			":true":       true,
			":validating": Validating,
		}),
	}, nil))
}
