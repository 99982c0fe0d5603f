package endtoend

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/crypto/argon2"

	"latchkey/infra/local/dynamodb"
	"latchkey/infra/local/host"
	"latchkey/infra/local/s3"
	deliveries "latchkey/shared/delivery"
	"latchkey/shared/lease"
	"latchkey/shared/store"
	"latchkey/shared/work"
)

// take has a function of the shared system take one message of a queue.
func take(t *testing.T, function, kind string, message any) {
	t.Helper()
	body, err := json.Marshal(object{"kind": kind, "message": message})
	if err != nil {
		t.Fatal(err)
	}
	event, err := json.Marshal(object{"Records": []object{{
		"messageId":   "again",
		"body":        string(body),
		"eventSource": "aws:sqs",
		"attributes":  object{"ApproximateReceiveCount": "1"},
	}}})
	if err != nil {
		t.Fatal(err)
	}

	answer, err := shared.Invoke(t.Context(), function, event)
	if err != nil || strings.Contains(string(answer), "itemIdentifier") {
		t.Errorf("%s doesn't take %s: %s, %v", function, body, answer, err)
	}
}

// table returns a table of the shared system.
func table(name string) store.Table {
	return store.Table{DB: dynamodb.Client(shared.Engines.DynamoDB), Name: shared.Tables[name]}
}

func TestAResetThatDiedAfterItsClaimIsSent(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	_, names, tokens := c.invited("died", 1)
	userID, _, _ := strings.Cut(tokens[0], ".")

	past := time.Now().Add(-time.Hour)
	request := work.NewForgot(past, names[0], names[0], "192.0.2.1")
	claimed := deliveries.Delivery{
		UserID:   userID,
		Name:     request.DeliveryName(),
		Key:      names[0],
		Username: names[0],
	}
	held := lease.Lease{Owner: "who died", Until: past}
	_, err := deliveries.Store{Table: table("deliveries")}.Claim(t.Context(), claimed, held, past)
	if err != nil {
		t.Fatal(err)
	}

	take(t, "answer", "forgot", request)
	c.link(mailbox(names[0]), 2)
}

func TestAShardOfALargeNotificationIsCounted(t *testing.T) {
	t.Parallel()
	j, _, _ := administrator(t).invited("counted", 1)
	for shard := range 16 {
		take(t, "walk", "count", work.CountShard{JobID: j.ID, Number: 1, Shard: shard})
	}
}

func TestAFileThatIsGoneIsNoJob(t *testing.T) {
	t.Parallel()
	event, err := json.Marshal(s3.Created{
		Name:    "ObjectCreated:Put",
		Bucket:  shared.Bucket,
		Key:     host.Drops + "gone.csv",
		Size:    20,
		Version: "3HL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY",
		At:      time.Now(),
	}.Event())
	if err != nil {
		t.Fatal(err)
	}

	if _, err := shared.Invoke(t.Context(), "upload", event); err != nil {
		t.Error(err)
	}
	administrator(t).dropped("gone.csv", 0, "")
}

func TestAFileThatIsNoCSVHasNoReport(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	j := c.validated("User,,Site\nnobody,x,y\n")
	c.call("GET", j.Path()+"/files/errors", nil).want(http.StatusNotFound, "not_found")
}

func TestAnOutdatedHashIsReplacedAtSignIn(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	_, names, tokens := c.invited("outdated", 1)
	c.setPassword(tokens[0], password).want(http.StatusNoContent, "")

	const memory, passes, threads, length = 9216, 4, 1, 32 // OWASP's of another year
	salt := []byte("sixteen bytes  .")
	hash := fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s",
		argon2.Version, memory, passes, threads,
		base64.RawStdEncoding.EncodeToString(salt),
		base64.RawStdEncoding.EncodeToString(
			argon2.IDKey([]byte(password), salt, passes, memory, threads, length)))

	userID, _, _ := strings.Cut(tokens[0], ".")
	credentials := table("credentials")
	set := "SET #hash = :hash"
	_, err := credentials.DB.UpdateItem(t.Context(), &awsdynamodb.UpdateItemInput{
		TableName: &credentials.Name,
		Key: map[string]types.AttributeValue{
			"user_id": &types.AttributeValueMemberS{Value: userID},
		},
		UpdateExpression:         &set,
		ExpressionAttributeNames: map[string]string{"#hash": "hash"},
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":hash": &types.AttributeValueMemberS{Value: hash},
		},
	})
	if err != nil {
		t.Fatal(err)
	}

	c.session(names[0], password)
	var kept struct {
		Hash string `dynamodbav:"hash"`
	}
	if err := credentials.Get(t.Context(), store.Key{"user_id": userID}, &kept); err != nil {
		t.Fatal(err)
	}
	if kept.Hash == hash {
		t.Error("it is kept")
	}
	c.session(names[0], password)
}
