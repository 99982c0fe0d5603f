package session_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/infra/local/enginetest"
	"latchkey/shared/api"
	"latchkey/shared/audit"
	"latchkey/shared/clock"
	"latchkey/shared/credential"
	"latchkey/shared/directory"
	"latchkey/shared/session"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/user"
)

// noon is far ahead, since DynamoDB Local deletes what by its own clock is past its
// "delete_at".
var noon = time.Date(2100, 3, 1, 12, 0, 0, 0, time.UTC)

const origin = "https://example.test"

// world is one signed-in administrator, and what can become of him.
type world struct {
	t       *testing.T
	guard   session.Guard
	now     time.Time
	profile user.Profile
	secret  token.Secret
	audit   string // the table's name
}

func newWorld(t *testing.T) *world {
	db, name := enginetest.Tables(t)
	table := func(of string) store.Table { return store.Table{DB: db, Name: name(of)} }
	w := &world{t: t, now: noon, audit: name("audit")}
	w.guard = session.Guard{
		Directory:   directory.Store{Table: table("directory")},
		Credentials: credential.Store{Table: table("credentials")},
		Tokens:      token.Store{Table: table("tokens")},
		BaseURL:     origin,
		Now:         func() time.Time { return w.now },
	}
	w.profile = user.Profile{
		ID:       "u1",
		Key:      "ada",
		Username: "Ada",
		Fields:   map[string]string{user.Role: "Clerk|Administrator"},
	}
	w.must(w.guard.Directory.Write(t.Context(), w.profile, nil, "j1#2"))
	// Another administrator, so that this one may lose the role.
	other := user.Profile{
		ID:       "u2",
		Key:      "bob",
		Username: "Bob",
		Fields:   map[string]string{user.Role: user.AdministratorRole},
	}
	w.must(w.guard.Directory.Write(t.Context(), other, nil, "j1#3"))
	w.setPassword("g1")

	var hashed string

	w.secret, hashed = token.New("u1")
	w.must(w.guard.Tokens.PutSession(t.Context(), token.Session{
		UserID:     "u1",
		Username:   "ada",
		Generation: "g1",
		ExpiresAt:  clock.Of(noon.Add(12 * time.Hour)),
	}, hashed))

	return w
}

func (w *world) must(err error) {
	w.t.Helper()

	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) setPassword(generation string) {
	w.t.Helper()
	set := credential.Credential{UserID: "u1", Hash: "hash", Generation: generation}
	w.must(w.guard.Credentials.Table.Put(w.t.Context(), set, "", nil))
}

// change writes the profile with another value of a field.
func (w *world) change(field, value string) {
	w.t.Helper()
	before, err := w.guard.Directory.Get(w.t.Context(), "ada")
	w.must(err)

	after := before
	after.Fields = map[string]string{user.Role: before.Fields[user.Role]}
	after.Fields[field] = value
	w.must(w.guard.Directory.Write(w.t.Context(), after, &before, "j2#2"))
}

func (w *world) remove() {
	w.t.Helper()
	before, err := w.guard.Directory.Get(w.t.Context(), "ada")
	w.must(err)
	w.must(w.guard.Directory.Remove(w.t.Context(), before, "j2#2"))
}

func byBearer(secret string) api.Event {
	event := api.Event{
		RouteKey: "GET /api/jobs",
		Headers:  map[string]string{"authorization": "Bearer " + secret},
	}
	event.RequestContext.HTTP.Method = http.MethodGet
	return event
}

func byCookie(method, secret, from string) api.Event {
	event := api.Event{
		RouteKey: "GET /api/jobs",
		Headers:  map[string]string{},
		Cookies:  []string{"theme=dark", "__Host-session=" + secret},
	}

	event.RequestContext.HTTP.Method = method
	if from != "" {
		event.Headers["origin"] = from
	}

	return event
}

func code(t *testing.T, err error) string {
	t.Helper()

	if err == nil {
		return ""
	}

	var refused *api.Error
	if !errors.As(err, &refused) {
		t.Fatal(err)
	}

	return refused.Code
}

