package endtoend

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"latchkey/infra/local/host"
)

// mostKills is how many of a function's processes may be killed with work in hand. An
// event of S3 is tried three times and a message given out five times: more than that
// would test the dead-letter queues. Of process and deliver each costs a lease of 20 or
// 30 s.
var mostKills = map[string]int{
	"upload":   2,
	"process":  2,
	"renotify": 3,
	"walk":     3,
	"deliver":  5,
	"jobs":     20,
}

// killer kills processes of functions.
type killer struct {
	client
	kills map[string]int // of processes that had work in hand, by function
	err   error
}

// run kills a process now and then until the context ends: one with work in hand, if
// there is one that may be killed, else any.
func (k *killer) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(300*time.Millisecond + rand.N(900*time.Millisecond)):
		}

		functions, err := k.functions()
		if err != nil {
			k.err = err
			return
		}

		busy, rest := map[string][]int{}, []int{}
		for _, f := range functions {
			for _, i := range f.Instances {
				switch {
				case i.State != "busy":
					rest = append(rest, i.PID)
				case k.kills[f.Name] < mostKills[f.Name]:
					busy[f.Name] = append(busy[f.Name], i.PID)
				}
			}
		}
		// A function is drawn first: there may be many processes of one.
		for name, pids := range busy {
			if k.shoot(pids) {
				k.kills[name]++
			}
			break
		}

		if len(busy) == 0 {
			k.shoot(rest)
		}
	}
}

// shoot kills one of the processes, and reports whether it did.
func (k *killer) shoot(pids []int) bool {
	return len(pids) > 0 && syscall.Kill(pids[rand.IntN(len(pids))], syscall.SIGKILL) == nil
}

func TestKilledProcessesLoseNobody(t *testing.T) {
	t.Parallel()

	const (
		rows  = 3000
		batch = 100 // messages, which a process of deliver has in hand
	)

	h := start(t, host.Options{
		Environment: map[string]string{"LATCHKEY_SES_RATE": "0"},
		Logs:        logs + "killed",
		MostHidden:  20 * time.Second,
	})
	c := firstAdministrator(t, h)
	c.Tries = 20

	var file strings.Builder
	file.WriteString("User,First Name,Work Email,SMS Phone\n")

	for n := range rows {
		if n%50 == 0 {
			fmt.Fprintf(&file, "many%04d,Sam,,+1 650 254 %04[1]d\n", n)
		} else {
			fmt.Fprintf(&file, "many%04d,Sam,many%04[1]d@example.com,\n", n)
		}
	}

	k := &killer{client: caller(t, h.URL), kills: map[string]int{}}
	killing, stop := context.WithCancel(t.Context())

	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		k.run(killing)
	}()

	j := c.with("Idempotency-Key", "the file").processed(object{}, file.String())
	c.with("Idempotency-Key", "the notification").
		call("POST", j.Path()+"/notifications", object{}).want(http.StatusAccepted, "")
	n := c.sent(j, 1)

	stop()
	<-stopped
	t.Logf("killed %v", k.kills)

	if k.err != nil {
		t.Fatal(k.err)
	}

	for _, name := range []string{"process", "deliver"} {
		if k.kills[name] == 0 {
			t.Errorf("no process of %s was killed: this run shows nothing", name)
		}
	}

	t.Run("a preview for so many is an estimate", func(t *testing.T) {
		var p preview
		c.in(t).call("POST", j.Path()+"/notifications/preview", object{}).
			want(http.StatusOK, "").into(&p)
		if !p.Audience.Estimated || p.Audience.Size != rows {
			t.Errorf("got %+v", p.Audience)
		}
	})
	t.Run("rows and users add up, and each user is there once", func(t *testing.T) {
		c := c.in(t)

		j := get[job](c, j.Path())
		if r := j.Rows; r.Total != rows || r.Valid != rows || r.Processed != rows ||
			r.Added != rows ||
			r.Failed != 0 {
			t.Errorf("got %+v", r)
		}

		if u := j.Users; u.Total != rows || u.Pending != rows || j.Notifications != 1 {
			t.Errorf("got %+v", j)
		}

		seen := map[string]bool{}
		for _, m := range all[member](c, j.Path()+"/members?limit=200") {
			if seen[m.Username] || m.Outcome != "added" || m.State != "pending" {
				t.Errorf("got %+v", m)
			}
			seen[m.Username] = true
		}

		if len(seen) != rows {
			t.Errorf("%d members", len(seen))
		}
	})
	t.Run("the notification's counts add up to its audience", func(t *testing.T) {
		if n.Counts.Audience != rows || n.Counts.Out() != rows {
			t.Errorf("got %+v", n.Counts)
		}
	})
	t.Run("everybody got a message, few got it again, and the last link works", func(t *testing.T) {
		c := c.in(t)
		sent := map[string][]message{}

		total := 0
		for _, m := range c.messages("") {
			if m.To != "first@example.com" {
				sent[m.To] = append(sent[m.To], m)
				total++
			}
		}

		if len(sent) != rows {
			t.Errorf("%d users got a message", len(sent))
		}

		twice := total - len(sent)
		t.Logf("%d messages were sent twice", twice)

		if most := k.kills["deliver"] * batch; twice > most {
			t.Errorf(
				"%d messages were sent twice, for %d kills at most %d may be",
				twice,
				k.kills["deliver"],
				most,
			)
		}

		addresses := slices.SortedFunc(maps.Keys(sent), func(a, b string) int {
			return len(sent[b]) - len(sent[a])
		})
		for _, to := range addresses[:20] {
			if got := c.check(linkOf(t, sent[to][len(sent[to])-1])); got.State != "valid" {
				t.Errorf("the last of %d links is %s", len(sent[to]), got.State)
			}
		}
	})
}
