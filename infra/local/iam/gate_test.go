package iam_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/iam"
	"latchkey/infra/policy"
	"latchkey/shared/mailbox"
	"latchkey/shared/topology"
)

// clerk has some of each kind of right.
var clerk = topology.Function{
	Name: "clerk",
	Tables: []topology.TableRight{
		{
			Table: "books",
			Verbs: []topology.Verb{
				topology.GetItem,
				topology.PutItem,
				topology.BatchWriteItem,
				topology.PartiQLInsert,
			},
			Indexes: []string{"by_author"},
			Among:   []string{"by_genre"},
		},
		{
			Table:      "readers",
			Verbs:      []topology.Verb{topology.GetItem, topology.UpdateItem},
			Attributes: []string{"name", "seen"},
		},
	},
	Sends: []string{"letters"},
	Objects: []topology.ObjectRight{{
		Prefix: "in/",
		Verbs:  []topology.ObjectVerb{topology.GetObject, topology.GetObjectVersion},
	}},
	Carriers:     []string{"email", "sms"},
	NeedsCodeKey: true,
}

// desk is a function's way to what it asks for.
type desk struct {
	iam    *iam.IAM
	keys   *iam.Keys
	told   *bytes.Buffer
	status int // that the engine answers
}

// newDesk starts an IAM for clerk, and a function that may do nothing.
func newDesk(t *testing.T) *desk {
	t.Helper()
	functions := []topology.Function{clerk, {Name: "idle"}}
	names := policy.Deployment{
		Table:    func(name string) string { return engine.ARN("dynamodb", "table/"+name) },
		Queue:    func(name string) string { return engine.ARN("sqs", name) },
		Log:      func(name string) string { return engine.ARN("logs", "log-group:"+name+":*") },
		Identity: func(name string) string { return engine.ARN("ses", "identity/"+name) },
		Bucket:   "arn:aws:s3:::papers",
		CodeKey:  engine.ARN("secretsmanager", "secret:key"),
		Topics:   "arn:aws:sns:*:*:*",
		Sender:   mailbox.Mailbox{Local: "desk", Domain: "northwind.test"},

		ConfigurationSet: engine.ARN("ses", "configuration-set/mail"),
	}

	d := &desk{keys: iam.NewKeys(functions), told: &bytes.Buffer{}, status: http.StatusOK}
	policies := map[string][]policy.Statement{}
	for _, f := range functions {
		policies[f.Name] = policy.Of(f, names)
	}
	var err error
	d.iam, err = iam.Start(t.Context(), iam.Options{
		Keys:     d.keys,
		Policies: policies,
		Bucket:   "papers",
		PartitionKey: func(_, index string) string {
			return map[string]string{"": "name", "by_genre": "genre"}[index]
		},
		Open:   func(r *http.Request) bool { return r.Method == http.MethodPut },
		Output: d.told,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.iam.Stop)
	return d
}

// config returns a configuration whose calls of a service pass its gate, signed by a key.
// What the gate lets pass is answered with nothing.
func (d *desk) config(t *testing.T, service string, key iam.Key) aws.Config {
	t.Helper()
	server := httptest.NewServer(d.gate(service))
	t.Cleanup(server.Close)
	config := key.Config()
	config.BaseEndpoint = &server.URL
	config.RetryMaxAttempts = 1
	return config
}

func (d *desk) gate(service string) http.Handler {
	return d.iam.Gate(service, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(d.status)
		_, _ = io.WriteString(w, "{}")
	}))
}

// text returns an attribute's value.
func text(value string) dynamotypes.AttributeValue {
	return &dynamotypes.AttributeValueMemberS{Value: value}
}

type item = map[string]dynamotypes.AttributeValue

// isDenied reports whether an error says that access is denied.
func isDenied(err error) bool {
	var refusal smithy.APIError
	var response *smithyhttp.ResponseError
	if !errors.As(err, &refusal) || !errors.As(err, &response) {
		return false
	}
	status := response.HTTPStatusCode()
	return refusal.ErrorCode() == "AccessDeniedException" && status == http.StatusBadRequest ||
		refusal.ErrorCode() == "AccessDenied" && status == http.StatusForbidden ||
		refusal.ErrorCode() == "AuthorizationError" && status == http.StatusForbidden
}

