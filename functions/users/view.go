package main

import (
	"context"
	"errors"
	"maps"

	"latchkey/shared/api"
	"latchkey/shared/clock"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/parallel"
	"latchkey/shared/reach"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

const (
	// latestJobs is how many jobs a user is shown with.
	latestJobs = 20
	// latestDeliveries is how many deliveries a user is shown with.
	latestDeliveries = 20
)

// ownFields are the columns that have a field of their own in a view of a user.
var ownFields = []string{
	user.FirstName,
	user.LastName,
	user.Role,
	user.Status,
	user.Language,
	user.TimeZone,
}

// summary is a user in a list, as the API shows them.
type summary struct {
	Username  string       `json:"username"`
	FirstName api.Text     `json:"first_name"`
	LastName  api.Text     `json:"last_name"`
	Roles     []string     `json:"roles"`
	Status    string       `json:"status"`
	State     member.State `json:"state"`
}

// userView is a user as the API shows them.
type userView struct {
	summary
	Language    api.Text          `json:"language"`
	TimeZone    api.Text          `json:"time_zone"`
	Fields      map[string]string `json:"fields"` // the other columns, by their names
	Devices     []deviceView      `json:"devices"`
	ActivatedAt api.Time          `json:"activated_at"`
	Link        *linkView         `json:"link"`
	LockedUntil api.Time          `json:"locked_until"`
	Jobs        []jobView         `json:"jobs"`
	Deliveries  []deliveryView    `json:"deliveries"`
}

// deviceView is a device of a user. Status is what a file says of it; State is what
// became of messages to it: "ok", or "undeliverable" with the reason.
type deviceView struct {
	Name    string       `json:"name"`
	Channel user.Channel `json:"channel"`
	Address string       `json:"address"`
	Status  string       `json:"status"`
	State   string       `json:"state"`
	Reason  api.Text     `json:"reason"`
}

// linkView is the link that a pending user was sent last.
type linkView struct {
	SentAt    api.Time `json:"sent_at"`
	ExpiresAt api.Time `json:"expires_at"`
}

// jobView is a user's part in a job. At is when the job was finished.
type jobView struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Row     int            `json:"row"`
	Outcome member.Outcome `json:"outcome"`
	At      api.Time       `json:"at"`
}

// deliveryView is a delivery to a user.
type deliveryView struct {
	Username     string         `json:"username"`
	Kind         string         `json:"kind"`
	Job          api.Text       `json:"job"`
	Notification *int           `json:"notification"`
	Device       api.Text       `json:"device"`
	Channel      api.Text       `json:"channel"`
	State        delivery.State `json:"state"`
	Reason       api.Text       `json:"reason"`
	At           api.Time       `json:"at"`
	Attempts     int            `json:"attempts"`
}

// deliveryViewOf shows a delivery to a user.
func deliveryViewOf(p user.Profile, d delivery.Delivery) deliveryView {
	return deliveryView{
		Username:     p.Username,
		Kind:         d.Name.Kind(),
		Job:          api.Text(d.Name.JobID()),
		Notification: d.Name.Number(),
		Device:       api.Text(d.Device),
		Channel:      api.Text(d.Channel),
		State:        d.State,
		Reason:       api.Text(d.Reason),
		At:           api.Milli(d.At),
		Attempts:     d.Attempts,
	}
}

// statusOf returns the status of a user or a device from its column: blank is active.
func statusOf(value string) string {
	if value == "" {
		return user.Active
	}
	return value
}

// standing is where a user stands, by the directory, the credentials and the tokens.
// Unlike a member's, it doesn't depend on any job.
type standing struct {
	member.Standing
	link *token.Link // the latest invite; nil for an active user, or if there is none
}

// standings returns where users stand now, in their order. A user is active if they have
// a password, and a pending one is expired if their latest invite is. The status of the
// file comes first: an inactive user may have a password and still not sign in.
func (h handler) standings(ctx context.Context, profiles []user.Profile) ([]standing, error) {
	var userIDs []string
	for _, p := range profiles {
		userIDs = append(userIDs, p.ID)
	}

	activated, err := h.credentials.Activated(ctx, userIDs)
	if err != nil {
		return nil, err
	}

	links, err := h.tokens.Links(ctx, userIDs, token.Invite)
	if err != nil {
		return nil, err
	}

	standings := make([]standing, len(profiles))
	for i, p := range profiles {
		s := &standings[i]
		activatedAt, hasPassword := activated[p.ID]
		s.ActivatedAt = activatedAt

		link, hasLink := links[p.ID]
		if hasLink && !hasPassword {
			s.link = &link
		}

		switch {
		case !p.Active():
			s.State = member.StateInactive
		case hasPassword:
			s.State = member.StateActive
		case hasLink && link.ExpiresAt <= clock.Of(h.now()):
			s.State = member.StateExpired
		default:
			s.State = member.StatePending
		}
	}

	return standings, nil
}

// summaries shows users of a list, in their order.
func (h handler) summaries(ctx context.Context, profiles []user.Profile) ([]summary, error) {
	standings, err := h.standings(ctx, profiles)
	if err != nil {
		return nil, err
	}

	list := make([]summary, len(profiles))
	for i, p := range profiles {
		list[i] = summaryOf(p, standings[i])
	}
	return list, nil
}

