package work

import (
	"errors"
	"reflect"
	"strings"
	"testing"
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

func TestATextMayHaveWhatSQSRefuses(t *testing.T) {
	sent := Forgot{Typed: "a\ufffe\uffff\x00b"}
	text, err := Encode(sent)
	if err != nil || strings.ContainsAny(text, "\ufffe\uffff\x00") {
		t.Errorf("it is %q, %v", text, err)
	}
	if got, err := Decode(text); err != nil || got != sent {
		t.Errorf("got %+v, %v", got, err)
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
		case field.Kind() == reflect.Slice && field.Type().Elem().Kind() == reflect.Struct:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
			fill(field.Index(0))
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