func TestAdministrator(t *testing.T) {
	for _, test := range []struct {
		name   string
		change func(w *world)
		event  func(w *world) api.Event
		want   string
	}{
		{
			name:  "a bearer is let through",
			event: func(w *world) api.Event { return byBearer(w.secret.Reveal()) },
		},
		{"so is a bearer's write, from any origin", nil, func(w *world) api.Event {
			event := byBearer(w.secret.Reveal())
			event.RequestContext.HTTP.Method = http.MethodPost
			event.Headers["origin"] = "https://evil.test"
			return event
		}, ""},
		{"the scheme's case doesn't matter", nil, func(w *world) api.Event {
			event := byBearer(w.secret.Reveal())
			event.Headers["authorization"] = "bearer " + w.secret.Reveal()
			return event
		}, ""},
		{
			name:  "a cookie is let through",
			event: func(w *world) api.Event { return byCookie("GET", w.secret.Reveal(), "") },
		},
		{
			name: "also in a header",
			event: func(w *world) api.Event {
				event := byCookie("GET", w.secret.Reveal(), "")
				event.Headers["cookie"] = strings.Join(event.Cookies, "; ")
				event.Cookies = nil
				return event
			},
		},
		{
			name:  "a cookie's write from our own pages is",
			event: func(w *world) api.Event { return byCookie("POST", w.secret.Reveal(), origin) },
		},
		{
			name: "a cookie's write from elsewhere is not",
			event: func(w *world) api.Event {
				return byCookie("POST", w.secret.Reveal(), "https://evil.test")
			},
			want: "bad_origin",
		},
		{
			name: "nor one from an address that begins like ours",
			event: func(w *world) api.Event {
				return byCookie("DELETE", w.secret.Reveal(), origin+".evil.test")
			},
			want: "bad_origin",
		},
		{
			name:  "nor one that doesn't say where from",
			event: func(w *world) api.Event { return byCookie("PUT", w.secret.Reveal(), "") },
			want:  "bad_origin",
		},
		{
			name:  "nor one of no origin",
			event: func(w *world) api.Event { return byCookie("POST", w.secret.Reveal(), "null") },
			want:  "bad_origin",
		},
		{
			name:  "nobody is not",
			event: func(w *world) api.Event { return api.Event{RouteKey: "GET /api/jobs"} },
			want:  "unauthenticated",
		},
		{"another scheme is not", nil, func(w *world) api.Event {
			event := byBearer("")
			event.Headers["authorization"] = "Basic " + w.secret.Reveal()
			return event
		}, "unauthenticated"},
		{"a bad bearer is not helped by a good cookie", nil, func(w *world) api.Event {
			event := byCookie("GET", w.secret.Reveal(), "")
			event.Headers["authorization"] = "Bearer nonsense"
			return event
		}, "unauthenticated"},
		{
			name: "the plain cookie's name is not known where there is https",
			event: func(w *world) api.Event {
				event := byCookie("GET", "", "")
				event.Cookies = []string{"session=" + w.secret.Reveal()}
				return event
			},
			want: "unauthenticated",
		},
		{"a token that nobody got is not", nil, func(w *world) api.Event {
			secret, _ := token.New("u1")
			return byBearer(secret.Reveal())
		}, "unauthenticated"},
		{
			name:  "a secret with another's id is not",
			event: func(w *world) api.Event { return byBearer("u2" + w.secret.Reveal()[2:]) },
			want:  "unauthenticated",
		},
		{
			name:   "the last millisecond counts",
			change: func(w *world) { w.now = noon.Add(12*time.Hour - time.Millisecond) },
			event:  func(w *world) api.Event { return byBearer(w.secret.Reveal()) },
		},
		{
			name:   "an expired session that is still there is not",
			change: func(w *world) { w.now = noon.Add(12 * time.Hour) },
			event:  func(w *world) api.Event { return byBearer(w.secret.Reveal()) },
			want:   "unauthenticated",
		},
		{"a session from before a new password is not", func(w *world) { w.setPassword("g2") },
			func(w *world) api.Event { return byBearer(w.secret.Reveal()) }, "unauthenticated"},
		{
			name:   "a removed user is not",
			change: (*world).remove,
			event:  func(w *world) api.Event { return byBearer(w.secret.Reveal()) },
			want:   "unauthenticated",
		},
		{"nor is another who has the username by now", func(w *world) {
			w.remove()
			another := w.profile
			another.ID = "u3"
			w.must(w.guard.Directory.Write(w.t.Context(), another, nil, "j3#2"))
		}, func(w *world) api.Event { return byBearer(w.secret.Reveal()) }, "unauthenticated"},
		{"an inactive user is not", func(w *world) { w.change(user.Status, user.Inactive) },
			func(w *world) api.Event { return byBearer(w.secret.Reveal()) }, "unauthenticated"},
		{"who has lost the role is not", func(w *world) { w.change(user.Role, "Clerk") },
			func(w *world) api.Event { return byBearer(w.secret.Reveal()) }, "forbidden"},
		{
			name:   "a role that only sounds like it is not",
			change: func(w *world) { w.change(user.Role, "Administrators|administrator") },
			event:  func(w *world) api.Event { return byBearer(w.secret.Reveal()) },
			want:   "forbidden",
		},
		{"who has signed out is not", func(w *world) {
			s, err := w.guard.Check(w.t.Context(), byBearer(w.secret.Reveal()))
			w.must(err)
			w.must(w.guard.End(w.t.Context(), s))
		}, func(w *world) api.Event { return byBearer(w.secret.Reveal()) }, "unauthenticated"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t)
			if test.change != nil {
				test.change(w)
			}

			var called string

			routes := w.guard.Administrator(
				api.Routes{
					"GET /api/jobs": func(ctx context.Context, _ api.Event) (api.Answer, error) {
						called = session.Of(ctx).Profile.Username
						return api.NoContent(), nil
					},
				},
			)

			_, err := routes["GET /api/jobs"](t.Context(), test.event(w))
			if got := code(t, err); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}

			if (called == "Ada") != (test.want == "") {
				t.Errorf("the handler was called for %q", called)
			}
		})
	}
}

