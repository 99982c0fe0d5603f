package clock_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"latchkey/shared/clock"
)

// at is 2026-03-01 12:00:00.0059 UTC.
var at = time.Date(2026, 3, 1, 12, 0, 0, 5_900_000, time.UTC)

func TestATimeIsANumberInTablesAndMessages(t *testing.T) {
	for _, test := range []struct {
		name string
		time any
		want string
	}{
		{"a moment", clock.Of(at), "1772366400005"},
		{"a moment later", clock.Of(at).Add(1500 * time.Millisecond), "1772366401505"},
		{"its second", clock.SecondOf(at), "1772366400"},
		{"the second after it", clock.SecondAfter(at), "1772366401"},
		{"a span", clock.SpanOf(90*time.Minute + time.Millisecond), "5400"},
	} {
		t.Run(test.name, func(t *testing.T) {
			stored, err := attributevalue.Marshal(test.time)
			number, ok := stored.(*types.AttributeValueMemberN)
			if err != nil || !ok || number.Value != test.want {
				t.Errorf("stored is %+v, %v", stored, err)
			}

			sent, err := json.Marshal(test.time)
			if err != nil || string(sent) != test.want {
				t.Errorf("sent is %s, %v", sent, err)
			}
		})
	}
}

func TestNoTimeIsLeftOut(t *testing.T) {
	stored, err := attributevalue.MarshalMap(struct {
		At       clock.Millis  `dynamodbav:"at,omitempty"`
		DeleteAt clock.Seconds `dynamodbav:"delete_at,omitempty"`
		Lifetime clock.Span    `dynamodbav:"lifetime,omitempty"`
	}{})
	if err != nil || len(stored) != 0 {
		t.Errorf("got %+v, %v", stored, err)
	}
}

func TestANumberIsATimeAgain(t *testing.T) {
	if got := clock.Of(at).Time(); !got.Equal(at.Truncate(time.Millisecond)) {
		t.Errorf("the moment is %s", got)
	}
	if got := clock.Span(5400).Duration(); got != 90*time.Minute {
		t.Errorf("the span is %s", got)
	}
}
