package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"latchkey/shared/api"
	"latchkey/shared/audit"
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/delivery"
	"latchkey/shared/directory"
	"latchkey/shared/id"
	"latchkey/shared/job"
	"latchkey/shared/member"
	"latchkey/shared/openapi/openapitest"
	"latchkey/shared/reach"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
	"latchkey/shared/wire/wiretest"
	"latchkey/shared/work"
)

// noon is when the clock begins.
var noon = wiretest.Noon

const here = "192.0.2.1"

// world has the administrator Root, who is signed in.
type world struct {
	*wiretest.Twin
	handler
	secret  token.Secret
	calls   int
	account string // what SES says of it; "" has it refuse to
	// suppression is the error by which SES takes no address off its list, and takenOff
	// are those that it was asked for.
	suppression string
	takenOff    []string
}

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{
		Twin: wiretest.New(t, "users", map[string]string{
			"DEVICES":       "Work Email,SMS Phone,Work Phone",
			"LANGUAGE":      "German",
			"TIME_ZONE":     "Europe/Berlin",
			"SMS_COUNTRIES": "US",
			"CUSTOM_FIELDS": "Desk",
		}),
		account: `{"ProductionAccessEnabled":true,"SendingEnabled":true,` +
			`"SendQuota":{"Max24HourSend":50000,"SentLast24Hours":3,"MaxSendRate":14}}`,
	}
	w.Serve("sesv2", http.HandlerFunc(func(answer http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete {
			w.takeOff(answer, r.URL.Path)
			return
		}
		if w.account == "" {
			answer.WriteHeader(http.StatusForbidden)
		}
		io.WriteString(answer, w.account)
	}))
	w.handler = newHandler(w.Wire)

	w.add(
		"Root",
		map[string]string{user.Role: user.AdministratorRole, "Work Email": "root@example.com"},
	)
	w.setPassword("root")
	w.secret = w.signIn("root")
	return w
}

// takeOff answers SES's DeleteSuppressedDestination.
func (w *world) takeOff(answer http.ResponseWriter, path string) {
	w.takenOff = append(w.takenOff, strings.TrimPrefix(path, "/v2/email/suppression/addresses/"))
	if w.suppression != "" {
		answer.Header().Set("X-Amzn-Errortype", w.suppression)
		answer.WriteHeader(http.StatusBadRequest)
	}
	io.WriteString(answer, "{}")
}

// firstJob is the job that added the users.
const firstJob = "01j0"

// add makes a user. Its id is "id-" and the username's key.
func (w *world) add(name string, fields map[string]string) user.Profile {
	w.T.Helper()

	p := user.Profile{
		ID:       "id-" + user.Key(name),
		Key:      user.Key(name),
		Username: name,
		AddedBy:  firstJob,
		Fields:   fields,
		Version:  "j0#" + name,
	}
	if fields["SMS Phone"] != "" {
		p.Countries = map[string]string{"SMS Phone": "US"}
	}
	users := directory.Store{Table: w.directory.Table, Devices: w.reach.Devices}
	w.Must(users.Hold(w.T.Context(), p))
	w.Must(users.Write(w.T.Context(), p, nil, p.Version))

	return p
}

func (w *world) setPassword(key string) {
	w.T.Helper()
	w.Must(w.credentials.Table.Put(
		w.T.Context(),
		credential.Credential{
			UserID:     "id-" + key,
			Hash:       "h",
			Generation: "g",
			FirstSetAt: clock.Of(noon.Add(-time.Hour)),
		},
		"",
		nil,
	))
}

func (w *world) signIn(key string) token.Secret {
	w.T.Helper()

	secret, hashed := token.New("id-" + key)
	w.Must(w.tokens.PutSession(
		w.T.Context(),
		token.Session{
			UserID:     "id-" + key,
			Username:   key,
			Generation: "g",
			ExpiresAt:  clock.Of(noon.Add(12 * time.Hour)),
		},
		hashed,
	))

	return secret
}

