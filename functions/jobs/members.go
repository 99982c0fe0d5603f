package main

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"latchkey/shared/api"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/object"
	"latchkey/shared/user"
	"latchkey/shared/walk"
)

const (
	// pageLooks bounds how many queries a page of members makes, so that one that few match is short rather than slow.
	pageLooks = 20
	// pageTime is after how long a page isn't looked for any further, if there are no more queries to be made before.
	pageTime = 2 * time.Second
	// mostLook is how many members a look takes at most, and mostHistories if the deliveries of each have to be read: each look takes twice as many as the
	// one before.
	mostLook      = 1000
	mostHistories = 200
	// lookups is how many members' deliveries are read at once.
	lookups = 16
	// historyRead bounds how many of a member's deliveries of the job are looked at, to see whether one got through.
	historyRead = 50
	// exportAge is how long an export is given out before it is made anew.
	exportAge = time.Minute
)

type deliveryView struct {
	Notification *int           `json:"notification"`
	Device       api.Text       `json:"device"`
	Channel      api.Text       `json:"channel"`
	State        delivery.State `json:"state"`
	Reason       api.Text       `json:"reason"`
	At           api.Time       `json:"at"`
}

type memberView struct {
	Username     string         `json:"username"`
	FirstName    api.Text       `json:"first_name"`
	LastName     api.Text       `json:"last_name"`
	Row          int            `json:"row"`
	Outcome      member.Outcome `json:"outcome"`
	State        api.Text       `json:"state"`
	LastDelivery *deliveryView  `json:"last_delivery"`
	ActivatedAt  api.Time       `json:"activated_at"`
}

// memberPlace is where a list of members has come to.
type memberPlace struct {
	Shard int    `json:"s"`
	After string `json:"a,omitempty"`
}

// filter is what a list of members is narrowed by.
type filter struct {
	state    member.State
	audience job.Audience
	start    string
}