func TestAFunctionMayDoWhatItsStatementsAllow(t *testing.T) {
	d := newDesk(t)
	key := d.keys.Of("clerk")
	db := dynamodb.NewFromConfig(d.config(t, "dynamodb", key))
	queues := sqs.NewFromConfig(d.config(t, "sqs", key))
	mail := sesv2.NewFromConfig(d.config(t, "ses", key))
	texts := sns.NewFromConfig(d.config(t, "sns", key))
	secrets := secretsmanager.NewFromConfig(d.config(t, "secretsmanager", key))
	objects := s3.NewFromConfig(d.config(t, "s3", key), func(o *s3.Options) {
		o.UsePathStyle = true
	})

	get := func(table, projection string) func(context.Context) error {
		return func(ctx context.Context) error {
			input := &dynamodb.GetItemInput{TableName: &table, Key: item{"name": text("x")}}
			if projection != "" {
				input.ProjectionExpression = &projection
			}
			_, err := db.GetItem(ctx, input)
			return err
		}
	}
	query := func(index *string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := db.Query(ctx, &dynamodb.QueryInput{
				TableName: aws.String("books"), IndexName: index,
				KeyConditionExpression:    aws.String("author = :a"),
				ExpressionAttributeValues: item{":a": text("x")},
			})
			return err
		}
	}
	update := func(expression string, answers dynamotypes.ReturnValue) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
				TableName: aws.String("readers"), Key: item{"name": text("x")},
				UpdateExpression:          &expression,
				ReturnValues:              answers,
				ExpressionAttributeNames:  map[string]string{"#s": "seen"},
				ExpressionAttributeValues: item{":v": text("x")},
			})
			return err
		}
	}
	batch := func(table string) func(context.Context) error {
		return func(ctx context.Context) error {
			put := dynamotypes.WriteRequest{PutRequest: &dynamotypes.PutRequest{Item: item{}}}
			_, err := db.BatchWriteItem(ctx, &dynamodb.BatchWriteItemInput{
				RequestItems: map[string][]dynamotypes.WriteRequest{"books": {put}, table: {put}},
			})
			return err
		}
	}
	transact := func(second dynamotypes.TransactWriteItem) func(context.Context) error {
		return func(ctx context.Context) error {
			put := &dynamotypes.Put{TableName: aws.String("books"), Item: item{}}
			_, err := db.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
				TransactItems: []dynamotypes.TransactWriteItem{{Put: put}, second},
			})
			return err
		}
	}
	execute := func(statement string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := db.BatchExecuteStatement(ctx, &dynamodb.BatchExecuteStatementInput{
				Statements: []dynamotypes.BatchStatementRequest{{Statement: &statement}},
			})
			return err
		}
	}
	send := func(queue string) func(context.Context) error {
		return func(ctx context.Context) error {
			entry := sqstypes.SendMessageBatchRequestEntry{
				Id:          aws.String("1"),
				MessageBody: aws.String("x"),
			}
			_, err := queues.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
				QueueUrl: aws.String("http://127.0.0.1/000000000000/" + queue),
				Entries:  []sqstypes.SendMessageBatchRequestEntry{entry},
			})
			return err
		}
	}
	read := func(key string, version *string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := objects.GetObject(ctx, &s3.GetObjectInput{
				Bucket: aws.String("papers"), Key: &key, VersionId: version,
			})
			return err
		}
	}
	email := func(from, set string) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := mail.SendEmail(ctx, &sesv2.SendEmailInput{
				FromEmailAddress: &from, ConfigurationSetName: &set,
				Content: &sestypes.EmailContent{},
			})
			return err
		}
	}
	publish := func(input sns.PublishInput) func(context.Context) error {
		return func(ctx context.Context) error {
			input.Message = aws.String("x")
			_, err := texts.Publish(ctx, &input)
			return err
		}
	}

	for _, test := range []struct {
		name   string
		call   func(ctx context.Context) error
		denied bool
	}{
		{"an item", get("books", ""), false},
		{"an item of another table", get("loans", ""), true},

		{"an item's attributes by name", get("readers", "seen"), false},
		{"an attribute that it may not see", get("readers", "seen, hash"), true},
		{"a whole item of which it may see a part", get("readers", ""), true},
		{"a change of what it may set", update("SET #s = :v", ""), false},
		{"a change of more", update("SET #s = :v, hash = :v", ""), true},
		{"a change that answers the whole item", update("SET #s = :v", "ALL_NEW"), true},
		{"an index", query(aws.String("by_author")), false},
		{"the table instead of its index", query(nil), true},
		{"another index", query(aws.String("by_title")), true},
		{"a batch", batch("books"), false},
		{"a batch of which one table is another's", batch("loans"), true},
		{"a transaction", transact(dynamotypes.TransactWriteItem{
			Put: &dynamotypes.Put{TableName: aws.String("books"), Item: item{}},
		}), false},
		{"a transaction with a part that it may not do", transact(dynamotypes.TransactWriteItem{
			Delete: &dynamotypes.Delete{TableName: aws.String("books"), Key: item{}},
		}), true},
		{"a transaction that checks", transact(dynamotypes.TransactWriteItem{
			ConditionCheck: &dynamotypes.ConditionCheck{
				TableName: aws.String("books"), Key: item{},
				ConditionExpression: aws.String("attribute_exists(title)"),
			},
		}), true},
		{"a statement that inserts", execute(`INSERT INTO "books" VALUE {'name': 'x'}`), false},
		{"some of an index's partitions",
			execute(`SELECT "name" FROM "books"."by_genre" WHERE "genre" IN [?, ?]`), false},
		{"one of them", execute(`SELECT * FROM "books"."by_genre" WHERE genre = 'x'`), false},
		{"all of them", execute(`SELECT "genre" FROM "books"."by_genre"`), true},
		{"all of them that have a name",
			execute(`SELECT * FROM "books"."by_genre" WHERE "name" = 'x'`), true},
		{"all of them by an alternative",
			execute(`SELECT * FROM "books"."by_genre" WHERE genre = 'x' OR "name" = 'x'`), true},
		{"an item of the table", execute(`SELECT * FROM "books" WHERE "name" = 'x'`), true},
		{"a statement that deletes", execute(`DELETE FROM "books" WHERE name = 'x'`), true},
		{"messages to its queue", send("letters"), false},
		{"messages to another queue", send("parcels"), true},
		{"an object", read("in/1.txt", nil), false},
		{"an object's version", read("in/1.txt", aws.String("2")), false},
		{"an object elsewhere", read("out/1.txt", nil), true},
		{"an email", email("Desk <desk@northwind.test>", "mail"), false},
		{"an email as somebody else", email("chief@northwind.test", "mail"), true},
		{"an email without its configuration set", email("desk@northwind.test", "none"), true},
		{"an SMS", publish(sns.PublishInput{PhoneNumber: aws.String("+1650")}), false},
		{"a message to a topic", publish(sns.PublishInput{
			TopicArn: aws.String("arn:aws:sns:us-east-1:000000000000:news"),
		}), true},
		{"its secret", func(ctx context.Context) error {
			_, err := secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
				SecretId: aws.String("key"),
			})
			return err
		}, false},
		{"another secret", func(ctx context.Context) error {
			_, err := secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{
				SecretId: aws.String("other"),
			})
			return err
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := test.call(t.Context()); isDenied(err) != test.denied {
				t.Errorf("denied is %t: %v", !test.denied, err)
			}
		})
	}

	const allowing = `clerk may not dynamodb:GetItem; it would by {"Effect":"Allow",` +
		`"Action":["dynamodb:GetItem"],` +
		`"Resource":["arn:aws:dynamodb:us-east-1:000000000000:table/loans"]}`
	if !strings.Contains(d.told.String(), allowing) {
		t.Errorf("what would allow it isn't told: %s", d.told)
	}
}

