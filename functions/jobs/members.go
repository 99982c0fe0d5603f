package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/delivery"
	"latchkey/shared/job"
	"latchkey/shared/jobapi"
	"latchkey/shared/member"
	"latchkey/shared/parallel"
	"latchkey/shared/user"
)

const (
	// pageQueries bounds how many queries a page of members makes. A page that few
	// members match is short rather than slow.
	pageQueries = 20
	// pageTime is after how long a page makes no further query.
	pageTime = 2 * time.Second
	// maxMatched and maxUnreached are how many members a query reads at most. Of the
	// unreached the deliveries have to be read, too.
	maxMatched   = 1000
	maxUnreached = 200
	// historiesAtOnce is how many members' deliveries are read at once.
	historiesAtOnce = 16
	// historyLimit bounds how many of a member's deliveries of the job are read, to see
	// whether one got through.
	historyLimit = 50
	// maxKey is the longest key of a username that is looked for, in bytes. DynamoDB
	// takes 1,024 for a sort key.
	maxKey = 1000
)

var errLongUsername = api.Invalid("q", "too_long", "That is longer than any username.")

// deliveryView is a member's latest delivery, as the API shows it.
type deliveryView struct {
	Notification *int           `json:"notification"`
	Device       api.Text       `json:"device"`
	Channel      api.Text       `json:"channel"`
	State        delivery.State `json:"state"`
	Reason       api.Text       `json:"reason"`
	At           api.Time       `json:"at"`
}

// memberView is a member as the API shows them.
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

// memberPlace is the cursor of a list of members: the shard, and the last key read of it.
type memberPlace struct {
	Shard int    `json:"s"`
	After string `json:"a,omitempty"`
}

// isOf reports whether the place is one in a list of keys that begin with start.
func (p memberPlace) isOf(start string) bool {
	if p.Shard < 0 || p.Shard >= job.Shards || len(p.After) > maxKey {
		return false
	}
	return p.After == "" || strings.HasPrefix(p.After, start)
}

// memberFilter narrows a list of members; "" in each field is all of them.
type memberFilter struct {
	state    member.State
	audience job.Audience
	start    string // of the username's key
}

// parameters returns the parameters of a query that set the filter.
func (by *memberFilter) parameters() []api.Parameter {
	start := func(text string) error {
		by.start = user.Key(text)
		if len(by.start) > maxKey {
			return errLongUsername
		}
		return nil
	}

	return []api.Parameter{
		api.Choice("state", &by.state, member.States...),
		api.Choice("audience", &by.audience, job.Audiences...),
		{Name: "q", Read: start},
	}
}

// querySize returns how many members a query reads, when so many are wanted and so many
// queries were made before it. Where the filter passes members over, each query reads
// twice as many as the one before: a list that few match takes few queries.
func (by memberFilter) querySize(wanted, before int) int {
	switch {
	case by.audience == job.Unreached:
		return max(wanted, min(wanted<<before, maxUnreached))
	case by.audience != "" || by.state != "":
		return max(wanted, min(wanted<<before, maxMatched))
	}

	return wanted
}

