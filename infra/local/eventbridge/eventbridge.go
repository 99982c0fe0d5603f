// Package eventbridge stands in for EventBridge where a rule invokes a function on a
// schedule.
package eventbridge

import (
	"fmt"
	"strings"
	"time"

	"latchkey/infra/local/engine"
)

// Scheduled returns EventBridge's event of a rule at a time.
func Scheduled(rule string, at time.Time) any {
	return map[string]any{
		"version":     "0",
		"id":          engine.NewID(),
		"detail-type": "Scheduled Event",
		"source":      "aws.events",
		"account":     engine.Account,
		"time":        at.UTC().Format(time.RFC3339),
		"region":      engine.Region,
		"resources":   []string{engine.ARN("events", "rule/"+rule)},
		"detail":      map[string]any{},
	}
}

// Every returns the time between two runs of a rule whose schedule is a rate, such as
// "rate(5 minutes)". Cron expressions are refused.
func Every(schedule string) (time.Duration, error) {
	var n int
	var unit string
	if _, err := fmt.Sscanf(schedule, "rate(%d %s", &n, &unit); err == nil && n > 0 {
		switch strings.TrimSuffix(strings.TrimSuffix(unit, ")"), "s") {
		case "minute":
			return time.Duration(n) * time.Minute, nil
		case "hour":
			return time.Duration(n) * time.Hour, nil
		case "day":
			return time.Duration(n) * 24 * time.Hour, nil
		}
	}

	return 0, fmt.Errorf("read schedule %q: it is not of the form rate(5 minutes)", schedule)
}
