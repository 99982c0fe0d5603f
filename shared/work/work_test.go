package work

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"context"

	"github.com/aws/aws-lambda-go/events"
)

func TestEachMessageIsReadAsItWasSent(t *testing.T) {
	for name, of := range kinds {
		t.Run(name, func(t *testing.T) {
			sent := reflect.New(of)
			fill(sent.Elem())
			m := sent.Elem().Interface().(Message)

			text, err := Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Decode(text)
			if err != nil || !reflect.DeepEqual(got, m) {
				t.Errorf("got %+v, %v; want %+v", got, err, m)
			}
			if !strings.HasPrefix(text, `{"kind":"`+name+`",`) {
				t.Errorf("it is %s", text)
			}
			if m.Queue() == "" {
				t.Error("it is for no queue")
			}
		})
	}
}

// fill sets each text and number of a struct, so that one that isn't sent is missed.
func fill(v reflect.Value) {
	for i := range v.NumField() {
		switch field := v.Field(i); {
		case !field.CanSet():
		case field.Kind() == reflect.String:
			field.SetString("text")
		case field.CanInt():
			field.SetInt(int64(i + 1))
		case field.Kind() == reflect.Bool:
			field.SetBool(true)
		case field.Kind() == reflect.Struct:
			fill(field)
		}
	}
}

func TestTextThatIsNoMessageIsRefused(t *testing.T) {
	for _, text := range []string{
		"", "null", "[]", "{}", `{"kind":"chunk"}`, `{"kind":"nothing","message":{}}`,
		`{"kind":"cut","message":{"shard":"one"}}`, `{"kind":"cut","message":[]}`,
	} {
		if got, err := Decode(text); !errors.Is(err, ErrUnknown) {
			t.Errorf("%s is read as %+v, %v", text, got, err)
		}
	}
	if _, err := Encode(nil); !errors.Is(err, ErrUnknown) {
		t.Errorf("nothing is sent as a message: %v", err)
	}
}

func TestAReachThatSomebodyWaitsForIsUrgent(t *testing.T) {
	if got := (CheckReach{Waiting: true}).Queue(); got != Urgent {
		t.Errorf("it is for %s", got)
	}
	if got := (CheckReach{}).Queue(); got != Bulk {
		t.Errorf("the other is for %s", got)
	}
}

func TestWhatFailsAloneComesBack(t *testing.T) {
	good, err := Encode(StartJob{JobID: "j1"})
	if err != nil {
		t.Fatal(err)
	}
	record := func(id, body string) events.SQSMessage {
		return events.SQSMessage{
			MessageId:  id,
			Body:       body,
			Attributes: map[string]string{"ApproximateReceiveCount": "3"},
		}
	}
	event := events.SQSEvent{Records: []events.SQSMessage{
		record("good", good), record("nonsense", "{}"), record("refused", good),
	}}

	var taken []Received
	got := Take(t.Context(), event, func(_ context.Context, r Received) error {
		taken = append(taken, r)
		if r.Owner == "refused" {
			return errors.New("refused")
		}
		return nil
	})

	failed, _ := json.Marshal(got)
	want := `{"batchItemFailures":[{"itemIdentifier":"nonsense"},{"itemIdentifier":"refused"}]}`
	if string(failed) != want {
		t.Errorf("failed are %s", failed)
	}
	if len(taken) != 2 || taken[0] != (Received{StartJob{JobID: "j1"}, "good", 3}) {
		t.Errorf("taken are %+v", taken)
	}
	none, _ := json.Marshal(Take(t.Context(), events.SQSEvent{}, nil))
	if string(none) != `{"batchItemFailures":[]}` {
		t.Errorf("none are %s", none)
	}
}
