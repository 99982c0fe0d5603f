package enginetest_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	mail "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	queue "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/infra/local/enginetest"
)

func TestTablesOfTwoCallsAreApart(t *testing.T) {
	client, first := enginetest.Tables(t)
	_, second := enginetest.Tables(t)
	table := first("credentials")

	item := map[string]types.AttributeValue{"user_id": &types.AttributeValueMemberS{Value: "ada"}}
	_, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &table, Item: item})
	if err != nil {
		t.Fatal(err)
	}

	for _, test := range []struct {
		name  string
		table string
		items int
	}{
		{"the table that was written to has the item", first("credentials"), 1},
		{"the other call's table has none", second("credentials"), 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := client.GetItem(
				t.Context(),
				&dynamodb.GetItemInput{TableName: &test.table, Key: item},
			)
			if err != nil {
				t.Fatal(err)
			}

			if len(got.Item) != test.items {
				t.Errorf("got %d attributes, want %d", len(got.Item), test.items)
			}
		})
	}
}

func TestATableExpiresAndHasItsIndexes(t *testing.T) {
	client, name := enginetest.Tables(t)
	table := name("deliveries")

	expiry, err := client.DescribeTimeToLive(
		t.Context(),
		&dynamodb.DescribeTimeToLiveInput{TableName: &table},
	)
	if err != nil {
		t.Fatal(err)
	}

	if got := aws.ToString(expiry.TimeToLiveDescription.AttributeName); got != "delete_at" {
		t.Errorf("it expires by %q", got)
	}

	described, err := client.DescribeTable(
		t.Context(),
		&dynamodb.DescribeTableInput{TableName: &table},
	)
	if err != nil {
		t.Fatal(err)
	}

	indexes := described.Table.GlobalSecondaryIndexes
	if len(indexes) != 1 || *indexes[0].IndexName != "by_notification" ||
		indexes[0].Projection.ProjectionType != types.ProjectionTypeKeysOnly {
		t.Errorf("its indexes are %v", indexes)
	}
}

func TestAQueueHasItsVisibilityAndDeadLetterQueue(t *testing.T) {
	client, url := enginetest.Queues(t)
	rows := url("rows")

	got, err := client.GetQueueAttributes(
		t.Context(),
		&sqs.GetQueueAttributesInput{
			QueueUrl:       &rows,
			AttributeNames: []queue.QueueAttributeName{"All"},
		},
	)
	if err != nil {
		t.Fatal(err)
	}

	if visibility := got.Attributes["VisibilityTimeout"]; visibility != "360" {
		t.Errorf("visibility is %s s, want six times the minute of process", visibility)
	}

	if got.Attributes["RedrivePolicy"] == "" || url("rows-dead") == "" {
		t.Errorf("no dead-letter queue: %v", got.Attributes)
	}
}

func TestABucketKeepsVersions(t *testing.T) {
	client, bucket := enginetest.Bucket(t)

	got, err := client.GetBucketVersioning(
		t.Context(),
		&s3.GetBucketVersioningInput{Bucket: &bucket},
	)
	if err != nil {
		t.Fatal(err)
	}

	if got.Status != "Enabled" {
		t.Errorf("versioning is %q", got.Status)
	}
}

func TestMailTellsWhatWasSent(t *testing.T) {
	client, sent := enginetest.Mail(t, time.Now)

	_, err := client.SendEmail(t.Context(), &sesv2.SendEmailInput{
		FromEmailAddress: aws.String("no-reply@northwind.test"),
		Destination:      &mail.Destination{ToAddresses: []string{"ada@example.com"}},
		Content: &mail.EmailContent{Simple: &mail.Message{
			Subject: &mail.Content{Data: aws.String("Welcome")},
			Body:    &mail.Body{Text: &mail.Content{Data: aws.String("Hello")}},
		}},
	})
	if err != nil {
		t.Fatal(err)
	}

	if got := sent(); len(got) != 1 || got[0].To != "ada@example.com" ||
		got[0].Subject != "Welcome" {
		t.Errorf("got %v", got)
	}
}
