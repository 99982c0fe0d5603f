// Package enginetest provides tests with the local engines.
//
// DynamoDB, SQS, SES and S3 start at their first use, once per test process, and end with
// the process at the latest. Every call returns tables, queues or a bucket of its own, so
// that tests may run in parallel. A test that can't get its engine fails, and says what
// to install.
package enginetest

import (
	"context"
	"crypto/rand"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/outbox"
	"latchkey/shared/topology"
)

// Each returns the endpoint of an engine, which it starts at its first call.
var (
	startDynamoDB = sync.OnceValues(func() (string, error) {
		if endpoint := os.Getenv(engine.DynamoDBVariable); endpoint != "" {
			return endpoint, nil
		}
		return endpoint(engine.DynamoDB(context.Background()))
	})
	startSQS = sync.OnceValues(func() (string, error) {
		return endpoint(engine.SQS(context.Background()))
	})
	startSES = sync.OnceValues(func() (string, error) {
		return endpoint(engine.SES(context.Background()))
	})
	startS3 = sync.OnceValues(func() (string, error) {
		return endpoint(engine.S3(func(engine.Created) {}))
	})
)

// Tables creates the topology's tables under names of their own. They are deleted when
// the test ends. The function returns the name of a table by the topology's.
func Tables(t testing.TB) (client *dynamodb.Client, name func(table string) string) {
	t.Helper()
	client = engine.DynamoDBClient(started(t, startDynamoDB))
	name = names()
	err := engine.CreateTables(t.Context(), client, topology.Latchkey.Tables, name)
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		for _, table := range topology.Latchkey.Tables {
			deleted := name(table.Name)
			_, err := client.DeleteTable(context.Background(), &dynamodb.DeleteTableInput{
				TableName: &deleted,
			})
			if err != nil {
				t.Errorf("delete table: %v", err)
			}
		}
	})
	return client, name
}

// Queues creates the topology's queues, with their dead-letter queues ("rows-dead"). The
// function returns the URL of a queue by the topology's name.
func Queues(t testing.TB) (client *sqs.Client, url func(queue string) string) {
	t.Helper()
	client = engine.SQSClient(started(t, startSQS))
	urls, err := engine.CreateQueues(t.Context(), client, topology.Latchkey, names())
	if err != nil {
		t.Fatal(err)
	}
	return client, func(queue string) string { return urls[queue] }
}

// Bucket creates a bucket with versions. Nobody is told of its objects.
func Bucket(t testing.TB) (client *s3.Client, bucket string) {
	t.Helper()
	client = engine.S3Client(started(t, startS3))
	bucket = names()("bucket")
	if err := engine.CreateBucket(t.Context(), client, bucket); err != nil {
		t.Fatal(err)
	}
	return client, bucket
}

// Message is an email that was sent.
type Message = outbox.Message

// Mail returns a client of an SES whose account is the test's own, without a limit of its
// rate. The function returns what was sent so far, oldest first.
func Mail(t testing.TB) (client *sesv2.Client, sent func() []Message) {
	t.Helper()
	log, err := outbox.NewLog()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })

	gate := httptest.NewServer(outbox.NewSES(started(t, startSES), log, 0))
	t.Cleanup(gate.Close)
	return engine.SESClient(gate.URL), func() []Message {
		t.Helper()
		messages, _, err := log.Page("", 0, log.Count(""))
		if err != nil {
			t.Fatal(err)
		}
		return messages
	}
}

// started returns the endpoint of an engine. The test fails if it doesn't start.
func started(t testing.TB, start func() (string, error)) string {
	t.Helper()
	endpoint, err := start()
	if err != nil {
		t.Fatal(err)
	}
	return endpoint
}

// names returns a function that makes names which no other call makes, fit for tables,
// queues and buckets.
func names() func(of string) string {
	prefix := "t" + strings.ToLower(rand.Text()[:10]) + "-"
	return func(of string) string { return prefix + of }
}

func endpoint(e *engine.Engine, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return e.Endpoint, nil
}
