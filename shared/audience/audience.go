// Package audience decides which members are in a notification's audience: when its
// batches are cut, and again at the moment of sending.
package audience

import (
	"context"
	"time"

	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/parallel"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// Judge decides by the directory, the credentials, the links and the deliveries.
type Judge struct {
	Directory   directory.Store
	Credentials credential.Store
	Tokens      token.Store
	Deliveries  delivery.Store
}

// Verdict is whether a member is in the audience, and why not.
type Verdict struct {
	Member  member.Member
	Profile user.Profile // set for a member who is in
	Active  bool         // the user has a password
	In      bool
	Reason  string // a delivery's reason, for a member who is out
}

const (
	historyRead = 200 // the most deliveries of a user in a job that are read
	lookups     = 16  // the number of users whose deliveries are read at once
)

// Decide returns a verdict on each of one job's members, in their order. Keys must not
// repeat. except is the name of the notification being sent: its own links and deliveries
// put no user out of its audience, so that it can go on after a crash.
func (j Judge) Decide(
	ctx context.Context,
	of job.Audience,
	members []member.Member,
	except delivery.Name,
	now time.Time,
) ([]Verdict, error) {
	verdicts, err := j.users(ctx, members)
	if err != nil {
		return nil, err
	}

	err = j.active(ctx, verdicts, of)
	if err != nil {
		return nil, err
	}

	switch of {
	case job.Expired:
		err = j.expired(ctx, verdicts, except, now)
	case job.Unreached:
		err = j.unreached(ctx, verdicts, except)
	}
	return verdicts, err
}

// users puts out members whose user was removed or is inactive.
func (j Judge) users(ctx context.Context, members []member.Member) ([]Verdict, error) {
	names := make([]string, len(members))
	for i, m := range members {
		names[i] = m.Key
	}

	profiles, err := j.Directory.GetMany(ctx, names)
	if err != nil {
		return nil, err
	}

	verdicts := make([]Verdict, len(members))
	for i, m := range members {
		v := &verdicts[i]
		v.Member = m

		profile, ok := profiles[m.Key]
		switch {
		case !ok || m.UserID == "" || profile.ID != m.UserID:
			v.Reason = delivery.ReasonRemoved
		case !profile.Active():
			v.Reason = delivery.ReasonInactive
		default:
			v.In = true
			v.Profile = profile
		}
	}

	return verdicts, nil
}

// active puts out the users with a password, unless the audience includes them.
func (j Judge) active(ctx context.Context, verdicts []Verdict, of job.Audience) error {
	active, err := j.Credentials.Active(ctx, in(verdicts))
	if err != nil {
		return err
	}

	keep := of == job.Everyone || of == job.Named
	for i := range verdicts {
		v := &verdicts[i]
		v.Active = active[v.Member.UserID]
		if v.In && v.Active && !keep {
			v.In = false
			v.Reason = delivery.ReasonActive
		}
	}

	return nil
}

// in returns the user ids of the members who are in.
func in(verdicts []Verdict) []string {
	var ids []string
	for _, v := range verdicts {
		if v.In {
			ids = append(ids, v.Member.UserID)
		}
	}
	return ids
}

// expired puts out users without an expired link. A link of the notification itself was
// made by a request that died before it sent the message.
func (j Judge) expired(
	ctx context.Context, verdicts []Verdict, except delivery.Name, now time.Time,
) error {
	expiry, err := j.Tokens.Expiry(ctx, in(verdicts))
	if err != nil {
		return err
	}

	for i := range verdicts {
		v := &verdicts[i]
		link, ok := expiry[v.Member.UserID]
		works := link.At > clock.Of(now) && link.Delivery != except
		if v.In && (!ok || works) {
			v.In = false
			v.Reason = delivery.ReasonNotExpired
		}
	}

	return nil
}

// unreached puts out users whom an earlier message of the job got through to.
func (j Judge) unreached(ctx context.Context, verdicts []Verdict, except delivery.Name) error {
	return parallel.Each(ctx, len(verdicts), lookups, func(ctx context.Context, i int) error {
		v := &verdicts[i]
		if !v.In {
			return nil
		}

		past, err := j.Deliveries.OfJob(ctx, v.Member.UserID, v.Member.JobID, historyRead)
		if err != nil {
			return err
		}

		for _, d := range past {
			if d.Name != except && d.Through() {
				v.In = false
				v.Reason = delivery.ReasonReached
			}
		}
		return nil
	})
}