// admits reports whether the list shows a member in a state. Of the unreached it is half
// the answer: their deliveries tell the rest.
func (by memberFilter) admits(state member.State) bool {
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

// mayAdmit reports whether the list may show a member who is stored with a state. Whether
// a pending one is active or expired isn't stored: their credential and their link tell.
func (by memberFilter) mayAdmit(stored member.State) bool {
	return by.admits(stored) || stored == member.StatePending &&
		(by.admits(member.StateActive) || by.admits(member.StateExpired))
}

// listMembers shows a page of a job's members, shard by shard and each by username.
func (h handler) listMembers(ctx context.Context, event api.Event) (api.Answer, error) {
	var by memberFilter
	list, err := api.ReadList[memberPlace](event, by.parameters()...)
	if err != nil {
		return api.Answer{}, err
	}
	if !list.After.isOf(by.start) {
		return api.Answer{}, api.ErrCursor
	}

	j, err := jobapi.Of(ctx, h.jobs, event)
	if err != nil {
		return api.Answer{}, err
	}

	page, err := h.memberPage(ctx, j, by, list)
	return api.OK(page), err
}

// memberPage reads a page of members. It ends when it is full, or when it has made
// pageQueries queries or taken pageTime: then it may be short.
func (h handler) memberPage(
	ctx context.Context, j job.Job, by memberFilter, list api.List[memberPlace],
) (api.Page[memberView], error) {
	page := api.Page[memberView]{Items: []memberView{}}
	at := list.After
	began := h.now()
	for queries := range pageQueries {
		wanted := list.Limit - len(page.Items)
		if wanted == 0 || at.Shard == job.Shards || h.now().Sub(began) >= pageTime {
			break
		}

		size := by.querySize(wanted, queries)
		members, next, err := h.members.List(ctx, j.ID, at.Shard, size, by.start, at.After)
		if err != nil {
			return page, err
		}

		views, done, err := h.memberViews(ctx, j, members, by, wanted)
		if err != nil {
			return page, err
		}
		page.Items = append(page.Items, views...)

		switch {
		case done < len(members):
			at.After = members[done-1].Key
		case next != "":
			at.After = next
		default:
			at = memberPlace{Shard: at.Shard + 1}
		}
	}

	if at.Shard < job.Shards {
		page.Next = api.NextCursor(at)
	}
	return page, nil
}

// candidate is a member whose state the filter admits.
type candidate struct {
	member.Member
	standing member.Standing
	index    int // among the members that were read
}

// memberViews shows those of the members whom the filter admits, in their order, wanted
// of them at most. done is how many members are dealt with: the next page begins there.
func (h handler) memberViews(
	ctx context.Context, j job.Job, members []member.Member, by memberFilter, wanted int,
) (views []memberView, done int, err error) {
	candidates, err := h.candidates(ctx, members, by)
	if err != nil {
		return nil, 0, err
	}

	unreached := by.audience == job.Unreached
	limit := 1
	if unreached {
		limit = historyLimit
	}

	// Deliveries are read for no more members than are wanted at a time. All of these are
	// shown, unless the list is of the unreached: then others may take their places.
	for len(candidates) > 0 && len(views) < wanted {
		some := candidates[:min(len(candidates), wanted)]
		histories, err := h.histories(ctx, j, some, limit)
		if err != nil {
			return nil, 0, err
		}

		for i, c := range some {
			if unreached && slices.ContainsFunc(histories[i], delivery.Delivery.Through) {
				continue
			}
			if len(views) == wanted {
				return views, c.index, nil
			}
			views = append(views, viewOf(c, histories[i]))
		}
		candidates = candidates[len(some):]
	}

	if len(candidates) > 0 {
		return views, candidates[0].index, nil
	}
	return views, len(members), nil
}

// candidates returns those of the members whose state the filter admits. It looks up the
// standing only of members who may be among them.
func (h handler) candidates(
	ctx context.Context, members []member.Member, by memberFilter,
) ([]candidate, error) {
	var possible []member.Member
	var indexes []int
	for i, m := range members {
		if by.mayAdmit(m.State) {
			possible = append(possible, m)
			indexes = append(indexes, i)
		}
	}

	standings, err := member.Standings(ctx, h.tokens, h.credentials, possible, h.now())
	if err != nil {
		return nil, err
	}

	var candidates []candidate
	for i, standing := range standings {
		if by.admits(standing.State) {
			candidates = append(candidates, candidate{
				Member:   possible[i],
				standing: standing,
				index:    indexes[i],
			})
		}
	}

	return candidates, nil
}

// histories reads the job's deliveries to each of the candidates, the latest first and
// limit of them at most. A member without a user has none.
func (h handler) histories(
	ctx context.Context, j job.Job, candidates []candidate, limit int,
) ([][]delivery.Delivery, error) {
	history := func(ctx context.Context, i int) ([]delivery.Delivery, error) {
		userID := candidates[i].UserID
		if userID == "" {
			return nil, nil
		}
		return h.deliveries.OfJob(ctx, userID, j.ID, limit)
	}
	return parallel.Map(ctx, len(candidates), historiesAtOnce, history)
}

// viewOf shows a member with the latest of their deliveries.
func viewOf(c candidate, history []delivery.Delivery) memberView {
	view := memberView{
		Username:    c.Username,
		FirstName:   api.Text(c.FirstName),
		LastName:    api.Text(c.LastName),
		Row:         c.Row,
		Outcome:     c.Outcome,
		State:       api.Text(c.standing.State),
		ActivatedAt: api.Milli(c.standing.ActivatedAt),
	}
	if len(history) == 0 {
		return view
	}

	last := history[0]
	view.LastDelivery = &deliveryView{
		Notification: last.Name.Number(),
		Device:       api.Text(last.Device),
		Channel:      api.Text(last.Channel),
		State:        last.State,
		Reason:       api.Text(last.Reason),
		At:           api.Milli(last.At),
	}
	return view
}