// job makes a processed job that users are members of.
func (w *world) job(jobID string, at time.Time, devices []string, keys ...string) {
	w.T.Helper()
	w.Must(w.jobs.Create(w.T.Context(), job.Job{
		ID:           jobID,
		Name:         "Staff " + jobID,
		Status:       job.Processed,
		Devices:      devices,
		LinkLifetime: 7200,
		CreatedAt:    clock.Of(at),
		FinishedAt:   clock.Of(at),
	}))

	outcome := member.Unchanged
	if jobID == firstJob {
		outcome = member.Added
	}

	var members []member.Member
	for i, key := range keys {
		members = append(members, member.Member{
			Key:      key,
			JobID:    jobID,
			Username: key,
			UserID:   "id-" + key,
			Row:      i + 2,
			Outcome:  outcome,
			State:    member.StatePending,
		})
	}

	w.Must(w.members.PutMany(w.T.Context(), members))
}

// call asks through the guard, as the local host and API Gateway do, and checks the
// answer against the contract.
func (w *world) call(method, path, body string, header ...string) (int, string) {
	w.T.Helper()
	w.calls++
	path, query, _ := strings.Cut(path, "?")

	event := api.Event{
		RawPath:               path,
		Body:                  body,
		PathParameters:        map[string]string{},
		QueryStringParameters: map[string]string{},
		Headers: map[string]string{
			"content-type":  "application/json",
			"authorization": "Bearer " + w.secret.Reveal(),
		},
	}
	for i := 0; i < len(header); i += 2 {
		event.Headers[header[i]] = header[i+1]
	}

	given, err := url.ParseQuery(query)
	w.Must(err)

	for name, values := range given {
		event.QueryStringParameters[name] = values[0]
	}

	parts := strings.Split(path, "/")
	if len(parts) > 3 && parts[2] == "users" {
		event.PathParameters["username"], err = url.PathUnescape(parts[3])
		w.Must(err)

		parts[3] = "{username}"
	}

	if len(parts) > 5 {
		event.PathParameters["name"], err = url.PathUnescape(parts[5])
		w.Must(err)

		parts[5] = "{name}"
	}

	event.RouteKey = method + " " + strings.Join(parts, "/")
	event.RequestContext.HTTP.Method = method
	event.RequestContext.HTTP.SourceIP = here
	event.RequestContext.RequestID = fmt.Sprint("r", w.calls)
	answer, err := w.routes.Serve(w.T.Context(), event)
	w.Must(err)
	openapitest.Check(w.T, method, path, answer.StatusCode, []byte(answer.Body))

	return answer.StatusCode, answer.Body
}

// ok is a call that is answered with a status, whose body is read into out.
func (w *world) ok(status int, method, path, body string, out any) {
	w.T.Helper()

	got, answer := w.call(method, path, body)
	if got != status {
		w.T.Fatalf("%s %s: got %d, %s", method, path, got, answer)
	}

	if out != nil {
		w.Must(json.Unmarshal([]byte(answer), out))
	}
}

