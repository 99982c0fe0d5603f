package ses

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"golang.org/x/time/rate"
)

func TestSESTakesNoMoreThanTheQuotaInADay(t *testing.T) {
	ses, err := Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(ses.Stop)
	gate := newGate(ses.Endpoint, newLog(t), 0)
	gate.Quota, gate.Sandbox = 3, true
	gate.Identities = append(gate.Identities, "example.com")
	gate.asked.SetLimit(rate.Inf)
	client := clientOf(t, gate)
	counted := func(want float64) {
		t.Helper()

		account, err := client.GetAccount(t.Context(), &sesv2.GetAccountInput{})
		if err != nil {
			t.Fatal(err)
		}

		if q := account.SendQuota; q.Max24HourSend != 3 || q.SentLast24Hours != want ||
			account.ProductionAccessEnabled {
			t.Errorf(
				"SES tells %+v and production %t, want %v sent of 3, and the sandbox",
				q,
				account.ProductionAccessEnabled,
				want,
			)
		}
	}
	counted(0)

	for range 2 {
		if err := send(t.Context(), client, "ada@example.com"); err != nil {
			t.Fatal(err)
		}
	}

	var tooMany *types.TooManyRequestsException

	err = send(t.Context(), client, "bob@example.com", "cleo@example.com")
	if !errors.As(err, &tooMany) {
		t.Errorf("a message to two where one has room got %v", err)
	}

	counted(2)

	if err := send(t.Context(), client, "bob@example.com"); err != nil {
		t.Fatal(err)
	}

	counted(3)

	refused := func() {
		t.Helper()

		var tooMany *types.TooManyRequestsException
		err := send(t.Context(), client, "ada@example.com")
		if !errors.As(err, &tooMany) ||
			!strings.Contains(tooMany.ErrorMessage(), "Daily message quota exceeded.") {
			t.Errorf("got %v", err)
		}
	}
	refused()
	gate.Clock.Forward(time.Now().Add(23 * time.Hour))
	refused()
	gate.Clock.Forward(time.Now()) // it never goes back
	gate.Clock.Forward(time.Now().Add(24*time.Hour + 2*time.Minute))
	counted(0)

	if err := send(t.Context(), client, "ada@example.com"); err != nil {
		t.Error(err)
	}

	counted(1)
}

func TestTheWindow(t *testing.T) {
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

	var w window
	for n := range 3000 { // a message a minute for two days
		if got := w.take(1, 0, noon.Add(time.Duration(n)*time.Minute)); got != 1 {
			t.Fatalf("without a limit %d of 1 were taken", got)
		}
	}

	now := noon.Add(2999 * time.Minute)
	if got := w.count(now); got != 24*60+1 || len(w.minutes) != got {
		t.Errorf("%d in %d minutes", got, len(w.minutes))
	}

	if got := w.take(5, 24*60+3, now); got != 2 {
		t.Errorf("%d were taken where there was room for 2", got)
	}

	w.giveBack(2)

	if got := w.count(now.Add(24*time.Hour + time.Minute)); got != 0 {
		t.Errorf("%d are left after a day", got)
	}

	w.giveBack(1) // of nothing

	if got := w.count(now); got != 0 {
		t.Errorf("%d are there", got)
	}
}
