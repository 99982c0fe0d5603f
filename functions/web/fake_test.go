package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// The users, the audit and the settings that the fake API tells of.
const (
	listedUsers = `{
		"items": [
			{"username": "ada", "first_name": "Ada", "last_name": "Lovelace",
				"roles": ["Administrator", "Analyst"], "status": "ACTIVE", "state": "active"},
			{"username": "ada@example.test",
				"first_name": "<img src=x onerror=alert(1)>", "last_name": null,
				"roles": [], "status": "ACTIVE", "state": "pending"},
			{"username": "adam.with-a-rather-long-name@subsidiary.example.test",
				"first_name": "Adam", "last_name": "Ant",
				"roles": ["Field Engineer"], "status": "ACTIVE", "state": "expired"},
			{"username": "adele", "first_name": "Adele", "last_name": "Goldberg",
				"roles": [], "status": "INACTIVE", "state": "inactive"}
			MORE
		],
		"next_cursor": NEXT
	}`
	anotherUser = `,
		{"username": "ada%d", "first_name": "Ada", "last_name": "the %dth",
			"roles": [], "status": "ACTIVE", "state": "pending"}`
	oneUser = `{
		"username": "NAME",
		"first_name": "Adam",
		"last_name": "Ant",
		"roles": ["Field Engineer"],
		"status": "ACTIVE",
		"state": "expired",
		"language": "German",
		"time_zone": "Europe/Berlin",
		"fields": {"Site": "Berlin", "Cost Center": "4711"},
		"activated_at": null,
		"link": {"sent_at": "2030-03-01T12:00:00Z", "expires_at": "2030-03-04T12:00:00Z"},
		"locked_until": LOCKED,
		"devices": [
			{"name": "Work Email", "channel": "email",
				"address": "adam.with-a-rather-long-name@subsidiary.example.test",
				"status": "ACTIVE", "state": "MARK", "reason": REASON},
			{"name": "SMS Phone", "channel": "sms", "address": "+16502530002",
				"status": "ACTIVE", "state": "ok", "reason": null},
			{"name": "Home Email", "channel": "email", "address": "adam@example.test",
				"status": "INACTIVE", "state": "ok", "reason": null}
		],
		"jobs": [
			{"id": "j1", "name": "Onboarding of the new colleagues in spring",
				"row": 4712, "outcome": "added", "at": "2030-03-01T11:00:00Z"}
		],
		"deliveries": [
			{"username": "ada@example.test", "kind": "resend",
				"job": null, "notification": null, "device": "SMS Phone", "channel": "sms",
				"state": "sent", "reason": null,
				"at": "2030-03-02T12:00:00Z", "attempts": 1},
			{"username": "ada@example.test", "kind": "notification",
				"job": "j1", "notification": 1, "device": "Work Email", "channel": "email",
				"state": "bounced", "reason": "hard_bounce",
				"at": "2030-03-01T12:00:00Z", "attempts": 1}
		]
	}`
	listedEntries = `{
		"items": [
			{"at": "2030-03-02T12:00:00Z", "actor": "admin", "action": "user_notified",
				"target": "adam", "job": null,
				"source_ip": "192.0.2.1", "result": "ok"},
			{"at": "2030-03-02T11:00:00Z", "actor": null, "action": "sign_in_failed",
				"target": "ada", "job": null,
				"source_ip": "2001:db8:85a3:8d3:1319:8a2e:370:7348",
				"result": "invalid_credentials"},
			{"at": "2030-03-01T12:00:00Z", "actor": "admin", "action": "notification_created",
				"target": null, "job": "j1",
				"source_ip": "192.0.2.1", "result": "ok"}
			MORE
		],
		"next_cursor": NEXT
	}`
	anotherEntry = `,
		{"at": "2030-02-%02dT12:00:00Z", "actor": "ada%d", "action": "signed_in",
			"target": null, "job": null, "source_ip": "192.0.2.1", "result": "ok"}`
	sentLink = `{
		"username": "ada@example.test",
		"kind": "resend",
		"job": null,
		"notification": null,
		"device": "SMS Phone",
		"channel": "sms",
		"state": "queued",
		"reason": null,
		"at": "2030-03-02T12:00:00Z",
		"attempts": 0
	}`
	allMappings = `{
		"items": [{
			"id": "0123456789abcdef0123456789abcdef",
			"header": [
				"Kennung",
				"Vorname <img src=x onerror=alert(1)>",
				"Work Email",
				"Schuhgröße"
			],
			"columns": {
				"Kennung": "User",
				"Vorname <img src=x onerror=alert(1)>": "First Name",
				"Schuhgröße": null
			},
			"job": "j1",
			"mapped_at": "2030-03-02T12:00:00Z",
			"mapped_by": "ada@example.test"
		}],
		"next_cursor": null
	}`
	allSettings = `{
		"company": "Example & Sons",
		"sender": "Example <no-reply@example.test>",
		"reply_to": null,
		"support_contact": "help@example.test",
		"base_url": "https://latchkey.example.test",
		"app_url": null,
		"language": "en",
		"languages": [{"tag": "en", "name": "English"}, {"tag": "de", "name": "German"}],
		"time_zone": "UTC",
		"devices": [
			{"name": "Work Email", "channel": "email", "default": true},
			{"name": "Home Email", "channel": "email", "default": true},
			{"name": "SMS Phone", "channel": "sms", "default": true},
			{"name": "Work Phone", "channel": "voice", "default": false}
		],
		"custom_fields": ["Cost Center"],
		"limits": {
			"link_lifetime": "72h",
			"link_lifetime_minimum": "10m",
			"link_lifetime_maximum": "720h",
			"reset_lifetime": "1h",
			"code_lifetime": "10m",
			"session_lifetime": "12h",
			"password_minimum": 15,
			"password_maximum": 128,
			"forgot_per_hour": 5,
			"renew_gap": "5m",
			"file_bytes": 1000000000,
			"file_rows": 5000000,
			"row_bytes": 65536
		},
		"email": {
			"max_24_hour_send": 50000,
			"sent_last_24_hours": 1234,
			"max_send_rate": 14,
			"production": false,
			"sending_enabled": true
		},
		"email_note": null,
		"sms": {"countries": [], "max_segments": 3}
	}`
)