func TestUsersAreFound(t *testing.T) {
	w := newWorld(t)
	w.add("Ada", map[string]string{
		user.FirstName: "Ada",
		"Work Email":   "ada@example.com",
		"Work Phone":   "+16502530000;ext=24",
	})
	w.add("adalbert", map[string]string{user.Status: user.Inactive, "SMS Phone": "+16502530000"})
	w.add("ada lovelace", map[string]string{"Work Email": "ADA@example.com"})
	w.add("Ümit", map[string]string{"Work Email": "shared@example.com"})
	w.add("bob", map[string]string{"Work Email": "shared@example.com"})
	w.add("cem", map[string]string{"Work Email": "c+a+news@example.com"})
	w.add("dora+1@example.com", nil)
	w.setPassword("bob")

	for _, test := range []struct{ name, query, want string }{
		{
			"by the start of the username, in any case",
			"q=ADA",
			"Ada:pending ada lovelace:pending adalbert:inactive",
		},
		{
			"by an address, whichever case it has",
			"q=ada%40Example.com",
			"Ada:pending ada lovelace:pending",
		},
		{"by an address that several have", "q=shared@example.com", "bob:active Ümit:pending"},
		{"by a number as somebody writes it", "q=%2B1%20(650)%20253-0000", "adalbert:inactive"},
		{"by a number with an extension", "q=%2B16502530000%20ext.%2024", "Ada:pending"},
		{"by an address whose pluses are typed by hand", "q=C+a+news@example.com", "cem:pending"},
		{"by such a username", "q=dora+1@example.com", "dora+1@example.com:pending"},
		{"by the start of such a username", "q=dora+1", "dora+1@example.com:pending"},
		{"by a username with a space", "q=ada+love", "ada lovelace:pending"},
		{"by a number whose plus is typed by hand", "q=+16502530000", "adalbert:inactive"},
		{"by one with spaces", "q=+1+650+253+0000", "adalbert:inactive"},
		{
			"by a number in invisible marks",
			"q=%E2%80%AA%2B16502530000%E2%80%AC",
			"adalbert:inactive",
		},
		{
			"by a username in invisible characters",
			"q=%EF%BB%BFada%C2%A0l%E2%80%8B",
			"ada lovelace:pending",
		},
		{"by nothing that is there", "q=zoe", ""},
		{"not by the start of an address", "q=shared@exam", ""},
		{
			"all",
			"",
			"Ada:pending ada lovelace:pending adalbert:inactive " +
				"bob:active cem:pending dora+1@example.com:pending Root:active Ümit:pending",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, limit := range []int{1, 2, 50} {
				var got []string

				cursor := ""
				for {
					var page struct {
						Items []struct{ Username, State string }
						Next  *string `json:"next_cursor"`
					}
					w.ok(
						200,
						"GET",
						fmt.Sprintf("/api/users?limit=%d&%s%s", limit, test.query, cursor),
						"",
						&page,
					)

					for _, item := range page.Items {
						got = append(got, item.Username+":"+item.State)
					}

					if page.Next == nil {
						break
					}

					cursor = "&cursor=" + *page.Next
				}

				if strings.Join(got, " ") != test.want {
					t.Errorf("limit %d: got %s", limit, strings.Join(got, " "))
				}
			}
		})
	}
}

func TestListsRefuseWhatTheyDoNotKnow(t *testing.T) {
	w := newWorld(t)

	cursor := func(place any) string { return *api.NextCursor(place) }
	for path, want := range map[string]string{
		"/api/users?limit=0":                                        "out_of_range",
		"/api/users?limit=201":                                      "out_of_range",
		"/api/users?name=x":                                         "unknown_field",
		"/api/users?cursor=x":                                       "invalid_cursor",
		"/api/users?cursor=" + cursor("#x"):                         "invalid_cursor",
		"/api/users?cursor=" + cursor(""):                           "invalid_cursor",
		"/api/users?cursor=" + cursor("ADA"):                        "invalid_cursor",
		"/api/users?q=bob&cursor=" + cursor("ada"):                  "invalid_cursor",
		"/api/users?cursor=" + cursor(map[string]int{}):             "invalid_cursor",
		"/api/users?q=" + strings.Repeat("x", 1001):                 "too_long",
		"/api/users?q=" + strings.Repeat("%C8%BA", 500):             "too_long", // Ⱥ is folded to ⱥ
		"/api/users?q=%FF":                                          "too_long",
		"/api/audit?q=x":                                            "unknown_field",
		"/api/audit?from=yesterday":                                 "invalid_time",
		"/api/audit?to=2100-03-01":                                  "invalid_time",
		"/api/audit?limit=x":                                        "out_of_range",
		"/api/audit?cursor=" + cursor("ada"):                        "invalid_cursor",
		"/api/audit?cursor=" + cursor(3):                            "invalid_cursor",
		"/api/audit?cursor=" + cursor("2200-01-01T00:00:00.000Z#x"): "invalid_cursor",
		"/api/audit?cursor=" + cursor(""):                           "invalid_cursor",
		"/api/settings?x=1":                                         "unknown_field",
		"/api/users/root?x=1":                                       "unknown_field",
	} {
		status, body := w.call("GET", path, "")
		if want == "" && status != 200 ||
			want != "" && (status != 422 || !strings.Contains(body, `"`+want+`"`)) {
			t.Errorf("%s: got %d, %s", path, status, body)
		}
	}
}

