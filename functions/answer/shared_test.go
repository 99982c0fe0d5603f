package main

import (
	"fmt"
	"strings"
	"testing"

	"latchkey/shared/directory"
	"latchkey/shared/job"
	"latchkey/shared/user"
	"latchkey/shared/work"
)

// hold adds a user as process does, so that they are found by their addresses.
func (w *world) hold(name string, fields map[string]string) {
	w.T.Helper()
	w.Directory.Devices = w.Reach.Devices
	p := user.Profile{ID: "id-" + name, Key: name, Username: name, Fields: fields}
	w.Must(w.Directory.Hold(w.T.Context(), p))
	w.Add(name, fields)
}

func TestAnUrgentSubjectNamesTheUserWhereAnAddressIsShared(t *testing.T) {
	w := newWorld(t)
	w.hold("ada", map[string]string{
		"Work Email": "office@example.com",
		"Home Email": "ada@example.com",
		"SMS Phone":  "+16502530000",
	})
	w.hold("bob", map[string]string{
		"Work Email": "bob@example.com",
		"Home Email": "Office@Example.com",
		"SMS Phone":  "+16502530000",
	})
	w.Must(w.Directory.Write(t.Context(), user.Profile{
		ID:       "id-named",
		Key:      "named@example.com",
		Username: "named@example.com",
		Fields:   map[string]string{"Work Email": "Named@example.com"},
	}, nil, "j1#named"))
	w.hold("eve", map[string]string{"Work Email": "named@example.com"})
	w.Succeed(forgot("1", "ada"))
	w.Succeed(forgot("2", "named@example.com"))
	w.Succeed(forgot("3", "eve"))
	w.Succeed(w.passwordSet("bob"))
	w.Change("bob", "Work Email", "")
	w.Succeed(work.Resend{ID: "resend#1", Key: "bob", UserID: "id-bob"})

	named := map[string]string{}
	for _, m := range w.Mail() {
		_, name, _ := strings.Cut(m.Subject, " (")
		named[m.To] = name
	}
	got := fmt.Sprint(named)
	const want = "map[Named@example.com: Office@Example.com:BOB) ada@example.com:" +
		" bob@example.com: named@example.com:EVE) office@example.com:ADA)]"
	if got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestWhatIsSentToNobodyInParticularLooksForNoOtherUser(t *testing.T) {
	w := reporting(t, job.Rejected)
	w.hold("bob", map[string]string{"Work Email": "office@example.com"})
	w.hold("cem", map[string]string{"Work Email": "office@example.com"})
	_, together, err := w.holders(t.Context(), "office@example.com")
	w.Must(err)
	w.recipients.Directory = directory.Store{} // any use of which ends the test

	w.Must(w.sendReport(t.Context(), asked(work.JobRejected, 0), "m0"))
	w.Must(w.forgotTogether(t.Context(), forgot("1", "office@example.com"), "m1", together))
	if len(w.Mail()) != 2 {
		t.Errorf("sent to %v", w.To())
	}
}
