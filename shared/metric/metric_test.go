package metric

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

func TestCount(t *testing.T) {
	var out bytes.Buffer

	log := Log{
		Output:   &out,
		Function: "latchkey-prod-upload",
		Now:      func() time.Time { return time.UnixMilli(1700000000000) },
	}
	log.Count(RowsValid, 21)
	log.Count(RowsInvalid, 0)

	const want = `{"FunctionName":"latchkey-prod-upload","RowsValid":21,` +
		`"_aws":{"Timestamp":1700000000000,"CloudWatchMetrics":[{"Namespace":"Latchkey",` +
		`"Dimensions":[["FunctionName"]],` +
		`"Metrics":[{"Name":"RowsValid","Unit":"Count"}]}]}}` + "\n"
	if out.String() != want {
		t.Errorf("got  %swant %s", &out, want)
	}
}

func TestCountNeverFails(t *testing.T) {
	Log{}.Count(PasswordsSet, 1)
	Log{Output: broken{}, Now: time.Now}.Count(PasswordsSet, 1)
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("broken") }