func TestOneUserIsShownWhole(t *testing.T) {
	w := newWorld(t)
	ada := w.add("Ada", map[string]string{
		user.FirstName:     "Ada",
		user.LastName:      "Lovelace",
		user.Role:          "Clerk|Administrator",
		user.Language:      "English",
		"Desk":             "7",
		user.Site:          "London",
		"Work Email":       "ada@example.com",
		"SMS Phone":        "+16502530000",
		"SMS Phone Status": user.Inactive,
		"Old Pager":        "5",
	})
	w.Must(w.addresses.Mark(
		t.Context(),
		reach.AddressKey(user.Email, "ada@example.com"),
		"hard_bounce",
		noon,
	))
	w.job(firstJob, noon.Add(-2*time.Hour), []string{"Work Email"}, "ada")
	w.job("01j1", noon.Add(-time.Hour), []string{"Work Email"}, "bob", "ada")
	// Members of somebody who had the name before, and of a job that was deleted.
	w.Must(w.members.PutMany(t.Context(), []member.Member{
		{Key: "ada", JobID: "01j2", UserID: "id-before", Row: 2, Outcome: member.Added},
		{Key: "ada", JobID: "01j3", UserID: ada.ID, Row: 2, Outcome: member.Updated},
	}))
	_, hashed := token.New(ada.ID)
	w.Must(w.tokens.Replace(
		t.Context(),
		token.Link{UserID: ada.ID, Purpose: token.Invite, Username: "ada", Sent: token.Sent{
			Hash:      hashed,
			SentAt:    clock.Of(noon.Add(-time.Hour)),
			ExpiresAt: clock.Of(noon.Add(time.Hour)),
		}},
		nil,
	))

	for range 10 {
		_, err := w.limits.Attempt(t.Context(), "ada", here, noon)
		w.Must(err)
	}

	var deliveries []delivery.Delivery
	for i := range 25 {
		deliveries = append(deliveries, delivery.Delivery{
			UserID:   ada.ID,
			Key:      "ada",
			Name:     delivery.NameOf("01j0", i+1),
			State:    delivery.Bounced,
			Reason:   "hard_bounce",
			Device:   "Work Email",
			Channel:  user.Email,
			At:       clock.Of(noon.Add(time.Duration(i-30) * time.Minute)),
			Attempts: 1,
		})
	}

	deliveries = append(
		deliveries,
		delivery.Delivery{
			UserID: ada.ID,
			Key:    "ada",
			Name:   delivery.NameOutside(delivery.KindForgot, id.New(noon, "x")),
			State:  delivery.Sent,
			At:     clock.Of(noon),
		},
		delivery.Delivery{
			UserID:  ada.ID,
			Key:     "ada",
			Name:    delivery.NameOf("01j0", 25).Nth(2),
			State:   delivery.Sent,
			Device:  "SMS Phone",
			Channel: user.SMS,
			At:      clock.Of(noon.Add(-time.Minute)),
		},
	)
	w.Must(w.deliveries.Put(t.Context(), deliveries...))

	var got struct {
		Username, State, Status string
		Roles                   []string
		Language                *string
		TimeZone                *string `json:"time_zone"`
		Fields                  map[string]string
		Devices                 []map[string]any
		Link                    map[string]string
		LockedUntil             *string `json:"locked_until"`
		ActivatedAt             *string `json:"activated_at"`
		Jobs                    []map[string]any
		Deliveries              []struct {
			Kind, State  string
			Job, Device  *string
			Notification *int
		}
	}
	w.ok(200, "GET", "/api/users/"+url.PathEscape(" aDA"), "", &got)

	if got.Username != "Ada" || got.State != "pending" || got.Status != "ACTIVE" ||
		!slices.Equal(got.Roles, []string{"Clerk", "Administrator"}) ||
		*got.Language != "English" ||
		got.TimeZone != nil {
		t.Errorf("got %+v", got)
	}

	if want := map[string]string{
		"Desk":      "7",
		user.Site:   "London",
		"Old Pager": "5",
	}; !maps.Equal(got.Fields, want) {
		t.Errorf("the other fields are %v", got.Fields)
	}

	if len(got.Devices) != 2 || got.Devices[0]["state"] != "undeliverable" ||
		got.Devices[0]["reason"] != "hard_bounce" ||
		got.Devices[1]["status"] != "INACTIVE" ||
		got.Devices[1]["state"] != "ok" ||
		got.Devices[1]["address"] != "+16502530000" {
		t.Errorf("the devices are %v", got.Devices)
	}

	if got.Link["expires_at"] != "2100-03-01T13:00:00.000Z" || got.LockedUntil == nil ||
		*got.LockedUntil != "2100-03-01T12:15:00.000Z" ||
		got.ActivatedAt != nil {
		t.Errorf(
			"link %v, locked until %v, activated at %v",
			got.Link,
			got.LockedUntil,
			got.ActivatedAt,
		)
	}

	if len(got.Jobs) != 2 || got.Jobs[0]["name"] != "Staff 01j1" || got.Jobs[0]["row"] != 3.0 ||
		got.Jobs[0]["outcome"] != "unchanged" || got.Jobs[1]["outcome"] != "added" ||
		got.Jobs[1]["id"] != "01j0" {
		t.Errorf("the jobs are %v", got.Jobs)
	}

	d := got.Deliveries
	if len(d) != 20 || d[0].Kind != "forgot" || d[0].Job != nil || d[1].Kind != "notification" ||
		*d[1].Job != "01j0" ||
		*d[1].Notification != 25 ||
		*d[1].Device != "SMS Phone" ||
		*d[2].Notification != 25 ||
		d[2].State != "bounced" ||
		*d[3].Notification != 24 {
		t.Errorf("the deliveries are %+v", d)
	}

	w.Set(noon.Add(time.Hour))
	w.ok(200, "GET", "/api/users/ada", "", &got)

	if got.State != "expired" {
		t.Errorf("after the link's end it is %s", got.State)
	}

	w.setPassword("ada")

	got.Link = nil
	w.ok(200, "GET", "/api/users/ada", "", &got)

	if got.State != "active" || got.ActivatedAt == nil || got.Link != nil {
		t.Errorf(
			"with a password it is %s since %v, with the link %v",
			got.State,
			got.ActivatedAt,
			got.Link,
		)
	}
}

