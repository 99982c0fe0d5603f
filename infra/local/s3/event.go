package s3

import (
	"fmt"
	"net/url"
	"strings"
	"time"

	"latchkey/infra/local/engine"
)

// Created is what S3 tells of an object that was put.
type Created struct {
	Name    string // of the event: "ObjectCreated:Put" or "ObjectCreated:CompleteMultipartUpload"
	Bucket  string
	Key     string // decoded
	Size    int64  // bytes
	ETag    string // without quotes
	Version string
	At      time.Time
}

// Event returns what a function is invoked with when an object was put
// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html).
func (c Created) Event() any {
	// S3 encodes keys as a form does, but for the slashes.
	key := strings.ReplaceAll(url.QueryEscape(c.Key), "%2F", "/")
	principal := map[string]string{"principalId": engine.Account}
	record := map[string]any{
		"eventVersion":      "2.1",
		"eventSource":       "aws:s3",
		"awsRegion":         engine.Region,
		"eventTime":         c.At.UTC().Format("2006-01-02T15:04:05.000Z"),
		"eventName":         c.Name,
		"userIdentity":      principal,
		"requestParameters": map[string]string{"sourceIPAddress": "127.0.0.1"},
		"responseElements":  map[string]string{"x-amz-request-id": "local", "x-amz-id-2": "local"},
		"s3": map[string]any{
			"s3SchemaVersion": "1.0",
			"configurationId": "uploads",
			"bucket": map[string]any{
				"name":          c.Bucket,
				"ownerIdentity": principal,
				"arn":           "arn:aws:s3:::" + c.Bucket,
			},
			"object": map[string]any{
				"key":       key,
				"size":      c.Size,
				"eTag":      c.ETag,
				"versionId": c.Version,
				"sequencer": fmt.Sprintf("%016X", c.At.UnixNano()),
			},
		},
	}
	return map[string]any{"Records": []any{record}}
}
