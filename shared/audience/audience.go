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
	verdicts := make([]Verdict, len(members))

	names := make([]string, 0, len(members))
	for i, m := range members {
		verdicts[i].Member = m
		names = append(names, m.Key)
	}

	profiles, err := j.Directory.GetMany(ctx, names)
	if err != nil {
		return nil, err
	}

	var ids []string
	for i := range verdicts {
		v := &verdicts[i]

		profile, ok := profiles[v.Member.Key]
		switch {
		case !ok || v.Member.UserID == "" || profile.ID != v.Member.UserID:
			v.Reason = delivery.ReasonRemoved
		case !profile.Active():
			v.Reason = delivery.ReasonInactive
		default:
			v.In, v.Profile = true, profile
			ids = append(ids, profile.ID)
		}
	}

	active, err := j.Credentials.Active(ctx, ids)
	if err != nil {
		return nil, err
	}

	for i := range verdicts {
		v := &verdicts[i]

		v.Active = active[v.Member.UserID]
		if v.In && v.Active && of != job.Everyone && of != job.Named {
			v.In, v.Reason = false, delivery.ReasonActive
		}
	}

	switch of {
	case job.Expired:
		err = j.expired(ctx, verdicts, except, now)
	case job.Unreached:
		err = j.unreached(ctx, verdicts, except)
	}

	return verdicts, err
}

// expired leaves in whose link has expired. A link of the notification itself was made by a request that died before it sent it.
func (j Judge) expired(
	ctx context.Context,
	verdicts []Verdict,
	except string,
	now time.Time,
) error {
	var ids []string
	for _, v := range verdicts {
		if v.In {
			ids = append(ids, v.Member.UserID)
		}
	}

	expiry, err := j.Tokens.Expiry(ctx, ids)
	if err != nil {
		return err
	}

	for i := range verdicts {
		v := &verdicts[i]

		link, ok := expiry[v.Member.UserID]
		if v.In && (!ok || link.At > now.UnixMilli() && link.Notification != except) {
			v.In, v.Reason = false, delivery.ReasonNotExpired
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
					v.In, v.Reason = false, delivery.ReasonReached
				}
			}

			return nil
		})
	}

	return group.Wait()
}
