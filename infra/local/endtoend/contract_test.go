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
		got := usernames(all[member](c.in(t), j.Path()+"/members?limit=1"))
		if !slices.Equal(got, names) {
			t.Errorf("got %v", got)
		}
	})
	t.Run("notifications", func(t *testing.T) {
		got := all[notification](c.in(t), j.Path()+"/notifications?limit=1")
		if len(got) != 2 || got[0].ID != 1 || got[1].ID != 2 {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("deliveries", func(t *testing.T) {
		var got []string
		for _, d := range all[delivery](c.in(t), j.Path()+"/notifications/1/deliveries?limit=1") {
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

	for _, path := range []string{
		"/api/jobs", j.Path() + "/members", j.Path() + "/errors", j.Path() + "/notifications",
		j.Path() + "/notifications/1/deliveries",
	} {
		t.Run(
			"or refused, without clamping or guessing: "+strings.Replace(path, j.ID, "{id}", 1),
			func(t *testing.T) {
				c := c.in(t)
				for _, limit := range []string{"0", "201", "-1", "x", "1.5", ""} {
					c.call("GET", path+"?limit="+limit, nil).
						wantField(http.StatusUnprocessableEntity, "invalid_request", "limit")
				}

				for _, cursor := range []string{
					"x", "", "AAAA",
					base64.RawURLEncoding.EncodeToString([]byte(`{"s":99,"p":99,"i":-1}`)),
				} {
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
	waiting := get[job](c, c.made(object{}).Path())
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
		{
			name:   "a body that isn't UTF-8",
			method: "POST",
			path:   "/api/forgot-password",
			body:   raw("{\"username\":\"\xff\"}"),
			status: 400,
			code:   "invalid_json",
		},
		{
			name:   "a body that is too large",
			method: "POST",
			path:   "/api/jobs",
			body:   object{"name": strings.Repeat("x", 64<<10)},
			status: 413,
			code:   "body_too_large",
		},
		{"a body that isn't an object", "POST", "/api/jobs", raw(`[]`), 422, "invalid_request", ""},
		{
			name:   "a field of the wrong type",
			method: "POST",
			path:   "/api/jobs",
			body:   object{"name": 7},
			status: 422,
			code:   "invalid_request",
			field:  "name",
		},
		{
			name:   "an item of the wrong type",
			method: "POST",
			path:   "/api/jobs",
			body:   object{"devices": []int{1}},
			status: 422,
			code:   "invalid_request",
			field:  "devices",
		},
		{
			name:   "a field that there isn't",
			method: "POST",
			path:   "/api/jobs",
			body:   object{"colour": "red"},
			status: 422,
			code:   "invalid_request",
			field:  "colour",
		},
		{
			name:   "a name with a control character",
			method: "POST",
			path:   "/api/jobs",
			body:   object{"name": "a\nb"},
			status: 422,
			code:   "invalid_request",
			field:  "name",
		},
		{
			name:   "a file of a spreadsheet program",
			method: "POST",
			path:   "/api/jobs",
			body:   object{"file_name": "users.xls"},
			status: 422,
			code:   "invalid_request",
			field:  "file_name",
		},
		{
			name:   "an unknown way to process",
			method: "POST",
			path:   "/api/jobs",
			body:   object{"process": "later"},
			status: 422,
			code:   "invalid_request",
			field:  "process",
		},
		{
			name:   "an unknown device",
			method: "POST",
			path:   "/api/jobs",
			body:   object{"devices": []string{"Pager"}},
			status: 422,
			code:   "invalid_request",
			field:  "devices",
		},
		{
			name:   "a device that can't be sent to",
			method: "POST",
			path:   "/api/jobs",
			body:   object{"devices": []string{"Work Phone"}},
			status: 422,
			code:   "invalid_request",
			field:  "devices",
		},
		{
			name:   "a job's lifetime that is too short",
			method: "POST",
			path:   "/api/jobs",
			body:   object{"link_lifetime": "999ms"},
			status: 422,
			code:   "invalid_request",
			field:  "link_lifetime",
		},
		{
			name:   "a job's lifetime that is too long",
			method: "POST",
			path:   "/api/jobs",
			body:   object{"link_lifetime": "721h"},
			status: 422,
			code:   "invalid_request",
			field:  "link_lifetime",
		},
		{
			name:   "a job's lifetime that is none",
			method: "POST",
			path:   "/api/jobs",
			body:   object{"link_lifetime": "soon"},
			status: 422,
			code:   "invalid_request",
			field:  "link_lifetime",
		},
		{
			name:   "an unknown audience for the upload",
			method: "POST",
			path:   "/api/jobs",
			body:   object{"notify": "nobody"},
			status: 422,
			code:   "invalid_request",
			field:  "notify",
		},
		{
			name:   "a report to what is no address",
			method: "POST",
			path:   "/api/jobs",
			body:   object{"report_to": "me"},
			status: 422,
			code:   "invalid_request",
			field:  "report_to",
		},
		{
			name:   "a list of jobs in an unknown status",
			method: "GET",
			path:   "/api/jobs?status=lost",
			status: 422,
			code:   "invalid_request",
			field:  "status",
		},
		{"a job that isn't there", "GET", "/api/jobs/nope", nil, 404, "job_not_found", ""},
		{
			name:   "a job that isn't there, to be deleted",
			method: "DELETE",
			path:   "/api/jobs/nope",
			status: 404,
			code:   "job_not_found",
		},
		{
			name:   "a job without a file, to be processed",
			method: "POST",
			path:   waiting.Path() + "/process",
			status: 409,
			code:   "job_not_validated",
		},
		{
			name:   "a job that isn't processed, to be notified",
			method: "POST",
			path:   waiting.Path() + "/notifications",
			body:   object{},
			status: 409,
			code:   "job_not_processed",
		},
		{
			name:   "a notification that isn't there",
			method: "GET",
			path:   j.Path() + "/notifications/2",
			status: 404,
			code:   "notification_not_found",
		},
		{
			name:   "a notification that is none",
			method: "GET",
			path:   j.Path() + "/notifications/x",
			status: 404,
			code:   "notification_not_found",
		},
		{
			name:   "an unknown audience",
			method: "POST",
			path:   j.Path() + "/notifications",
			body:   object{"audience": "nobody"},
			status: 422,
			code:   "invalid_request",
			field:  "audience",
		},
		{
			name:   "an audience and names",
			method: "POST",
			path:   j.Path() + "/notifications",
			body:   object{"audience": "pending", "usernames": []string{"refused0"}},
			status: 422,
			code:   "invalid_request",
			field:  "usernames",
		},
		{
			name:   "no names",
			method: "POST",
			path:   j.Path() + "/notifications",
			body:   object{"usernames": []string{}},
			status: 422,
			code:   "invalid_request",
			field:  "usernames",
		},
		{
			name:   "a device that isn't the job's",
			method: "POST",
			path:   j.Path() + "/notifications",
			body:   object{"devices": []string{"Work Phone"}},
			status: 422,
			code:   "invalid_request",
			field:  "devices",
		},
		{
			name:   "a notification's lifetime out of range",
			method: "POST",
			path:   j.Path() + "/notifications",
			body:   object{"link_lifetime": "721h"},
			status: 422,
			code:   "invalid_request",
			field:  "link_lifetime",
		},
		{
			name:   "members in an unknown state",
			method: "GET",
			path:   j.Path() + "/members?state=lost",
			status: 422,
			code:   "invalid_request",
			field:  "state",
		},
		{
			name:   "errors of an unknown level",
			method: "GET",
			path:   j.Path() + "/errors?level=fatal",
			status: 422,
			code:   "invalid_request",
			field:  "level",
		},
		{
			name:   "deliveries in an unknown state",
			method: "GET",
			path:   j.Path() + "/notifications/1/deliveries?state=lost",
			status: 422,
			code:   "invalid_request",
			field:  "state",
		},
		{
			name:   "a sign-in without a name",
			method: "POST",
			path:   "/api/sign-in",
			body:   object{"password": "x"},
			status: 422,
			code:   "invalid_request",
			field:  "username",
		},
		{
			name:   "a forgotten name",
			method: "POST",
			path:   "/api/forgot-password",
			body:   object{},
			status: 422,
			code:   "invalid_request",
			field:  "username",
		},
		{
			name:   "a password for nothing",
			method: "POST",
			path:   "/api/password",
			body:   object{"password": password},
			status: 422,
			code:   "invalid_request",
			field:  "token",
		},
		{
			name:   "a code without its username",
			method: "POST",
			path:   "/api/password/check",
			body:   object{"code": "0000-0000"},
			status: 422,
			code:   "invalid_request",
			field:  "username",
		},
		{
			name:   "a renewal of nothing",
			method: "POST",
			path:   "/api/link/renew",
			body:   object{},
			status: 422,
			code:   "invalid_request",
			field:  "token",
		},
		{
			name:   "a made-up link",
			method: "POST",
			path:   "/api/password",
			body:   object{"token": "x", "password": password},
			status: 400,
			code:   "link_invalid",
		},
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
		for _, media := range []string{
			"text/plain", "application/x-www-form-urlencoded", "application/jsonx",
		} {
			c.in(t).with("Content-Type", media).
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
			a, err := c.in(t).send(test.method, test.path, nil)
			// the contract has no such call, but it has errors
			if err != nil {
				t.Fatal(err)
			}

			a.want(test.status, test.code).promised()

			var body any
			a.into(&body)

			err = openapitest.Document(t).Components.Schemas["Error"].Value.VisitJSON(
				body,
				openapi3.EnableJSONSchema2020(),
			)
			if err != nil {
				t.Error(err)
			}
		})
	}

	t.Run("and nothing has come of it", func(t *testing.T) {
		if n := get[job](c.in(t), j.Path()).Notifications; n != 1 {
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
			want(http.StatusUnprocessableEntity, "password_rejected").into(&got)

		var codes []string
		for _, f := range got.Error.Fields {
			codes = append(codes, f.Code)
		}
		if !slices.Contains(codes, want) {
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
		if !sameJSON(t, first.Body, second.Body) {
			t.Errorf("got %s, then %s", first.Body, second.Body)
		}

		c.call("POST", "/api/jobs", object{"name": "another"}).
			wantField(http.StatusUnprocessableEntity, "invalid_request", "Idempotency-Key")

		made := all[job](c, "/api/jobs?q=twice+made")
		if len(made) != 1 {
			t.Fatalf("%d jobs were made", len(made))
		}

		// Both requests were answered with the job, and the audit says so.
		if entries := c.audit("job=" + made[0].ID); len(entries) != 2 {
			t.Errorf("the audit has %d entries of it", len(entries))
		}
	})
	t.Run("has a notification sent once, and the same answer given", func(t *testing.T) {
		c := admin.in(t).with("Idempotency-Key", "twice a notification")
		first := c.call("POST", j.Path()+"/notifications", object{"audience": "everyone"}).
			want(http.StatusAccepted, "")
		c.sent(j, 2)

		second := c.call("POST", j.Path()+"/notifications", object{"audience": "everyone"}).
			want(http.StatusAccepted, "")
		if !sameJSON(t, first.Body, second.Body) {
			t.Errorf("got %s, then %s", first.Body, second.Body)
		}

		c.call("POST", j.Path()+"/notifications", object{}).
			wantField(http.StatusUnprocessableEntity, "invalid_request", "Idempotency-Key")

		if n := get[job](c, j.Path()).Notifications; n != 2 {
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
	c.call("DELETE", j.Path(), nil).want(http.StatusNoContent, "")
	c.call("DELETE", j.Path(), nil).want(http.StatusNotFound, "job_not_found")

	for _, path := range []string{
		"", "/members", "/errors", "/notifications", "/notifications/1", "/files/members",
	} {
		c.call("GET", j.Path()+path, nil).want(http.StatusNotFound, "job_not_found")
	}

	got := all[job](c, "/api/jobs?limit=200")
	if slices.ContainsFunc(got, func(other job) bool { return other.ID == j.ID }) {
		t.Error("it is listed")
	}

	c.setPassword(tokens[0], password).want(http.StatusNoContent, "")
	c.session(names[0], password)

	file, _ := staff("kept", 2)
	again := c.processed(object{}, file)
	if again.Rows.Unchanged != 2 || again.Users.Active != 1 || again.Users.Pending != 1 {
		t.Errorf("got %+v", again)
	}
}
