package eventbridge

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

func TestScheduledIsWhatEventBridgeSends(t *testing.T) {
	at := time.Date(2026, 11, 22, 16, 40, 0, 0, time.UTC)

	b, err := json.Marshal(Scheduled("schedule", at))
	if err != nil {
		t.Fatal(err)
	}

	var event events.EventBridgeEvent
	if err := json.Unmarshal(b, &event); err != nil {
		t.Fatal(err)
	}

	if event.DetailType != "Scheduled Event" || event.Source != "aws.events" ||
		!event.Time.Equal(at) ||
		!slices.Equal(
			event.Resources,
			[]string{"arn:aws:events:us-east-1:000000000000:rule/schedule"},
		) {
		t.Errorf("got %s", b)
	}
}

func TestEvery(t *testing.T) {
	for _, test := range []struct {
		name     string
		schedule string
		want     time.Duration
	}{
		{"minutes", "rate(5 minutes)", 5 * time.Minute},
		{"one hour", "rate(1 hour)", time.Hour},
		{"days", "rate(2 days)", 48 * time.Hour},
		{"a cron expression is refused", "cron(0 12 * * ? *)", 0},
		{"no time at all is refused", "rate(0 minutes)", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := Every(test.schedule)
			if got != test.want || (err != nil) != (test.want == 0) {
				t.Errorf("got %s, %v", got, err)
			}
		})
	}
}
