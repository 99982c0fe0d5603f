package job

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/lease"
	"latchkey/shared/store"
)

// mapWait is how long a job whose columns were mapped waits for upload to take it up.
// After that they may be mapped again, since whoever mapped them may have died before
// upload was told. If upload is told later, it takes the job up all the same.
const mapWait = 15 * time.Minute

const mappingName = "mapping-"

// MappingKey returns the key of the object that tells upload of a decision on the columns
// of a job's file, by the decision's number. Nothing depends on what the object holds.
func MappingKey(id string, number int) string {
	return fmt.Sprintf("%s%s/%s%d.json", UploadedFolder, id, mappingName, number)
}

// MappingOf returns the job and the number that a MappingKey tells of. No file has such a
// key, since its name ends otherwise.
func MappingOf(key string) (id string, number int, ok bool) {
	id, name, _ := strings.Cut(strings.TrimPrefix(key, UploadedFolder), "/")
	text, _ := strings.CutSuffix(name, ".json")
	text, _ = strings.CutPrefix(text, mappingName)

	number, err := strconv.Atoi(text)
	return id, number, err == nil && key == MappingKey(id, number)
}

// NeedsMapping ends the validation of a claimed job whose columns have to be mapped. What
// is known of them must be stored before it. It returns ErrStatus if another request has
// taken the file.
func (s Store) NeedsMapping(ctx context.Context, id string, l lease.Lease) error {
	return asStatus(s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set:       "#status = :needs, mappable = :true",
		Remove:    "due, due_at, " + lease.Remove,
		Condition: "#status = :validating AND " + lease.Held,
		Values: l.ToEnd(store.Values{
			":needs":      NeedsMapping,
			":true":       true,
			":validating": Validating,
		}),
	}, nil))
}

// Map stores a decision on the columns of a job's file, and returns the job as it is then:
// Validating, for upload to take up. It returns ErrStatus if the columns can't be mapped,
// or not at the moment. What was found in the file before is gone.
func (s Store) Map(
	ctx context.Context, id string, mapping map[string]string, now time.Time,
) (Job, error) {
	var mapped Job
	err := s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set: "#mapping = :mapping, mapped = if_not_exists(mapped, :zero) + :one," +
			" #status = :validating, due = :due, due_at = :due_at",
		Remove: "rejected_reason, finished_at, #rows, chunks, issues, " + lease.Remove,
		Condition: "attribute_exists(job) AND attribute_not_exists(deleted_at)" +
			" AND mappable = :true AND #status IN (:needs, :validated, :rejected)",
		Values: store.Values{
			":mapping":    mapping,
			":zero":       0,
			":one":        1,
			":true":       true,
			":needs":      NeedsMapping,
			":validating": Validating,
			":validated":  Validated,
			":rejected":   Rejected,
			":due":        DueJobs,
			":due_at":     Moment(clock.Of(now.Add(mapWait))),
		},
	}, &mapped)
	return mapped, asStatus(err)
}

// ClaimMapped leases the file of a job to a request, to be validated with the decision of
// a number. It does so as Claim does, and returns the same errors: ErrOtherFile if there
// is a later decision, or the file was validated with this one.
func (s Store) ClaimMapped(
	ctx context.Context, id string, number int, l lease.Lease, now time.Time,
) (Job, error) {
	var claimed Job
	err := s.Table.Update(ctx, key(id, jobItem), store.Update{
		Set: "#status = :validating, due = :due, due_at = :due_at, " + lease.Set,
		Condition: "attribute_exists(job) AND attribute_not_exists(deleted_at)" +
			" AND mapped = :number AND #status IN (:validating, :needs) AND " + lease.Free,
		Values: l.ToClaim(now, store.Values{
			":validating": Validating,
			":needs":      NeedsMapping,
			":number":     number,
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
	if found.Status == Validating && found.Mapped == number {
		return Job{}, lease.ErrBusy
	}
	return Job{}, ErrOtherFile
}

// AwaitsUpload reports whether the columns were mapped, and upload hasn't taken that up.
func (j Job) AwaitsUpload() bool {
	return j.Status == Validating && j.Mapped > 0 && j.LeaseOwner == ""
}

// MapAgain lets the columns of a job be mapped again that AwaitsUpload and is Abandoned.
// It does nothing to others.
func (s Store) MapAgain(ctx context.Context, read Job, at time.Time) error {
	_, err := s.Table.UpdateIf(ctx, key(read.ID, jobItem), store.Update{
		Set:    "#status = :needs",
		Remove: "due, due_at",
		Condition: "#status = :validating AND mapped = :mapped" +
			" AND attribute_not_exists(lease_owner) AND due_at <= :moment",
		Values: store.Values{
			":needs":      NeedsMapping,
			":validating": Validating,
			":mapped":     read.Mapped,
			":moment":     Moment(clock.Of(at)),
		},
	})
	return err
}