func TestNobodyIsNotFound(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"nobody", "%23administrators", "%20", strings.Repeat("x", 3000)} {
		for _, call := range []string{
			"GET /api/users/%s",
			"POST /api/users/%s/notifications",
			"POST /api/users/%s/unlock",
			"POST /api/users/%s/sign-out",
			"POST /api/users/%s/devices/Work%%20Email/clear",
		} {
			method, path, _ := strings.Cut(fmt.Sprintf(call, name), " ")
			if status, body := w.call(method, path, "{}"); status != 404 ||
				!strings.Contains(body, "user_not_found") {
				t.Errorf("%.40s: got %d, %s", path, status, body)
			}
		}
	}

	entries, _, err := w.audit.List(t.Context(), audit.Query{}, 100)
	w.Must(err)

	for _, e := range entries {
		if e.Target != "" || e.Result != "user_not_found" {
			t.Errorf("recorded is %+v", e)
		}
	}
}

func TestOneLinkIsAskedFor(t *testing.T) {
	for _, test := range []struct {
		name, body string
		fields     map[string]string
		jobs       func(w *world)
		status     int
		has        string
		lifetime   time.Duration
	}{
		{
			name:     "with the built-in text, as the deployment has it",
			body:     `{}`,
			fields:   map[string]string{"Work Email": "a@example.com"},
			status:   202,
			has:      `"device":"Work Email","channel":"email","state":"queued"`,
			lifetime: 72 * time.Hour,
		},
		{
			name:   "as the latest job has it",
			body:   `{}`,
			fields: map[string]string{"Work Email": "a@example.com", "SMS Phone": "+16502530000"},
			jobs: func(w *world) {
				w.job("01j1", noon, []string{"SMS Phone", "Work Email"}, "ada")
			},
			status:   202,
			has:      `"device":"SMS Phone","channel":"sms"`,
			lifetime: 2 * time.Hour,
		},
		{
			name:     "with a text",
			body:     `{"subject":"For {{username}}","body":"{{link}}"}`,
			fields:   map[string]string{"Work Email": "a@example.com"},
			status:   202,
			has:      `"username":"Ada","kind":"resend"`,
			lifetime: 72 * time.Hour,
		},
		{
			name:     "nulls are the built-in text",
			body:     `{"subject":null,"body":null,"sms":null}`,
			fields:   map[string]string{"Work Email": "a@example.com"},
			status:   202,
			has:      `"job":null,"notification":null`,
			lifetime: 72 * time.Hour,
		},
		{
			name:   "a text without a link",
			body:   `{"body":"Hello"}`,
			fields: map[string]string{"Work Email": "a@example.com"},
			status: 422,
			has:    `"invalid_message"`,
		},
		{
			name:   "a placeholder that there isn't",
			body:   `{"subject":"{{code}}"}`,
			fields: map[string]string{"Work Email": "a@example.com"},
			status: 422,
			has:    `"field":"subject"`,
		},
		{"an unknown field", `{"text":"x"}`, nil, nil, 422, `"unknown_field"`, 0},
		{"no JSON", `{`, nil, nil, 400, `invalid_json`, 0},
		{
			name:   "an inactive user",
			body:   `{}`,
			fields: map[string]string{"Work Email": "a@example.com", user.Status: user.Inactive},
			status: 409,
			has:    "user_inactive",
		},
		{
			name:   "a user without a device",
			body:   `{}`,
			fields: map[string]string{"Work Phone": "+16502530000"},
			status: 409,
			has:    "no_device",
		},
		{
			name:   "a user whose only address can't be delivered to",
			body:   `{}`,
			fields: map[string]string{"Work Email": "bad@example.com"},
			jobs: func(w *world) {
				key := reach.AddressKey(user.Email, "bad@example.com")
				w.Must(w.addresses.Mark(w.T.Context(), key, "hard_bounce", noon))
			},
			status: 409,
			has:    "no_device",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			w.add("Ada", test.fields)

			if test.jobs != nil {
				test.jobs(w)
			}

			status, body := w.call("POST", "/api/users/ada/notifications", test.body)
			if status != test.status || !strings.Contains(body, test.has) {
				t.Errorf("got %d, %s", status, body)
			}

			asked := w.Received(work.Urgent)
			if test.status != 202 {
				if len(asked) != 0 {
					t.Errorf("asked for is %+v", asked)
				}

				return
			}

			if len(asked) != 1 {
				t.Fatalf("asked for is %+v", asked)
			}

			r, ok := asked[0].(work.Resend)
			if !ok || !strings.HasPrefix(string(r.ID), "resend#") ||
				r.Key != "ada" || r.UserID != "id-ada" ||
				r.Lifetime != clock.SpanOf(test.lifetime) ||
				(r.Body != "") != strings.Contains(test.body, "link") {
				t.Errorf("got %+v", r)
			}
		})
	}
}