func TestCookie(t *testing.T) {
	secret, _ := token.New("u1")
	for _, test := range []struct {
		name, baseURL string
		expires       time.Time
		has, lacks    []string
	}{
		{"with https it is bound to the host, and to https", origin, noon,
			[]string{
				"__Host-session=" + secret.Reveal(),
				"Path=/",
				"HttpOnly",
				"Secure",
				"SameSite=Lax",
				"Expires=",
			}, []string{"Domain", "Max-Age"}},
		{
			name:    "on a laptop it has a plain name",
			baseURL: "http://localhost:8080",
			expires: noon,
			has:     []string{"session=" + secret.Reveal(), "HttpOnly", "SameSite=Lax"},
			lacks:   []string{"__Host-", "Secure"},
		},
		{
			name:    "without an end it is taken back",
			baseURL: origin,
			expires: time.Time{},
			has:     []string{"Max-Age=0"},
			lacks:   []string{"Expires"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := session.Guard{BaseURL: test.baseURL}.Cookie(secret, test.expires)
			for _, part := range test.has {
				if !strings.Contains(got, part) {
					t.Errorf("%q lacks %q", got, part)
				}
			}

			for _, part := range test.lacks {
				if strings.Contains(got, part) {
					t.Errorf("%q has %q", got, part)
				}
			}
		})
	}
}

func TestNobodyHasASessionWithoutTheGuard(t *testing.T) {
	if got := session.Of(t.Context()); got.Profile.ID != "" {
		t.Errorf("got %+v", got)
	}
}

