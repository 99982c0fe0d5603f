package job

import (
	"context"
	"errors"
	"time"

	"latchkey/shared/store"
)

// Abandon rejects a job whose file hasn't come by the time at. It does nothing to any
// other job.
func (s Store) Abandon(ctx context.Context, id string, at time.Time) error {
	err := s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set:       "#status = :rejected, rejected_reason = :reason, finished_at = :now",
		Remove:    "due, due_at",
		Condition: "#status = :awaiting AND upload_until <= :now",
		Values: store.Values{
			":rejected": Rejected,
			":reason":   "No file was uploaded in time.",
			":now":      at.UnixMilli(),
			":awaiting": AwaitingFile,
		},
	}, nil)
	if errors.Is(err, store.ErrCondition) {
		return nil
	}
	return err
}

// Claim leases the job's file to a request, the owner, and returns the job as it is then.
// A repeated event of the same file takes over a lease that has expired. Claim returns
// ErrBusy while another request holds the lease, and ErrOtherFile if the job has another
// file or has validated this one.
func (s Store) Claim(
	ctx context.Context,
	id string,
	source Source,
	owner string,
	now, until time.Time,
) (Job, error) {
	var claimed Job
	err := s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set: "#status = :validating, #source = :source," +
			" lease_owner = :owner, lease_until = :until",
		Remove: "due, due_at",
		Condition: "attribute_exists(job) AND attribute_not_exists(deleted_at) AND" +
			" (#status = :awaiting OR (#status = :validating AND #source.#event = :event" +
			" AND (lease_owner = :owner OR lease_until < :now)))",
		Values: store.Values{
			":validating": Validating,
			":awaiting":   AwaitingFile,
			":source":     source,
			":event":      source.Event,
			":owner":      owner,
			":until":      until.UnixMilli(),
			":now":        now.UnixMilli(),
		},
	}, &claimed)
	if !errors.Is(err, store.ErrCondition) {
		return claimed, err
	}

	found, err := s.Get(ctx, id)
	if err != nil {
		return Job{}, err
	}
	if found.Status == Validating && found.Source.Event == source.Event {
		return Job{}, ErrBusy
	}
	return Job{}, ErrOtherFile
}

// Reject ends a claimed job that changes nothing, with a reason for administrators. It
// returns ErrStatus if another request has taken the file.
func (s Store) Reject(
	ctx context.Context,
	id, owner, reason string,
	rows *Rows,
	issues int,
	now time.Time,
) error {
	return asStatus(s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set: "#status = :rejected, rejected_reason = :reason, #rows = :rows," +
			" issues = :issues, finished_at = :now",
		Remove:    "lease_owner, lease_until",
		Condition: "#status = :validating AND lease_owner = :owner",
		Values: store.Values{
			":rejected":   Rejected,
			":reason":     reason,
			":rows":       rows,
			":issues":     issues,
			":now":        now.UnixMilli(),
			":validating": Validating,
			":owner":      owner,
		},
	}, nil))
}

// Validated ends the validation of a claimed job. Everything that the chunks need must be
// stored before it. It returns ErrStatus if another request has taken the file.
func (s Store) Validated(
	ctx context.Context, id, owner string, rows Rows, chunks, issues int,
) error {
	return asStatus(s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set:       "#status = :validated, #rows = :rows, chunks = :chunks, issues = :issues",
		Remove:    "lease_owner, lease_until",
		Condition: "#status = :validating AND lease_owner = :owner",
		Values: store.Values{
			":validated":  Validated,
			":rows":       rows,
			":chunks":     chunks,
			":issues":     issues,
			":validating": Validating,
			":owner":      owner,
		},
	}, nil))
}