func TestTheSameRequestAsksForOneLink(t *testing.T) {
	w := newWorld(t)
	w.add("Ada", map[string]string{"Work Email": "a@example.com"})

	_, first := w.call("POST", "/api/users/ada/notifications", `{}`, "idempotency-key", "k")
	status, second := w.call("POST", "/api/users/ada/notifications", `{}`, "idempotency-key", "k")
	if status != 202 || second != first {
		t.Errorf("got %d, %s after %s", status, second, first)
	}

	if asked := w.Received(work.Urgent); len(asked) != 1 {
		t.Errorf("%d are asked for", len(asked))
	}
}

func TestUnlockAndSignOut(t *testing.T) {
	w := newWorld(t)
	w.add("Ada", nil)
	w.setPassword("ada")

	var sessions []token.Secret
	for range 3 {
		sessions = append(sessions, w.signIn("ada"))
	}

	for range 10 {
		_, err := w.limits.Attempt(t.Context(), "ada", here, noon)
		w.Must(err)
	}

	for range 2 {
		w.ok(204, "POST", "/api/users/ADA/unlock", "", nil)
		w.ok(204, "POST", "/api/users/ADA/sign-out", "", nil)
	}

	if until, err := w.limits.LockedUntil(t.Context(), "ada", noon); err != nil || !until.IsZero() {
		t.Errorf("locked until %s, %v", until, err)
	}

	for _, secret := range sessions {
		_, hashed, err := token.Parse(secret.Reveal())
		w.Must(err)

		_, err = w.tokens.Session(t.Context(), "id-ada", hashed)
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a session stays: %v", err)
		}
	}

	w.ok(200, "GET", "/api/users/root", "", nil) // somebody else's session goes on
}