// summaryOf shows a user in a list.
func summaryOf(p user.Profile, s standing) summary {
	return summary{
		Username:  p.Username,
		FirstName: api.Text(p.Fields[user.FirstName]),
		LastName:  api.Text(p.Fields[user.LastName]),
		Roles:     p.Roles(),
		Status:    statusOf(p.Fields[user.Status]),
		State:     s.State,
	}
}

// show shows one user: what the directory knows of them, where they stand, and their
// latest jobs and deliveries. The parts are read one after the other and may differ by
// what happens in between: nothing is decided on them.
func (h handler) show(ctx context.Context, event api.Event) (api.Answer, error) {
	if err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	p, err := h.userOf(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	standings, err := h.standings(ctx, []user.Profile{p})
	if err != nil {
		return api.Answer{}, err
	}
	view := h.userView(p, standings[0])

	lockedUntil, err := h.limits.LockedUntil(ctx, p.Key, h.now())
	if err != nil {
		return api.Answer{}, err
	}
	view.LockedUntil = api.Time{Time: lockedUntil}

	marks, err := h.marks(ctx, p)
	if err != nil {
		return api.Answer{}, err
	}
	view.Devices = h.deviceViews(p, marks)

	view.Jobs, err = h.jobViews(ctx, p)
	if err != nil {
		return api.Answer{}, err
	}

	latest, err := h.deliveries.OfUser(ctx, p.ID, latestDeliveries)
	if err != nil {
		return api.Answer{}, err
	}
	for _, d := range latest {
		view.Deliveries = append(view.Deliveries, deliveryViewOf(p, d))
	}

	return api.OK(view), nil
}

// userView shows what a user's profile and standing tell.
func (h handler) userView(p user.Profile, s standing) userView {
	view := userView{
		summary:     summaryOf(p, s),
		Language:    api.Text(p.Fields[user.Language]),
		TimeZone:    api.Text(p.Fields[user.TimeZone]),
		Fields:      h.otherFields(p),
		ActivatedAt: api.Milli(s.ActivatedAt),
		Deliveries:  []deliveryView{},
	}
	if s.link != nil {
		view.Link = &linkView{
			SentAt:    api.Milli(s.link.SentAt),
			ExpiresAt: api.Milli(s.link.ExpiresAt),
		}
	}
	return view
}

// otherFields returns the columns that have no field of their own in a view.
func (h handler) otherFields(p user.Profile) map[string]string {
	fields := maps.Clone(p.Fields)
	if fields == nil {
		fields = map[string]string{}
	}

	for _, name := range ownFields {
		delete(fields, name)
	}
	for _, device := range h.reach.Devices {
		delete(fields, device.Name)
		delete(fields, device.Name+user.StatusSuffix)
	}

	return fields
}

// marks reads the marks of a user's addresses, by the addresses' keys. It reads those of
// all devices, also of those that no job uses: an administrator may clear any of them.
func (h handler) marks(ctx context.Context, p user.Profile) (map[string]reach.Mark, error) {
	var keys []string
	for _, device := range h.reach.Devices {
		if to := p.Fields[device.Name]; to != "" {
			keys = append(keys, reach.AddressKey(device.Channel, to))
		}
	}

	return h.addresses.Marks(ctx, keys)
}

// deviceViews shows the devices that a user has, in the deployment's order.
func (h handler) deviceViews(p user.Profile, marks map[string]reach.Mark) []deviceView {
	views := []deviceView{}
	for _, device := range h.reach.Devices {
		to := p.Fields[device.Name]
		if to == "" {
			continue
		}

		view := deviceView{
			Name:    device.Name,
			Channel: device.Channel,
			Address: to,
			Status:  statusOf(p.Fields[device.Name+user.StatusSuffix]),
			State:   "ok",
		}
		if mark, ok := marks[reach.AddressKey(device.Channel, to)]; ok {
			view.State = "undeliverable"
			view.Reason = api.Text(mark.Reason)
		}
		views = append(views, view)
	}

	return views
}

// jobViews shows the user's latest jobs. A job that was deleted is left out: its members
// may still be there for a while.
func (h handler) jobViews(ctx context.Context, p user.Profile) ([]jobView, error) {
	memberships, err := h.members.Memberships(ctx, p, latestJobs)
	if err != nil {
		return nil, err
	}

	read := func(ctx context.Context, i int) (*job.Job, error) {
		j, err := h.jobs.Get(ctx, memberships[i].JobID)
		if errors.Is(err, store.ErrNotFound) {
			return nil, nil
		}
		return &j, err
	}
	found, err := parallel.Map(ctx, len(memberships), latestJobs, read)
	if err != nil {
		return nil, err
	}

	views := []jobView{}
	for i, m := range memberships {
		if found[i] == nil {
			continue
		}

		views = append(views, jobView{
			ID:      m.JobID,
			Name:    found[i].Name,
			Row:     m.Row,
			Outcome: m.Outcome,
			At:      api.Milli(found[i].FinishedAt),
		})
	}

	return views, nil
}
