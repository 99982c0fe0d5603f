package dispatch

import (
	"context"
	"errors"

	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/reach"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// maxReachJobs is how many of a user's latest jobs UpdateReach brings up to date.
const maxReachJobs = 100

// Recipients are the users that messages go to, and where they can be reached.
type Recipients struct {
	Directory directory.Store
	Jobs      job.Store
	Members   member.Store
	Addresses reach.Addresses
	Reach     reach.Rules
}

// Get reads the profile of a username's key, empty if nobody has it. ok reports whether
// messages may be sent to the user: they exist, and aren't inactive.
func (r Recipients) Get(
	ctx context.Context, usernameKey string,
) (p user.Profile, ok bool, err error) {
	p, err = r.Directory.Get(ctx, usernameKey)
	if errors.Is(err, store.ErrNotFound) {
		return user.Profile{}, false, nil
	}
	return p, err == nil && p.Active(), err
}

// Targets returns the unmarked addresses of a user's devices, in the devices' order.
func (r Recipients) Targets(
	ctx context.Context, p user.Profile, devices []string,
) ([]token.Target, error) {
	marked, err := r.Reach.Marks(ctx, r.Addresses, []user.Profile{p}, devices)
	if err != nil {
		return nil, err
	}
	return r.Reach.Targets(p, devices, marked), nil
}

// Addressee is a user and where a message to them goes.
type Addressee struct {
	User   user.Profile
	Target token.Target
}

// Shared reports for each message whether it has to tell its user apart: another user has its
// address, too. An email address that is the username tells whose it is.
func (r Recipients) Shared(ctx context.Context, to []Addressee) ([]bool, error) {
	var holders []directory.Holder
	var asked []int // the message of each holder
	for i, one := range to {
		address := one.Target.Address
		if one.Target.Channel == user.Email && user.Key(address) != one.User.Key {
			holders = append(holders, directory.Holder{Address: address, Key: one.User.Key})
			asked = append(asked, i)
		}
	}

	found, err := r.Directory.Shared(ctx, holders)
	if err != nil {
		return nil, err
	}
	shared := make([]bool, len(to))
	for i, is := range found {
		shared[asked[i]] = is
	}
	return shared, nil
}

// WhyUnreachable returns a delivery's reason: no such device, or all addresses marked.
func (r Recipients) WhyUnreachable(p user.Profile, devices []string) string {
	if r.Reach.Targets(p, devices, nil) != nil {
		return delivery.ReasonUndeliverable
	}
	return delivery.ReasonNoDevice
}

// UpdateReach records, for each of a user's jobs, whether the job can reach them. It does
// nothing if the username's key is another user's by now.
//
// It is called after an address was marked, cleared or changed, and reads all of that
// anew. So it may be called twice, or late: it never writes what its caller was told,
// only what the tables say now.
func (r Recipients) UpdateReach(ctx context.Context, usernameKey, userID string) error {
	p, err := r.Directory.Get(ctx, usernameKey)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || p.ID != userID {
		return err
	}

	var devices []string
	for _, d := range r.Reach.Devices {
		devices = append(devices, d.Name)
	}

	marked, err := r.Reach.Marks(ctx, r.Addresses, []user.Profile{p}, devices)
	if err != nil {
		return err
	}

	memberships, err := r.Members.Jobs(ctx, p, maxReachJobs)
	if err != nil {
		return err
	}

	for _, m := range memberships {
		j, err := r.Jobs.Get(ctx, m.JobID)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted
		}
		if err != nil {
			return err
		}

		unreachable := r.Reach.Targets(p, j.Devices, marked) == nil
		err = r.Members.MarkUndeliverable(ctx, m, unreachable)
		if err != nil {
			return err
		}
	}

	return nil
}
