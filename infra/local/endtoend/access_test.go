package endtoend

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"latchkey/infra/local/dynamodb"
	"latchkey/shared/clock"
	"latchkey/shared/store"
	"latchkey/shared/token"
	"latchkey/shared/topology"
)

func TestEveryAdministratorsRouteRefuses(t *testing.T) {
	t.Parallel()
	admin := administrator(t)
	j, names, tokens := admin.invited("plain", 1)
	anyone := anybody(t)
	anyone.setPassword(tokens[0], password).want(http.StatusNoContent, "")
	user := anyone.as(anyone.session(names[0], password))
	user.call("GET", "/api/session", nil).want(http.StatusOK, "")

	routes := 0
	for _, f := range topology.Latchkey.Functions {
		for _, route := range f.Routes {
			if route.Access != topology.Administrator {
				continue
			}

			routes++
			method, path, _ := strings.Cut(route.Key, " ")
			path = strings.NewReplacer("{id}", j.ID, "{n}", "1").Replace(path)

			var body any
			if method == http.MethodPost {
				body = object{}
			}

			t.Run("without a session: "+route.Key, func(t *testing.T) {
				anyone.in(t).call(method, path, body).
					want(http.StatusUnauthorized, "unauthenticated")
			})
			t.Run("a user who is no administrator: "+route.Key, func(t *testing.T) {
				user.in(t).call(method, path, body).want(http.StatusForbidden, "forbidden")
			})
		}
	}

	if routes < 10 {
		t.Errorf("only %d routes were tried", routes)
	}

	if got := get[job](admin, j.Path()); got.Notifications != 1 || got.Status != "processed" {
		t.Errorf("a refused call did something: %+v", got)
	}
}

func TestASessionIsRefused(t *testing.T) {
	t.Parallel()
	c := anybody(t)
	ended := c.session("admin", adminPassword)
	c.as(ended).call("POST", "/api/sign-out", nil).want(http.StatusNoContent, "")
	owner, _, _ := strings.Cut(ended, ".")
	expired := c.session("admin", adminPassword)
	c.as(expired).call("GET", "/api/jobs", nil).want(http.StatusOK, "")
	expire(t, expired)

	_, _, tokens := administrator(t).invited("thief", 1)
	for _, test := range []struct{ name, header string }{
		{"that has expired", "Bearer " + expired},
		{"that was signed out", "Bearer " + ended},
		{"that is made up", "Bearer " + owner + "." + strings.Repeat("A", 43)},
		{"that is of nobody", "Bearer " + strings.Repeat("a", 26) + "." + strings.Repeat("A", 43)},
		{"that is no token at all", "Bearer x"},
		{"that is blank", "Bearer "},
		{"of another scheme", "Basic " + expired},
		{"that is a link's token", "Bearer " + tokens[0]},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := c.in(t).with("Authorization", test.header)
			c.call("GET", "/api/jobs", nil).want(http.StatusUnauthorized, "unauthenticated")
			c.call("GET", "/api/session", nil).want(http.StatusUnauthorized, "unauthenticated")
			c.call("POST", "/api/sign-out", nil).want(http.StatusUnauthorized, "unauthenticated")
		})
	}
}

// expire moves the end of a session to the past: nobody wants to wait for twelve hours.
func expire(t *testing.T, text string) {
	t.Helper()

	tokens := token.Store{
		Table: store.Table{
			DB:   dynamodb.Client(shared.Engines.DynamoDB),
			Name: shared.Tables["tokens"],
		},
	}

	userID, hashed, err := token.Parse(text)
	if err != nil {
		t.Fatal(err)
	}

	session, err := tokens.Session(t.Context(), userID, hashed)
	if err != nil {
		t.Fatal(err)
	}

	session.ExpiresAt = clock.Of(time.Now().Add(-time.Second))
	if err := tokens.PutSession(t.Context(), session, hashed); err != nil {
		t.Fatal(err)
	}
}

func TestACookie(t *testing.T) {
	t.Parallel()
	signedIn := anybody(t).signIn("admin", adminPassword).want(http.StatusOK, "")

	cookies := (&http.Response{Header: signedIn.Header}).Cookies()
	if len(cookies) != 1 || cookies[0].Name != "session" || !cookies[0].HttpOnly ||
		cookies[0].SameSite != http.SameSiteLaxMode {
		t.Fatalf("the cookies are %v", cookies)
	}

	c := anybody(t).with("Cookie", "session="+cookies[0].Value)
	t.Run("is enough to read", func(t *testing.T) {
		c.in(t).call("GET", "/api/jobs", nil).want(http.StatusOK, "")
	})

	for _, test := range []struct{ name, origin string }{
		{"is refused for a write from another site", "https://evil.example"},
		{"is refused for a write from a site with our name in front", shared.URL + ".evil.example"},
		{"is refused for a write from a page without an origin", "null"},
		{"is refused for a write that says nothing of its origin", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := c.in(t)
			if test.origin != "" {
				c = c.with("Origin", test.origin)
			}

			c.call("POST", "/api/jobs", object{}).want(http.StatusForbidden, "bad_origin")
			c.call("POST", "/api/sign-out", nil).want(http.StatusForbidden, "bad_origin")
		})
	}

	t.Run("with our own origin may write, and ends by signing out", func(t *testing.T) {
		c := c.in(t).with("Origin", shared.URL)
		c.call("POST", "/api/jobs", object{}).want(http.StatusCreated, "")
		c.call("POST", "/api/sign-out", nil).want(http.StatusNoContent, "")
		c.call("GET", "/api/jobs", nil).want(http.StatusUnauthorized, "unauthenticated")
	})
}
