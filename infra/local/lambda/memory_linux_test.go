package lambda_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"latchkey/infra/local/lambda"
)

func TestAnInstanceWithMoreMemoryThanItsFunctionIsKilled(t *testing.T) {
	for name, what := range map[string]string{
		"at work":                           "greed for ever",
		"though it gave it back at its end": "greed",
	} {
		t.Run(name, func(t *testing.T) {
			f, crashes := start(t, nil)
			before := ask(t, f, "request-1").PID
			began := time.Now()

			_, err := f.Invoke(t.Context(), "request-2", do(what))
			if !errors.Is(err, lambda.ErrMemory) || time.Since(began) > f.Timeout/2 {
				t.Errorf("got %v after %s", err, time.Since(began))
			}
			if !strings.Contains(crashes.String(), "out of memory") {
				t.Errorf("told of crashes: %q", crashes)
			}
			if ask(t, f, "request-3").PID == before {
				t.Error("the same instance goes on")
			}
		})
	}
}

func TestAFunctionHasTheMemoryThatItAsksFor(t *testing.T) {
	f, _ := start(t, func(s *lambda.Settings) { s.Memory = 512 })
	if _, err := f.Invoke(t.Context(), "request-1", do("greed")); err != nil {
		t.Error(err)
	}
}
