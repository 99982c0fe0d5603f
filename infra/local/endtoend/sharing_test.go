package endtoend

import (
	"slices"
	"testing"
)

func TestUsersOfOneMailboxTellTheirMessagesApart(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	j := c.processed(
		object{},
		"User,First Name,Work Email\n"+
			"sharing1,Ada,sharing@example.com\n"+
			"sharing2,Bob,Sharing@Example.com\n"+
			"sharing3,Cem,sharing3@example.com\n",
	)
	c.notify(j, object{}) // the built-in text, and then an administrator's
	c.notify(j, object{"subject": "Welcome", "body": "{{link}}", "sms": "{{link}}"})

	subjects := func(to string) (all []string) {
		for _, m := range c.messages(to) {
			all = append(all, m.Subject)
		}
		slices.Sort(all)
		return all
	}

	own := subjects("sharing3@example.com")
	if len(own) != 2 || own[0] != "Welcome" {
		t.Fatalf("one's own address has the subjects %q", own)
	}

	var want []string
	for _, name := range []string{" (sharing1)", " (sharing2)"} {
		want = append(want, own[0]+name, own[1]+name)
	}
	slices.Sort(want)
	if got := subjects("sharing@example.com"); !slices.Equal(got, want) {
		t.Errorf("a shared address has the subjects %q", got)
	}
}