// administrators answers what only administrators are told, and takes what they do.
func (f *fakeAPI) administrators(r *http.Request) (status int, body string) {
	if cookie, err := r.Cookie("session"); err != nil || cookie.Value == "over" {
		return http.StatusUnauthorized, problem("unauthenticated", "")
	} else if cookie.Value != "admin" {
		return http.StatusForbidden, problem("forbidden", "")
	}

	name, act, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/api/users/"), "/")
	switch {
	case r.URL.Path == "/api/users":
		return http.StatusOK, pageOf(listedUsers, anotherUser, r.URL.Query(), "q", "ada")
	case r.URL.Path == "/api/audit":
		return http.StatusOK, pageOf(listedEntries, anotherEntry, r.URL.Query(), "username", "adam")
	case r.URL.Path == "/api/settings":
		return http.StatusOK, allSettings
	case r.URL.Path == "/api/mappings":
		return http.StatusOK, allMappings
	case r.URL.Path == "/api/mappings/0123456789abcdef0123456789abcdef":
		return http.StatusNoContent, ""
	case name == "nobody":
		return http.StatusNotFound, problem("user_not_found", "")
	case act == "notifications" && name == "adele":
		return http.StatusConflict, problem("user_inactive", "")
	case act == "notifications":
		return http.StatusAccepted, sentLink
	case act != "":
		f.over[name+"/"+act] = "done"
		return http.StatusNoContent, ""
	default:
		locked := `"2030-03-02T12:15:00Z"`
		if f.over[name+"/unlock"] != "" {
			locked = "null"
		}

		mark := "undeliverable"
		reason := `"hard_bounce"`
		if f.over[name+"/devices/Work Email/clear"] != "" {
			mark = "ok"
			reason = "null"
		}

		return http.StatusOK, strings.NewReplacer(
			"NAME", name,
			"LOCKED", locked,
			"MARK", mark,
			"REASON", reason,
		).Replace(oneUser)
	}
}

// pageOf gives the first page of a list, then the second and last, or an empty one for
// what isn't found.
func pageOf(list, another string, query url.Values, filter, found string) string {
	if by := query.Get(filter); by != "" && !strings.HasPrefix(found, by) {
		return `{"items":[],"next_cursor":null}`
	}

	next := `"next"`
	if query.Get("cursor") != "" {
		next = "null"
		list = strings.ReplaceAll(list, `"ad`, `"zo`)
	}

	var more string
	for n := 27; n > 17; n-- {
		more += fmt.Sprintf(another, n, n)
	}

	return strings.NewReplacer("NEXT", next, "MORE", more).Replace(list)
}