func TestClear(t *testing.T) {
	w := newWorld(t)
	w.add("Ada", map[string]string{"Work Email": "ada@example.com"})

	key := reach.AddressKey(user.Email, "ada@example.com")
	w.Must(w.addresses.Mark(t.Context(), key, "hard_bounce", noon.Add(-time.Hour)))

	for range 2 {
		w.ok(204, "POST", "/api/users/ada/devices/Work%20Email/clear", "", nil)
	}

	if marked, err := w.addresses.Marked(t.Context(), []string{key}); err != nil || marked[key] {
		t.Errorf("it is marked: %v, %v", marked, err)
	}

	want := work.CheckReach{Key: "ada", UserID: "id-ada", Waiting: true}
	if asked := w.Received(work.Urgent); !slices.Equal(asked, []work.Message{want, want}) {
		t.Errorf("asked for is %+v", asked)
	}

	for _, name := range []string{"SMS%20Phone", "Pager", "First%20Name"} {
		status, body := w.call("POST", "/api/users/ada/devices/"+name+"/clear", "")
		if status != 404 || !strings.Contains(body, `"not_found"`) {
			t.Errorf("%s: got %d, %s", name, status, body)
		}
	}
}

func TestClearTakesAnAddressOffTheSuppressionList(t *testing.T) {
	w := newWorld(t)
	w.add("Ada", map[string]string{"Work Email": "Ada+1@example.com"})
	key := reach.AddressKey(user.Email, "Ada+1@example.com")
	w.Must(w.addresses.Mark(t.Context(), key, "hard_bounce", noon.Add(-time.Hour)))
	const clear = "/api/users/ada/devices/Work%20Email/clear"
	both := []string{"Ada+1@example.com", "ada+1@example.com"}

	w.suppression = "BadRequestException"
	if status, _ := w.call("POST", clear, ""); status != 500 {
		t.Errorf("where SES refuses, got %d", status)
	}
	if marked, err := w.addresses.Marked(t.Context(), []string{key}); err != nil || !marked[key] {
		t.Errorf("our mark is gone before SES's: %v", err)
	}

	for _, answer := range []string{"", "NotFoundException"} { // twice, as people do
		w.suppression = answer
		w.takenOff = nil
		w.ok(204, "POST", clear, "", nil)
		if !slices.Equal(w.takenOff, both) {
			t.Errorf("taken off are %q, want %q", w.takenOff, both)
		}
	}
}