func TestWhoHasNoKeyIsRefused(t *testing.T) {
	d := newDesk(t)
	stolen := d.keys.Of("clerk")
	stolen.Token = "of another session"

	for _, test := range []struct {
		name string
		key  iam.Key
		want string // the error's code
	}{
		{"an unknown key", iam.Key{ID: "AKIDEXAMPLE", Secret: "x"}, "UnrecognizedClientException"},
		{"a key without its token", stolen, "UnrecognizedClientException"},
		{"a key of a function that may do nothing", d.keys.Of("idle"), "AccessDeniedException"},
		{"the account's key", d.keys.Of(""), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			db := dynamodb.NewFromConfig(d.config(t, "dynamodb", test.key))
			_, err := db.GetItem(t.Context(), &dynamodb.GetItemInput{
				TableName: aws.String("books"), Key: item{"name": text("x")},
			})
			var refusal smithy.APIError
			if code := ""; errors.As(err, &refusal) {
				code = refusal.ErrorCode()
				if code != test.want {
					t.Errorf("got %s, want %q", code, test.want)
				}
			} else if test.want != "" {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// ask has the gate of S3 answer a request, and returns the status.
func (d *desk) ask(t *testing.T, method, address string) int {
	t.Helper()
	answer := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), method, address, nil)
	d.gate("s3").ServeHTTP(answer, request)
	return answer.Code
}

func TestAPresignedURLHasTheRightsOfItsSigner(t *testing.T) {
	d := newDesk(t)
	presigned := func(of, key string) string {
		t.Helper()
		client := s3.NewFromConfig(d.config(t, "s3", d.keys.Of(of)), func(o *s3.Options) {
			o.UsePathStyle = true
		})
		input := &s3.GetObjectInput{Bucket: aws.String("papers"), Key: &key}
		signed, err := s3.NewPresignClient(client).PresignGetObject(t.Context(), input)
		if err != nil {
			t.Fatal(err)
		}
		return signed.URL
	}

	for _, test := range []struct {
		name, function, key string
		want                int
	}{
		{"one who may read it", "clerk", "in/1.txt", http.StatusOK},
		{"one who may read others", "clerk", "out/1.txt", http.StatusForbidden},
		{"one who may read nothing", "idle", "in/1.txt", http.StatusForbidden},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := d.ask(t, http.MethodGet, presigned(test.function, test.key))
			if got != test.want {
				t.Errorf("got %d, want %d", got, test.want)
			}
		})
	}

	t.Run("nobody at all", func(t *testing.T) {
		if got := d.ask(t, http.MethodGet, "/papers/in/1.txt"); got != http.StatusForbidden {
			t.Errorf("a read got %d", got)
		}
		if got := d.ask(t, http.MethodPut, "/papers/in/1.txt"); got != http.StatusOK {
			t.Errorf("what is open got %d", got)
		}
	})
	t.Run("one who may not list isn't told that there is no object", func(t *testing.T) {
		d.status = http.StatusNotFound
		got := d.ask(t, http.MethodHead, presigned("clerk", "in/1.txt"))
		if got != http.StatusForbidden {
			t.Errorf("got %d", got)
		}
	})
}

