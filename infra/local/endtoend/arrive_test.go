package endtoend

import (
	"net/http"
	"strings"
	"testing"
)

func TestALinkAndACodeWorkAsTheyArrive(t *testing.T) {
	c, anyone := administrator(t), anybody(t)
	_, names, tokens := c.invited("arrive", 2)
	first, second := names[0], names[1]

	// One address changes its letter case alone, and the other becomes another one.
	file := "User,Work Email\n" +
		first + "," + strings.ToUpper(mailbox(first)) + "\n" +
		second + ",new." + mailbox(second) + "\n"
	c.processed(object{}, file)
	anyone.setPassword(tokens[0], password).want(http.StatusNoContent, "")
	anyone.setPassword(tokens[1], password).want(http.StatusGone, "link_expired")

	// Their messages go to the address of today, which is told instead of a username.
	anyone.call("POST", "/api/link/renew", object{"token": tokens[1]}).want(http.StatusAccepted, "")
	c.link("new."+mailbox(second), 1)
	anyone.call("POST", "/api/forgot-password", object{"username": " New." + mailbox(second)}).
		want(http.StatusAccepted, "")
	c.link("new."+mailbox(second), 2)
	code := c.code("new." + mailbox(second))

	username := "\ufeff" + strings.ToUpper(second) + "\u00a0\u200b"
	anyone.call("POST", "/api/password", object{
		"username": username,
		"code":     "\t" + strings.ReplaceAll(strings.ToLower(code), "-", " \u2013 ") + ".\u200e",
		"password": otherPassword,
	}).
		want(http.StatusNoContent, "")
	anyone.signIn(username, otherPassword).want(http.StatusOK, "")
}