func TestWhatAdministratorsDoIsRecorded(t *testing.T) {
	w := newWorld(t)
	w.guard.Audit = audit.Log{
		Table: store.Table{DB: w.guard.Directory.Table.DB, Name: w.audit},
		Now:   func() time.Time { return w.now },
	}

	answer := func(status int, about session.Subject, err error) api.Handler {
		return func(ctx context.Context, _ api.Event) (api.Answer, error) {
			session.About(ctx, about)
			return api.Answer{Status: status}, err
		}
	}
	for i, test := range []struct {
		name, route, id string
		handler         api.Handler
		role            string
		want            string
	}{
		{
			name:    "a read isn't",
			route:   "GET /api/jobs/{id}",
			id:      "j1",
			handler: answer(200, session.Subject{}, nil),
			role:    "Administrator",
		},
		{
			name:    "a job that was made",
			route:   "POST /api/jobs",
			handler: answer(201, session.Subject{Job: "j9"}, nil),
			role:    "Administrator",
			want:    "job_created Ada  j9 ok",
		},
		{
			name:    "a job of the path",
			route:   "DELETE /api/jobs/{id}",
			id:      "j1",
			handler: answer(204, session.Subject{}, nil),
			role:    "Administrator",
			want:    "job_deleted Ada  j1 ok",
		},
		{
			name:    "a refusal",
			route:   "POST /api/jobs/{id}/notifications",
			id:      "j1",
			handler: answer(0, session.Subject{}, api.Fail(409, "notification_running", "")),
			role:    "Administrator",
			want:    "notification_created Ada  j1 notification_running",
		},
		{
			name:    "a failure, without its text",
			route:   "POST /api/jobs/{id}/process",
			id:      "j1",
			handler: answer(0, session.Subject{}, errors.New("get from jobs: secret")),
			role:    "Administrator",
			want:    "job_processed Ada  j1 internal_error",
		},
		{
			name:    "a job that isn't there, without what was in the path",
			route:   "DELETE /api/jobs/{id}",
			id:      "secret",
			handler: answer(0, session.Subject{}, api.Fail(404, "job_not_found", "")),
			role:    "Administrator",
			want:    "job_deleted Ada   job_not_found",
		},
		{
			name:    "a user",
			route:   "POST /api/users/{username}/unlock",
			handler: answer(204, session.Subject{Target: "Bob"}, nil),
			role:    "Administrator",
			want:    "user_unlocked Ada Bob  ok",
		},
		{
			name:    "a file that is handed out",
			route:   "GET /api/jobs/{id}/files/members",
			id:      "j1",
			handler: answer(200, session.Subject{}, nil),
			role:    "Administrator",
			want:    "members_exported Ada  j1 ok",
		},
		{
			name:    "not one that is being made",
			route:   "GET /api/jobs/{id}/files/members",
			id:      "j1",
			handler: answer(202, session.Subject{}, nil),
			role:    "Administrator",
		},
		{
			name:    "who isn't let through",
			route:   "DELETE /api/jobs/{id}",
			id:      "j1",
			handler: answer(204, session.Subject{}, nil),
			role:    "Clerk",
			want:    "job_deleted Ada   forbidden",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.now = noon.Add(time.Duration(i) * time.Minute)
			w.change(user.Role, test.role)
			event := byBearer(w.secret.Reveal())
			event.RouteKey = test.route
			event.PathParameters = map[string]string{"id": test.id}
			event.RequestContext.HTTP.SourceIP = "192.0.2.1"
			event.RequestContext.RequestID = test.name

			_, err := w.guard.Administrator(api.Routes{test.route: test.handler}).Serve(
				t.Context(),
				event,
			)
			if err != nil {
				t.Fatal(err)
			}

			entries, _, err := w.guard.Audit.List(
				t.Context(),
				audit.Query{From: w.now, To: w.now.Add(time.Second)},
				10,
			)
			w.must(err)

			got := ""
			for _, e := range entries {
				got += strings.Join(
					[]string{string(e.Action), e.Actor, e.Target, e.Job, e.Result},
					" ",
				)
				if e.SourceIP != "192.0.2.1" {
					t.Errorf("from %q", e.SourceIP)
				}
			}

			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
