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
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/infra/local/dynamodb"
	"latchkey/infra/local/engine"
	"latchkey/infra/local/inbox"
	"latchkey/infra/local/s3"
	"latchkey/infra/local/ses"
	"latchkey/infra/local/sqs"
	"latchkey/shared/topology"
)

// Each returns the endpoint of an engine, which it starts at its first call.
var (
	startDynamoDB = sync.OnceValues(func() (string, error) {
		if endpoint := os.Getenv(dynamodb.EndpointVariable); endpoint != "" {
			return endpoint, nil
		}
		return endpoint(dynamodb.Start(context.Background()))
	})
	startSQS = sync.OnceValues(func() (string, error) {
		return endpoint(sqs.Start(context.Background()))
	})
	startSES = sync.OnceValues(func() (string, error) {
		return endpoint(ses.Start(context.Background()))
	})
	startS3 = sync.OnceValues(func() (string, error) {
		return endpoint(s3.Start(s3.Account, s3.Closed, func(s3.Created) {}))
	})
)

// Tables returns DynamoDB, and a function that creates a table of the topology when it is
// first asked for its name, which is the test's own. The tables are deleted when the test
// ends.
func Tables(t testing.TB) (client *awsdynamodb.Client, name func(table string) string) {
	t.Helper()
	client = dynamodb.Client(started(t, startDynamoDB))
	named := names()

	var mu sync.Mutex
	made := map[string]bool{}
	return client, func(table string) string {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()

		if !made[table] {
			createTable(t, client, table, named(table))
			made[table] = true
		}
		return named(table)
	}
}

// createTable creates a table of the topology, and deletes it when the test ends.
func createTable(t testing.TB, client *awsdynamodb.Client, table, named string) {
	t.Helper()
	isIt := func(of topology.Table) bool { return of.Name == table }
	i := slices.IndexFunc(topology.Latchkey.Tables, isIt)
	if i < 0 {
		t.Fatalf("the topology has no table %s", table)
	}

	err := dynamodb.CreateTables(t.Context(), client, topology.Latchkey.Tables[i:i+1],
		func(string) string { return named })
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() {
		_, err := client.DeleteTable(context.Background(), &awsdynamodb.DeleteTableInput{
			TableName: &named,
		})
		if err != nil {
			t.Errorf("delete table: %v", err)
		}
	})
}

// Queues creates the topology's queues, with their dead-letter queues ("rows-dead"). The
// function returns the URL of a queue by the topology's name.
func Queues(t testing.TB) (client *awssqs.Client, url func(queue string) string) {
	t.Helper()
	client = sqs.Client(started(t, startSQS))
	urls, err := sqs.CreateQueues(t.Context(), client, topology.Latchkey, names())
	if err != nil {
		t.Fatal(err)
	}
	return client, func(queue string) string { return urls[queue] }
}

// Bucket creates a bucket with versions. Nobody is told of its objects.
func Bucket(t testing.TB) (client *awss3.Client, bucket string) {
	t.Helper()
	client = s3.Client(started(t, startS3))
	bucket = names()("bucket")
	if err := s3.CreateBucket(t.Context(), client, bucket); err != nil {
		t.Fatal(err)
	}
	return client, bucket
}

// Message is an email that was sent.
type Message = inbox.Message

// What the accounts of Mail have: one verified domain, and one configuration set.
const (
	MailDomain       = "northwind.test"
	ConfigurationSet = "configuration_set"
)

// Mail returns a client of an SES whose account is the test's own, without a limit of its
// rate, and which goes by the test's clock. The function returns what was sent so far,
// oldest first.
func Mail(t testing.TB, now func() time.Time) (client *sesv2.Client, sent func() []Message) {
	t.Helper()
	log, err := inbox.NewLog()
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(func() { _ = log.Close() })

	gate := ses.NewGate(started(t, startSES), log, 0)
	gate.Clock.Base = now
	gate.Identities = []string{MailDomain}
	gate.ConfigurationSets = []string{ConfigurationSet}
	server := httptest.NewServer(gate)
	t.Cleanup(server.Close)
	return ses.Client(server.URL), func() []Message {
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
