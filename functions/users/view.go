package main

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"latchkey/shared/address"
	"latchkey/shared/api"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

const (
	// latestJobs and latestDeliveries are how many of each a user is shown with.
	latestJobs       = 20
	latestDeliveries = 20
)

// summary is a user in a list.
type summary struct {
	Username  string       `json:"username"`
	FirstName api.Text     `json:"first_name"`
	LastName  api.Text     `json:"last_name"`
	Roles     []string     `json:"roles"`
	Status    string       `json:"status"`
	State     member.State `json:"state"`
}

// view is a user as the API tells it.
type view struct {
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

type jobView struct {
	ID      string         `json:"id"`
	Name    string         `json:"name"`
	Row     int            `json:"row"`
	Outcome member.Outcome `json:"outcome"`
	At      api.Time       `json:"at"`
}

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
		p.Username,
		d.Kind(),
		api.Text(d.JobID()),
		d.Number(),
		api.Text(d.Device),
		api.Text(d.Channel),
		d.State,
		api.Text(d.Reason),
		api.Milli(d.At),
		d.Attempts,
	}
}

func status(value string) string {
	if value == "" {
		return user.Active
	}
	return value
}

// standing is where a user stands, in the directory's and the credentials' own words.
type standing struct {
	member.Standing
	link *token.Link // a pending user's
}

// standings finds out where users stand, in their order.
func (h handler) standings(ctx context.Context, profiles []user.Profile) ([]standing, error) {
	var ids []string
	for _, p := range profiles {
		ids = append(ids, p.ID)
	}

	activated, err := h.credentials.Activated(ctx, ids)
	if err != nil {
		return nil, err
	}

	links, err := h.tokens.Links(ctx, ids, token.Invite)
	if err != nil {
		return nil, err
	}

	all := make([]standing, len(profiles))
	for i, p := range profiles {
		s := &all[i]
		at, hasPassword := activated[p.ID]
		s.ActivatedAt = at

		link, hasLink := links[p.ID]
		if hasLink && !hasPassword {
			s.link = &link
		}

		switch {
		case !p.Active():
			s.State = member.StateInactive
		case hasPassword:
			s.State = member.StateActive
		case hasLink && link.ExpiresAt <= h.now().UnixMilli():
			s.State = member.StateExpired
		default:
			s.State = member.StatePending
		}
	}

	return all, nil
}

func (h handler) summaries(ctx context.Context, profiles []user.Profile) ([]summary, error) {
	all, err := h.standings(ctx, profiles)
	if err != nil {
		return nil, err
	}

	list := make([]summary, len(profiles))
	for i, p := range profiles {
		list[i] = summaryOf(p, all[i])
	}

	return list, nil
}

func summaryOf(p user.Profile, s standing) summary {
	return summary{
		Username:  p.Username,
		FirstName: api.Text(p.Fields[user.FirstName]),
		LastName:  api.Text(p.Fields[user.LastName]),
		Roles:     p.Roles(),
		Status:    status(p.Fields[user.Status]),
		State:     s.State,
	}
}

// show tells what is known of one user.
func (h handler) show(ctx context.Context, event api.Event) (api.Answer, error) {
	if _, err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	p, err := h.user(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	all, err := h.standings(ctx, []user.Profile{p})
	if err != nil {
		return api.Answer{}, err
	}

	s := all[0]

	v := view{
		summary: summaryOf(
			p,
			s,
		),
		Language: api.Text(p.Fields[user.Language]),
		TimeZone: api.Text(p.Fields[user.TimeZone]),
		Fields: h.otherFields(
			p,
		),
		ActivatedAt: api.Milli(s.ActivatedAt),
		Deliveries:  []deliveryView{},
	}
	if s.link != nil {
		v.Link = &linkView{api.Milli(s.link.SentAt), api.Milli(s.link.ExpiresAt)}
	}

	until, err := h.limits.LockedUntil(ctx, p.Key, h.now())
	if err != nil {
		return api.Answer{}, err
	}

	v.LockedUntil = api.Time{Time: until}

	marks, err := h.marks(ctx, p)
	if err != nil {
		return api.Answer{}, err
	}

	v.Devices = h.deviceViews(p, marks)
	if v.Jobs, err = h.jobViews(ctx, p); err != nil {
		return api.Answer{}, err
	}

	latest, err := h.deliveries.OfUser(ctx, p.ID, latestDeliveries)
	if err != nil {
		return api.Answer{}, err
	}

	for _, d := range latest {
		v.Deliveries = append(v.Deliveries, deliveryViewOf(p, d))
	}

	return api.OK(v), nil
}

// otherFields gives the columns that have no field of their own in a view.
func (h handler) otherFields(p user.Profile) map[string]string {
	fields := map[string]string{}
	for name, value := range p.Fields {
		fields[name] = value
	}

	for _, name := range []string{user.FirstName, user.LastName, user.Role, user.Status, user.Language, user.TimeZone} {
		delete(fields, name)
	}

	for _, d := range h.reach.Devices {
		delete(fields, d.Name)
		delete(fields, d.Name+user.StatusSuffix)
	}

	return fields
}

func (h handler) deviceViews(p user.Profile, marks map[string]address.Mark) []deviceView {
	views := []deviceView{}
	for _, d := range h.reach.Devices {
		to := p.Fields[d.Name]
		if to == "" {
			continue
		}

		one := deviceView{
			Name:    d.Name,
			Channel: d.Channel,
			Address: to,
			Status:  status(p.Fields[d.Name+user.StatusSuffix]),
			State:   "ok",
		}
		if mark, ok := marks[address.Key(d.Channel, to)]; ok {
			one.State, one.Reason = "undeliverable", api.Text(mark.Reason)
		}

		views = append(views, one)
	}

	return views
}

// jobViews gives the user's latest jobs that are there.
func (h handler) jobViews(ctx context.Context, p user.Profile) ([]jobView, error) {
	memberships, err := h.members.Memberships(ctx, p, latestJobs)
	if err != nil {
		return nil, err
	}

	found := make([]*job.Job, len(memberships))

	group, reading := errgroup.WithContext(ctx)
	for i, m := range memberships {
		group.Go(func() error {
			one, err := h.jobs.Get(reading, m.JobID)
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}

			found[i] = &one
			return err
		})
	}

	if err := group.Wait(); err != nil {
		return nil, err
	}

	views := []jobView{}
	for i, m := range memberships {
		if found[i] != nil {
			views = append(
				views,
				jobView{m.JobID, found[i].Name, m.Row, m.Outcome, api.Milli(found[i].FinishedAt)},
			)
		}
	}

	return views, nil
}
