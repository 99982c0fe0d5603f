package s3_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	local "latchkey/infra/local/s3"
)

func TestObjectIsWhatS3Sends(t *testing.T) {
	got, err := json.Marshal(local.Created{
		Name:    "ObjectCreated:Put",
		Bucket:  "uploads",
		Key:     "uploads/my users+1 ü.csv",
		Size:    42,
		ETag:    "0cc1",
		Version: "v1",
		At:      time.Date(2026, 11, 22, 16, 40, 53, 7_000_000, time.UTC),
	}.Event())
	if err != nil {
		t.Fatal(err)
	}

	want := `{"Records":[{"awsRegion":"us-east-1","eventName":"ObjectCreated:Put",` +
		`"eventSource":"aws:s3","eventTime":"2026-11-22T16:40:53.007Z","eventVersion":"2.1",` +
		`"requestParameters":{"sourceIPAddress":"127.0.0.1"},` +
		`"responseElements":{"x-amz-id-2":"local","x-amz-request-id":"local"},` +
		`"s3":{"bucket":{"arn":"arn:aws:s3:::uploads","name":"uploads",` +
		`"ownerIdentity":{"principalId":"000000000000"}},"configurationId":"uploads",` +
		`"object":{"eTag":"0cc1","key":"uploads/my+users%2B1+%C3%BC.csv",` +
		`"sequencer":"18EA6B8C956B61C0","size":42,"versionId":"v1"},` +
		`"s3SchemaVersion":"1.0"},"userIdentity":{"principalId":"000000000000"}}]}`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}

	var event events.S3Event
	if err := json.Unmarshal(got, &event); err != nil {
		t.Fatal(err)
	}

	if key := event.Records[0].S3.Object.URLDecodedKey; key != "uploads/my users+1 ü.csv" {
		t.Errorf("the key decodes to %q", key)
	}
}
