package endtoend

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"latchkey/shared/openapi/openapitest"
)

func TestAListIsWalkedOneByOne(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	j, names, _ := c.invited("walked", 5)
	c.notify(j, object{})

	var made []string // newest first, as the list has them
	for n := range 3 {
		j := c.place(
			object{"name": fmt.Sprintf("walked job %d", n)},
			"User,Work Email\nwalked,x\nwalked,y\nwalked,z\n",
		)
		c.reaches(j.ID, "rejected")
		made = slices.Insert(made, 0, j.ID)
	}

	t.Run("jobs, newest first", func(t *testing.T) {
		var got []string
		for _, j := range all[job](c.in(t), "/api/jobs?q=WALKED&limit=1") {
			got = append(got, j.ID)
		}

		if !slices.Equal(got, made) {
			t.Errorf("got %v, want %v", got, made)
		}
	})
	t.Run("members", func(t *testing.T) {
		if got := usernames(
			all[member](c.in(t), j.path()+"/members?limit=1"),
		); !slices.Equal(
			got,
			names,
		) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("notifications", func(t *testing.T) {
		got := all[notification](c.in(t), j.path()+"/notifications?limit=1")
		if len(got) != 2 || got[0].ID != 1 || got[1].ID != 2 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("deliveries", func(t *testing.T) {
		var got []string
		for _, d := range all[delivery](c.in(t), j.path()+"/notifications/1/deliveries?limit=1") {
			got = append(got, d.Username)
		}

		if slices.Sort(got); !slices.Equal(got, names) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("errors, in the order of the rows", func(t *testing.T) {
		var got []int
		for _, i := range all[issue](c.in(t), "/api/jobs/"+made[0]+"/errors?level=error&limit=1") {
			got = append(got, i.Row)
		}

		if !slices.Equal(got, []int{2, 3, 4}) {
			t.Errorf("got %v", got)
		}
	})

	for _, path := range []string{"/api/jobs", j.path() + "/members", j.path() + "/errors", j.path() + "/notifications", j.path() + "/notifications/1/deliveries"} {
		t.Run(
			"or refused, without clamping or guessing: "+strings.Replace(path, j.ID, "{id}", 1),
			func(t *testing.T) {
				c := c.in(t)
				for _, limit := range []string{"0", "201", "-1", "x", "1.5", ""} {
					c.call("GET", path+"?limit="+limit, nil).
						wantField(http.StatusUnprocessableEntity, "invalid_request", "limit")
				}

				for _, cursor := range []string{"x", "", "AAAA", base64.RawURLEncoding.EncodeToString([]byte(`{"s":99,"p":99,"i":-1}`))} {
					c.call("GET", path+"?cursor="+cursor, nil).
						wantField(http.StatusUnprocessableEntity, "invalid_request", "cursor")
				}

				c.call("GET", path+"?page=1", nil).
					wantField(http.StatusUnprocessableEntity, "invalid_request", "page")
			},
		)
	}
}

func TestARequestIsRefused(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	waiting := get[job](c, c.made(object{}).path())
	j, _, _ := c.invited("refused", 1)

	raw := func(text string) []byte { return []byte(text) }
	for _, test := range []struct {
		name         string
		method, path string
		body         any
		status       int
		code, field  string
	}{
		{"a body that isn't JSON", "POST", "/api/jobs", raw(`{"name":`), 400, "invalid_json", ""},
		{"a blank body", "POST", "/api/sign-in", raw(``), 400, "invalid_json", ""},
		{"a body that isn't UTF-8", "POST", "/api/forgot-password", raw("{\"username\":\"\xff\"}"), 400, "invalid_json", ""},
		{"a body that is too large", "POST", "/api/jobs", object{"name": strings.Repeat("x", 64<<10)}, 413, "body_too_large", ""},
		{"a body that isn't an object", "POST", "/api/jobs", raw(`[]`), 422, "invalid_request", ""},
		{"a field of the wrong type", "POST", "/api/jobs", object{"name": 7}, 422, "invalid_request", "name"},
		{"an item of the wrong type", "POST", "/api/jobs", object{"devices": []int{1}}, 422, "invalid_request", "devices"},
		{"a field that there isn't", "POST", "/api/jobs", object{"colour": "red"}, 422, "invalid_request", "colour"},
		{"a name with a control character", "POST", "/api/jobs", object{"name": "a\nb"}, 422, "invalid_request", "name"},
		{"a file of a spreadsheet program", "POST", "/api/jobs", object{"file_name": "users.xlsx"}, 422, "invalid_request", "file_name"},
		{"an unknown way to process", "POST", "/api/jobs", object{"process": "later"}, 422, "invalid_request", "process"},
		{"an unknown device", "POST", "/api/jobs", object{"devices": []string{"Pager"}}, 422, "invalid_request", "devices"},
		{"a device that can't be sent to", "POST", "/api/jobs", object{"devices": []string{"Work Phone"}}, 422, "invalid_request", "devices"},
		{"a job's lifetime that is too short", "POST", "/api/jobs", object{"link_lifetime": "999ms"}, 422, "invalid_request", "link_lifetime"},
		{"a job's lifetime that is too long", "POST", "/api/jobs", object{"link_lifetime": "721h"}, 422, "invalid_request", "link_lifetime"},
		{"a job's lifetime that is none", "POST", "/api/jobs", object{"link_lifetime": "soon"}, 422, "invalid_request", "link_lifetime"},
		{"an unknown audience for the upload", "POST", "/api/jobs", object{"notify": "nobody"}, 422, "invalid_request", "notify"},
		{"a report to what is no address", "POST", "/api/jobs", object{"report_to": "me"}, 422, "invalid_request", "report_to"},
		{"a list of jobs in an unknown status", "GET", "/api/jobs?status=lost", nil, 422, "invalid_request", "status"},
		{"a job that isn't there", "GET", "/api/jobs/nope", nil, 404, "job_not_found", ""},
		{"a job that isn't there, to be deleted", "DELETE", "/api/jobs/nope", nil, 404, "job_not_found", ""},
		{"a job without a file, to be processed", "POST", waiting.path() + "/process", nil, 409, "job_not_validated", ""},
		{"a job that isn't processed, to be notified", "POST", waiting.path() + "/notifications", object{}, 409, "job_not_processed", ""},
		{"a notification that isn't there", "GET", j.path() + "/notifications/2", nil, 404, "notification_not_found", ""},
		{"a notification that is none", "GET", j.path() + "/notifications/x", nil, 404, "notification_not_found", ""},
		{"an unknown audience", "POST", j.path() + "/notifications", object{"audience": "nobody"}, 422, "invalid_request", "audience"},
		{"an audience and names", "POST", j.path() + "/notifications", object{"audience": "pending", "usernames": []string{"refused0"}}, 422, "invalid_request", "usernames"},
		{"no names", "POST", j.path() + "/notifications", object{"usernames": []string{}}, 422, "invalid_request", "usernames"},
		{"a device that isn't the job's", "POST", j.path() + "/notifications", object{"devices": []string{"Work Phone"}}, 422, "invalid_request", "devices"},
		{"a notification's lifetime out of range", "POST", j.path() + "/notifications", object{"link_lifetime": "721h"}, 422, "invalid_request", "link_lifetime"},
		{"members in an unknown state", "GET", j.path() + "/members?state=lost", nil, 422, "invalid_request", "state"},
		{"errors of an unknown level", "GET", j.path() + "/errors?level=fatal", nil, 422, "invalid_request", "level"},
		{"deliveries in an unknown state", "GET", j.path() + "/notifications/1/deliveries?state=lost", nil, 422, "invalid_request", "state"},
		{"a sign-in without a name", "POST", "/api/sign-in", object{"password": "x"}, 422, "invalid_request", "username"},
		{"a forgotten name", "POST", "/api/forgot-password", object{}, 422, "invalid_request", "username"},
		{"a password for nothing", "POST", "/api/password", object{"password": password}, 422, "invalid_request", "token"},
		{"a code without its username", "POST", "/api/password/check", object{"code": "0000-0000"}, 422, "invalid_request", "username"},
		{"a renewal of nothing", "POST", "/api/link/renew", object{}, 422, "invalid_request", "token"},
		{"a made-up link", "POST", "/api/password", object{"token": "x", "password": password}, 400, "link_invalid", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := c.in(t).call(test.method, test.path, test.body)
			if test.field != "" {
				a.wantField(test.status, test.code, test.field)
			} else {
				a.want(test.status, test.code)
			}
		})
	}

	t.Run("a body of another media type", func(t *testing.T) {
		for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "application/jsonx"} {
			c.in(t).
				with("Content-Type", media).
				call("POST", "/api/jobs", raw(`{}`)).
				want(http.StatusUnsupportedMediaType, "unsupported_media_type")
		}
	})

	for _, test := range []struct {
		name, method, path string
		status             int
		code               string
	}{
		{"an address that there isn't", "GET", "/api/nothing", 404, "not_found"},
		{"an address below one that there is", "GET", "/api/jobs/x/y/z", 404, "not_found"},
		{"a method that the address doesn't take", "PUT", "/api/jobs", 405, "method_not_allowed"},
		{"reading what is only written", "GET", "/api/sign-in", 405, "method_not_allowed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a, err := c.in(t).
				send(test.method, test.path, nil)
				// the contract has no such call, but it has errors
			if err != nil {
				t.Fatal(err)
			}

			a.want(test.status, test.code).promised()

			var body any
			a.into(&body)

			if err := openapitest.Document(t).Components.Schemas["Error"].Value.VisitJSON(
				body,
				openapi3.EnableJSONSchema2020(),
			); err != nil {
				t.Error(err)
			}
		})
	}

	t.Run("and nothing has come of it", func(t *testing.T) {
		if n := get[job](c.in(t), j.path()).Notifications; n != 1 {
			t.Errorf("%d notifications", n)
		}
	})
}

func TestARefusedPasswordSaysWhy(t *testing.T) {
	t.Parallel()
	c := anybody(t)

	_, _, tokens := administrator(t).invited("bartholomew", 1)
	for name, want := range map[string]string{
		"short otters":                "too_short",
		strings.Repeat("otters ", 30): "too_long",
		"aaaaaaaaaaaaaaaaaa":          "common",
		"bartholomew0 bartholomew0":   "contains_username",
		"Northwind Northwind":         "contains_company",
	} {
		var got refusal
		c.setPassword(tokens[0], name).
			want(http.StatusUnprocessableEntity, "password_rejected").
			into(&got)

		if !slices.ContainsFunc(
			got.Error.Fields,
			func(f struct{ Field, Code, Message string }) bool { return f.Code == want },
		) {
			t.Errorf("%q got %+v, want %s", name, got.Error.Fields, want)
		}
	}

	c.setPassword(tokens[0], password).want(http.StatusNoContent, "")
}

// made makes a job without a file.
func (c client) made(options object) job {
	c.t.Helper()

	var v struct{ Job job }
	c.call("POST", "/api/jobs", options).want(http.StatusCreated, "").into(&v)

	return v.Job
}

func TestAnIdempotencyKey(t *testing.T) {
	t.Parallel()
	admin := administrator(t)
	j, names, _ := admin.invited("twice", 2)
	t.Run("has a job made once, and the same answer given", func(t *testing.T) {
		c := admin.in(t).with("Idempotency-Key", "twice a job")
		first := c.call("POST", "/api/jobs", object{"name": "twice made"}).
			want(http.StatusCreated, "")

		second := c.call("POST", "/api/jobs", object{"name": "twice made"}).
			want(http.StatusCreated, "")
		if !sameJSON(t, first.body, second.body) {
			t.Errorf("got %s, then %s", first.body, second.body)
		}

		c.call("POST", "/api/jobs", object{"name": "another"}).
			wantField(http.StatusUnprocessableEntity, "invalid_request", "Idempotency-Key")

		if made := all[job](c, "/api/jobs?q=twice+made"); len(made) != 1 {
			t.Errorf("%d jobs were made", len(made))
		}
	})
	t.Run("has a notification sent once, and the same answer given", func(t *testing.T) {
		c := admin.in(t).with("Idempotency-Key", "twice a notification")
		first := c.call("POST", j.path()+"/notifications", object{"audience": "everyone"}).
			want(http.StatusAccepted, "")
		c.sent(j, 2)

		second := c.call("POST", j.path()+"/notifications", object{"audience": "everyone"}).
			want(http.StatusAccepted, "")
		if !sameJSON(t, first.body, second.body) {
			t.Errorf("got %s, then %s", first.body, second.body)
		}

		c.call("POST", j.path()+"/notifications", object{}).
			wantField(http.StatusUnprocessableEntity, "invalid_request", "Idempotency-Key")

		if n := get[job](c, j.path()).Notifications; n != 2 {
			t.Errorf("%d notifications", n)
		}

		for _, name := range names {
			c.link(mailbox(name), 2)
		}
	})
}

func sameJSON(t *testing.T, a, b []byte) bool {
	t.Helper()

	var compactA, compactB bytes.Buffer
	if err := json.Compact(&compactA, a); err != nil {
		t.Fatal(err)
	}

	if err := json.Compact(&compactB, b); err != nil {
		t.Fatal(err)
	}

	return compactA.String() == compactB.String()
}

func TestADeletedJobIsGoneButItsUsersAndTheirLinksStay(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	j, names, tokens := c.invited("kept", 2)
	c.call("DELETE", j.path(), nil).want(http.StatusNoContent, "")
	c.call("DELETE", j.path(), nil).want(http.StatusNotFound, "job_not_found")

	for _, path := range []string{"", "/members", "/errors", "/notifications", "/notifications/1", "/files/members"} {
		c.call("GET", j.path()+path, nil).want(http.StatusNotFound, "job_not_found")
	}

	if got := all[job](
		c,
		"/api/jobs?limit=200",
	); slices.ContainsFunc(
		got,
		func(other job) bool { return other.ID == j.ID },
	) {
		t.Error("it is listed")
	}

	c.setPassword(tokens[0], password).want(http.StatusNoContent, "")
	c.session(names[0], password)

	file, _ := staff("kept", 2)
	if again := c.processed(
		object{},
		file,
	); again.Rows.Unchanged != 2 || again.Users.Active != 1 ||
		again.Users.Pending != 1 {
		t.Errorf("got %+v", again)
	}
}