func TestWhatAnAdministratorDoesIsRecorded(t *testing.T) {
	w := newWorld(t)
	w.add("Ada", map[string]string{"Work Email": "ada@example.com"})

	var want []string
	for _, step := range []struct{ method, path, body, recorded string }{
		{"GET", "/api/users?q=ada", "", ""},
		{"GET", "/api/users/ada", "", ""},
		{"POST", "/api/users/ada/unlock", "", "user_unlocked Ada ok"},
		{"POST", "/api/users/ada/sign-out", "", "sessions_ended Ada ok"},
		{"POST", "/api/users/ada/notifications", "{}", "user_notified Ada ok"},
		{
			"POST",
			"/api/users/ada/notifications",
			`{"body":"x"}`,
			"user_notified Ada invalid_message",
		},
		{"POST", "/api/users/ada/devices/Work%20Email/clear", "", "device_cleared Ada ok"},
		{"POST", "/api/users/ada/devices/Pager/clear", "", "device_cleared Ada not_found"},
		{"POST", "/api/users/my%20password/unlock", "", "user_unlocked  user_not_found"},
		{"GET", "/api/audit", "", ""},
		{"GET", "/api/settings", "", ""},
	} {
		w.Pass(time.Second)
		w.call(step.method, step.path, step.body)

		if step.recorded != "" {
			want = append(want, step.recorded)
		}
	}

	var page struct {
		Items []struct {
			Action, Result string
			Actor, Target  *string
			SourceIP       string `json:"source_ip"`
		}
	}
	w.ok(200, "GET", "/api/audit?limit=100", "", &page)

	var got []string
	for _, e := range slices.Backward(page.Items) {
		target := ""
		if e.Target != nil {
			target = *e.Target
		}

		got = append(got, e.Action+" "+target+" "+e.Result)
		if e.Actor == nil || *e.Actor != "Root" || e.SourceIP != here {
			t.Errorf("got %+v", e)
		}
	}

	if !slices.Equal(got, want) {
		t.Errorf("got %s", strings.Join(got, "\n"))
	}

	w.ok(
		200,
		"GET",
		"/api/audit?username=ADA&from=2100-03-01T12:00:04Z&to=2100-03-01T12:00:06%2B00:00",
		"",
		&page,
	)

	if len(page.Items) != 2 || page.Items[0].Action != "user_notified" ||
		page.Items[1].Action != "sessions_ended" {
		t.Errorf("between two times it is %+v", page.Items)
	}
}

func TestSettingsAreTold(t *testing.T) {
	w := newWorld(t)

	var got struct {
		Company, Language string
		ReplyTo           *string `json:"reply_to"`
		Devices           []struct {
			Name, Channel string
			Default       bool
		}
		Languages []struct{ Tag, Name string }
		Limits    map[string]any
		Email     *struct {
			Max        *float64 `json:"max_24_hour_send"`
			Production bool
		}
		EmailNote *string `json:"email_note"`
		SMS       struct{ Countries []string }
	}
	w.ok(200, "GET", "/api/settings", "", &got)

	if got.Company != "Northwind" || got.Language != "German" || got.ReplyTo != nil ||
		len(got.Languages) == 0 || got.Languages[0].Name != "English" ||
		got.Limits["link_lifetime"] != "72h" ||
		got.Limits["file_bytes"] != float64(1<<30) ||
		!slices.Equal(got.SMS.Countries, []string{"US"}) ||
		got.Email == nil ||
		*got.Email.Max != 50000 ||
		!got.Email.Production ||
		got.EmailNote != nil {
		t.Errorf("got %+v", got)
	}

	if len(got.Devices) != 3 || !got.Devices[1].Default || got.Devices[1].Channel != "sms" ||
		got.Devices[2].Default ||
		got.Devices[2].Channel != "voice" {
		t.Errorf("the devices are %+v", got.Devices)
	}

	w.account = `{"SendingEnabled":true,"SendQuota":{"Max24HourSend":-1,"MaxSendRate":14}}`
	w.ok(200, "GET", "/api/settings", "", &got)

	if got.Email.Max != nil || got.Email.Production {
		t.Errorf("without a quota, in the sandbox, it is %+v", got.Email)
	}

	w.account = ""
	w.ok(200, "GET", "/api/settings", "", &got)

	if got.Email != nil || got.EmailNote == nil {
		t.Errorf("without SES it is %+v", got)
	}
}