func TestRightsThatNobodyUsesAreListed(t *testing.T) {
	d := newDesk(t)
	unused := func() string {
		var all []string
		for _, right := range d.iam.Unused() {
			all = append(all, right.String())
		}
		return strings.Join(all, "\n")
	}

	const right = "clerk: sqs:SendMessage on arn:aws:sqs:us-east-1:000000000000:letters"
	if !strings.Contains(unused(), right) {
		t.Errorf("before it is used: %s", unused())
	}

	allowed, err := d.iam.Allows(t.Context(), iam.Request{
		Function: "clerk", Action: "sqs:SendMessage", Resource: engine.ARN("sqs", "letters"),
	})
	if err != nil || !allowed {
		t.Fatalf("it is denied: %v", err)
	}
	if strings.Contains(unused(), right) {
		t.Errorf("after it was used: %s", unused())
	}
	if strings.Count(unused(), "identity/") != 1 {
		t.Errorf("a sender has two identities, of which one is enough: %s", unused())
	}
}

func TestAConditionThatNoGateKnowsIsRefused(t *testing.T) {
	statement := policy.Statement{
		Effect:    policy.Allow,
		Action:    []string{"sqs:SendMessage"},
		Resource:  []string{"*"},
		Condition: policy.Condition{"StringEquals": {"aws:SourceVpc": "vpc-1"}},
	}
	_, err := iam.Start(t.Context(), iam.Options{
		Policies: map[string][]policy.Statement{"clerk": {statement}},
	})
	if err == nil || !strings.Contains(err.Error(), "aws:SourceVpc") {
		t.Errorf("got %v", err)
	}
}