func (h handler) listMembers(ctx context.Context, event api.Event) (api.Answer, error) {
	query, err := api.Query(event, "state", "audience", "q")
	if err != nil {
		return api.Answer{}, err
	}

	by := filter{
		member.State(query["state"]),
		job.Audience(query["audience"]),
		user.Key(query["q"]),
	}
	if err := errors.Join(
		api.OneOf("state", by.state, member.States...),
		api.OneOf("audience", by.audience, job.Audiences...),
	); err != nil {
		return api.Answer{}, err
	}

	if len(by.start) > 1000 { // a sort key's bound is 1,024 bytes
		return api.Answer{}, api.Invalid("q", "too_long", "That is longer than any username.")
	}

	limit, err := api.Limit(event)
	if err != nil {
		return api.Answer{}, err
	}

	var at memberPlace
	if _, err := api.Cursor(event, &at); err != nil {
		return api.Answer{}, err
	}

	if at.Shard < 0 || at.Shard >= job.Shards || len(at.After) > 1000 ||
		!hasStart(at.After, by.start) {
		return api.Answer{}, api.Invalid(
			"cursor",
			"invalid_cursor",
			"The cursor is not one of this list.",
		)
	}

	j, err := h.job(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	page := api.Page[memberView]{Items: []memberView{}}

	began := h.now()
	for looks := 0; at.Shard < job.Shards && len(page.Items) < limit && looks < pageLooks && h.now().Sub(began) < pageTime; looks++ {
		room := limit - len(page.Items)

		members, next, err := h.members.List(
			ctx,
			j.ID,
			at.Shard,
			by.look(room, looks),
			by.start,
			at.After,
		)
		if err != nil {
			return api.Answer{}, err
		}

		views, done, err := h.memberViews(ctx, j, members, by, room)
		if err != nil {
			return api.Answer{}, err
		}

		page.Items = append(page.Items, views...)

		if done < len(members) {
			at.After = members[done-1].Key
		} else if at.After = next; next == "" {
			at.Shard++
		}
	}

	if at.Shard < job.Shards {
		page.Next = api.NextCursor(at)
	}

	return api.OK(page), nil
}

func hasStart(after, start string) bool {
	return after == "" || len(after) >= len(start) && after[:len(start)] == start
}

// look is how many members a page's look takes that has room for so many.
func (by filter) look(room, looks int) int {
	switch {
	case by.audience == job.Unreached:
		return max(room, min(room<<looks, mostHistories))
	case by.audience != "" || by.state != "":
		return max(room, min(room<<looks, mostLook))
	}

	return room
}

// memberViews shows those of the members that the filter lets through, in their order, as many as there is room for. done is how many of them it came to.
func (h handler) memberViews(
	ctx context.Context,
	j job.Job,
	members []member.Member,
	by filter,
	room int,
) (views []memberView, done int, err error) {
	var may []member.Member // those that the filter may let through

	var at []int // where they are among the members
	for i, m := range members {
		if by.lets(m.State) || m.State == member.StatePending && by.lets(member.StateExpired) {
			may, at = append(may, m), append(at, i)
		}
	}

	standings, err := member.Standings(ctx, h.tokens, h.credentials, may, h.now())
	if err != nil {
		return nil, 0, err
	}

	var fit []int
	for i, standing := range standings {
		if by.lets(standing.State) {
			fit = append(fit, i)
		}
	}

	most := 1
	if by.audience == job.Unreached {
		most = historyRead
	}

	for len(fit) > 0 && len(views) < room {
		some := fit[:min(len(fit), room)]

		histories, err := h.histories(ctx, j, may, some, most)
		if err != nil {
			return nil, 0, err
		}

		for k, i := range some {
			if by.audience == job.Unreached &&
				slices.ContainsFunc(histories[k], delivery.Delivery.Through) {
				continue
			}

			if len(views) == room {
				return views, at[i], nil
			}

			views = append(views, viewOf(may[i], standings[i], histories[k]))
		}

		fit = fit[len(some):]
	}

	if len(fit) > 0 {
		return views, at[fit[0]], nil
	}
	return views, len(members), nil
}

// histories reads the deliveries of the job to some of the members, the latest first: at most so many of each.
func (h handler) histories(
	ctx context.Context,
	j job.Job,
	members []member.Member,
	some []int,
	most int,
) ([][]delivery.Delivery, error) {
	histories := make([][]delivery.Delivery, len(some))
	group, reading := errgroup.WithContext(ctx)
	group.SetLimit(lookups)

	for k, i := range some {
		if id := members[i].UserID; id != "" {
			group.Go(func() (err error) {
				histories[k], err = h.deliveries.OfJob(reading, id, j.ID, most)
				return err
			})
		}
	}

	return histories, group.Wait()
}

func viewOf(m member.Member, standing member.Standing, history []delivery.Delivery) memberView {
	view := memberView{
		Username:    m.Username,
		FirstName:   api.Text(m.FirstName),
		LastName:    api.Text(m.LastName),
		Row:         m.Row,
		Outcome:     m.Outcome,
		State:       api.Text(standing.State),
		ActivatedAt: api.Milli(standing.ActivatedAt),
	}
	if len(history) > 0 {
		last := history[0]
		view.LastDelivery = &deliveryView{
			last.Number(),
			api.Text(last.Device),
			api.Text(last.Channel),
			last.State,
			api.Text(last.Reason),
			api.Milli(last.At),
		}
	}

	return view
}

// lets says whether the filter lets a member in a state through. Of the unreached, its deliveries say the rest.
func (by filter) lets(state member.State) bool {
	if !(member.Standing{State: state}).Matches(by.state) {
		return false
	}

	pending := state == member.StatePending || state == member.StateExpired
	switch by.audience {
	case job.Pending, job.Unreached:
		return pending
	case job.Everyone:
		return pending || state == member.StateActive
	case job.Expired:
		return state == member.StateExpired
	}

	return true
}

type fileView struct {
	URL       string   `json:"url"`
	ExpiresAt api.Time `json:"expires_at"`
}

func (h handler) file(ctx context.Context, key, name string) (api.Answer, error) {
	expires := h.now().Add(downloadTime)
	url, err := h.bucket.PresignGet(ctx, key, name, downloadTime)
	return api.OK(fileView{url, api.Time{Time: expires}}), err
}

// errorsFile gives the rows in error, which validation has written.
func (h handler) errorsFile(ctx context.Context, event api.Event) (api.Answer, error) {
	if _, err := api.Query(event); err != nil {
		return api.Answer{}, err
	}

	j, err := h.job(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}
	if j.Status == job.AwaitingFile || j.Status == job.Validating {
		return api.Answer{}, errNotValidated
	}

	there, err := h.bucket.Exists(ctx, object.ErrorReport(j.ID))
	if err != nil {
		return api.Answer{}, err
	}

	if !there {
		return api.Answer{}, api.Fail(
			http.StatusNotFound,
			"not_found",
			"The file was rejected as a whole; the reason is the job's.",
		)
	}

	return h.file(ctx, object.ErrorReport(j.ID), "errors.csv")
}

// membersFile gives an export of the members. It is made in the background, and asked for again.
func (h handler) membersFile(ctx context.Context, event api.Event) (api.Answer, error) {
	query, err := api.Query(event, "state")
	if err != nil {
		return api.Answer{}, err
	}

	state := member.State(query["state"])
	if err := api.OneOf("state", state, member.States...); err != nil {
		return api.Answer{}, err
	}

	j, err := h.job(ctx, event)
	if err != nil {
		return api.Answer{}, err
	}

	now := h.now()

	export, mine, err := h.jobs.AskExport(ctx, j.ID, string(state), now, exportAge)
	if err != nil {
		return api.Answer{}, err
	}

	if mine {
		if err := h.walk.Send(
			ctx,
			walk.Step{Kind: walk.Export, JobID: j.ID, Filter: string(state)},
			0,
		); err != nil {
			return api.Answer{}, err
		}
	}

	if export.DoneAt < export.AskedAt {
		answer := api.Accepted(api.Empty{})
		answer.Header = map[string]string{"Retry-After": "2"}
		return answer, nil
	}

	return h.file(ctx, object.Members(j.ID, string(state)), "members.csv")
}
