// Package audience decides who is in a notification's audience: when its batches are made, and again, user by user, at the
// moment of sending.
package audience

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// Judge looks members up where the truth is.
type Judge struct {
	Directory   directory.Store
	Credentials credential.Store
	Tokens      token.Store
	Deliveries  delivery.Store
}

// Verdict says whether a member is in the audience, and why not.
type Verdict struct {
	Member  member.Member
	Profile user.Profile // of who is in
	Active  bool         // has a password
	In      bool
	Reason  string // a delivery's reason, where the member is out
}

// historyRead bounds how many of a user's deliveries of a job are looked at, and how many users are looked up at once.
const (
	historyRead = 200
	lookups     = 16
)

// Decide judges members of one job, in their order. Their keys must not repeat. except is the name of the
// notification that is being sent: what it has done already doesn't put a user out of its audience.
func (j Judge) Decide(
	ctx context.Context,
	of job.Audience,
	members []member.Member,
	except string,
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

// users leaves in who is a user still, and gets messages.
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

// active finds out who has a password, and leaves them in where the audience has them.
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

// in lists the user ids of who is in.
func in(verdicts []Verdict) []string {
	var ids []string
	for _, v := range verdicts {
		if v.In {
			ids = append(ids, v.Member.UserID)
		}
	}
	return ids
}

// expired leaves in whose link has expired. A link of the notification itself was made by a request that died before it sent it.
func (j Judge) expired(
	ctx context.Context, verdicts []Verdict, except string, now time.Time,
) error {
	expiry, err := j.Tokens.Expiry(ctx, in(verdicts))
	if err != nil {
		return err
	}

	for i := range verdicts {
		v := &verdicts[i]
		link, ok := expiry[v.Member.UserID]
		works := link.At > now.UnixMilli() && link.Notification != except
		if v.In && (!ok || works) {
			v.In = false
			v.Reason = delivery.ReasonNotExpired
		}
	}

	return nil
}

func (j Judge) unreached(ctx context.Context, verdicts []Verdict, except string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(lookups)
	for i := range verdicts {
		v := &verdicts[i]
		if !v.In {
			continue
		}

		group.Go(func() error {
			past, err := j.Deliveries.OfJob(ctx, v.Member.UserID, v.Member.JobID, historyRead)
			if err != nil {
				return err
			}

			for _, d := range past {
				if d.Notification != except && d.Through() {
					v.In = false
					v.Reason = delivery.ReasonReached
				}
			}
			return nil
		})
	}

	return group.Wait()
}
