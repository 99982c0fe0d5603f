package host_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	awsdynamodb "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"

	"latchkey/infra/local/client"
	"latchkey/infra/local/engine"
	"latchkey/infra/local/host"
	"latchkey/infra/local/s3"
	"latchkey/infra/local/ses"
	"latchkey/infra/local/sqs"
	"latchkey/shared/topology"
)

// output is a writer that tests may read while the host writes.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// binaries builds the echo function under the name of every function.
func binaries(t *testing.T, system topology.Topology) string {
	t.Helper()
	folder := t.TempDir()

	echo := filepath.Join(folder, "echo")
	build := exec.CommandContext(t.Context(),
		"go", "build", "-tags", "lambda.norpc", "-o", echo, "./testdata/echo")
	if problems, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, problems)
	}

	for _, f := range system.Functions {
		if err := os.Mkdir(filepath.Join(folder, f.Name), 0o755); err != nil {
			t.Fatal(err)
		}

		if err := os.Link(echo, filepath.Join(folder, f.Name, "bootstrap")); err != nil {
			t.Fatal(err)
		}
	}

	return folder
}

func get(t *testing.T, address string) (status int, body string) {
	t.Helper()

	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()

	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}

	return response.StatusCode, string(b)
}

func read(t *testing.T, address string, into any) {
	t.Helper()

	status, body := get(t, address)
	if status != http.StatusOK {
		t.Fatalf("%s: status %d", address, status)
	}

	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatalf("%s: %v", address, err)
	}
}

// functions returns what the host tells of its functions, by name.
func functions(t *testing.T, h *host.Host) map[string]client.Function {
	t.Helper()
	all, err := client.Client{URL: h.URL}.Functions(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	byName := map[string]client.Function{}
	for _, f := range all {
		byName[f.Name] = f
	}
	return byName
}

// eventually waits until the condition holds, for at most a minute.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()

	err := client.Until(ctx, 10*time.Millisecond, func(context.Context) (bool, error) {
		return condition(), nil
	})
	if err != nil {
		t.Fatal(what)
	}
}

func TestHost(t *testing.T) {
	told, drops := &output{}, make(chan string, 1)

	h, err := host.Start(t.Context(), host.Options{
		Environment: map[string]string{
			"COMPANY":               "Initech",
			"LINK_LIFETIME_MINIMUM": "1s",
			"LATCHKEY_SES_RATE":     "0",
		},
		Binaries: binaries(t, topology.Latchkey),
		Logs:     t.TempDir(),
		Output:   told,
		Dropped:  func(key string) { drops <- key },
	})
	if err != nil {
		t.Fatal(err)
	}

	t.Cleanup(h.Stop)

	t.Run(
		"a function has the environment that the topology gives it, and no more",
		func(t *testing.T) {
			var environment []string
			read(t, h.URL+"/api/forgot-password-page", &environment) // of web, by $default

			for _, want := range []string{
				"COMPANY=Initech", "SUPPORT_CONTACT=help@northwind.test",
				"AWS_ENDPOINT_URL_SESV2=" + h.Engines.SES,
			} {
				if !slices.Contains(environment, want) {
					t.Errorf("no %s", want)
				}
			}

			for _, entry := range environment {
				for _, never := range []string{
					"CODE_KEY_SECRET=", "TABLE_", "QUEUE_", "SENDER=", "CONFIGURATION_SET=",
					"GOFLAGS=", "GOPATH=",
				} {
					if strings.HasPrefix(entry, never) {
						t.Errorf("%s is given to a function that doesn't need it", never)
					}
				}
			}
		},
	)
	t.Run("its configuration tells where every engine is", func(t *testing.T) {
		var config map[string]any
		read(t, h.URL+"/_local/config", &config)
		told := slices.Collect(maps.Values(config))
		for variable, endpoint := range h.Engines.Variables() {
			if !slices.ContainsFunc(told, func(value any) bool { return value == endpoint }) {
				t.Errorf("nothing is told for %s", variable)
			}
		}
	})
	t.Run("a function is refused what its role doesn't allow, and it is told", func(t *testing.T) {
		testRights(t, h)
		if !strings.Contains(told.String(), "iam: web may not dynamodb:BatchGetItem") {
			t.Errorf("it isn't told: %s", told)
		}
	})
	t.Run("a crash is a 502, is told, and the next request is answered", func(t *testing.T) {
		if status, _ := get(t, h.URL+"/crash"); status != http.StatusBadGateway {
			t.Errorf("got %d", status)
		}

		eventually(t, "the crash wasn't told", func() bool {
			return strings.Contains(told.String(), "invoke web: instance crashed: signal: killed")
		})

		if status, _ := get(t, h.URL+"/api/health"); status != http.StatusOK {
			t.Errorf("got %d", status)
		}
	})
	t.Run("an object put under uploads/ invokes upload, one elsewhere nothing", func(t *testing.T) {
		client := s3.Client(h.Engines.S3)
		for _, key := range []string{"reports/a.csv", "uploads/a.csv"} {
			_, err := client.PutObject(t.Context(), &awss3.PutObjectInput{
				Bucket: &h.Bucket,
				Key:    &key,
				Body:   strings.NewReader("User\n"),
			})
			if err != nil {
				t.Fatal(err)
			}
		}

		if key := <-drops; key != "uploads/a.csv" {
			t.Errorf("told of %s", key)
		}

		eventually(t, "upload wasn't invoked", func() bool {
			return functions(t, h)["upload"].Invocations == 1
		})
	})
	t.Run("a message in a queue invokes its consumer, and is gone", func(t *testing.T) {
		rows := h.Queues["rows"]
		message := &awssqs.SendMessageInput{QueueUrl: &rows, MessageBody: aws.String("{}")}
		_, err := sqs.Client(h.Engines.SQS).SendMessage(t.Context(), message)
		if err != nil {
			t.Fatal(err)
		}

		eventually(t, "process wasn't invoked", func() bool {
			f := functions(t, h)["process"]
			return f.Invocations == 1 && f.QueueDepth == 0
		})
	})
	t.Run("what becomes of an email invokes feedback", func(t *testing.T) {
		_, err := ses.Client(h.Engines.SES).SendEmail(t.Context(), &sesv2.SendEmailInput{
			FromEmailAddress:     aws.String("no-reply@northwind.test"),
			ConfigurationSetName: aws.String("latchkey-mail"),
			Destination:          &types.Destination{ToAddresses: []string{"told@example.com"}},
			Content: &types.EmailContent{Simple: &types.Message{
				Subject: &types.Content{Data: aws.String("Told")},
				Body:    &types.Body{Text: &types.Content{Data: aws.String("Hello")}},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}

		eventually(t, "feedback wasn't invoked", func() bool {
			f := functions(t, h)["feedback"]
			return f.Invocations > 0 && f.QueueDepth == 0
		})
	})
	t.Run("the schedule runs when it is asked to", func(t *testing.T) {
		response, err := http.Post(
			h.URL+"/_local/schedule",
			"application/json",
			strings.NewReader(`{"now":"2026-11-22T17:00:00Z"}`),
		)
		if err != nil {
			t.Fatal(err)
		}

		response.Body.Close()

		if n := functions(t, h)["renotify"].Invocations; response.StatusCode != http.StatusOK ||
			n != 1 {
			t.Errorf("got %d, and %d invocations", response.StatusCode, n)
		}
	})
	t.Run("messages are listed and shown", func(t *testing.T) { testMessages(t, h) })
	t.Run("stopping leaves no process", func(t *testing.T) {
		instances := functions(t, h)["web"].Instances
		h.Stop()

		for _, i := range instances {
			if err := syscall.Kill(i.PID, 0); err == nil {
				t.Errorf("instance %d is there", i.PID)
			}
		}

		for _, endpoint := range []string{
			h.Engines.DynamoDB, h.Engines.SQS, h.Engines.S3, h.Engines.SES, h.Engines.SNS, h.URL,
		} {
			if response, err := http.Get(endpoint); err == nil {
				response.Body.Close()
				t.Errorf("%s answers", endpoint)
			}
		}
	})
}

// testRights calls DynamoDB and SES as web, which may do neither.
func testRights(t *testing.T, h *host.Host) {
	var config struct{ IAM string }
	read(t, h.URL+"/_local/config", &config)
	if config.IAM != "enforced" {
		t.Errorf("IAM is %q", config.IAM)
	}

	var environment []string
	read(t, h.URL+"/sign-in", &environment) // of web, by $default
	given := map[string]string{}
	for _, entry := range environment {
		name, value, _ := strings.Cut(entry, "=")
		given[name] = value
	}

	ours := engine.Config()
	ours.Credentials = credentials.NewStaticCredentialsProvider(
		given["AWS_ACCESS_KEY_ID"],
		given["AWS_SECRET_ACCESS_KEY"],
		given["AWS_SESSION_TOKEN"],
	)
	jobs := h.Tables["jobs"]
	_, err := awsdynamodb.NewFromConfig(ours, func(o *awsdynamodb.Options) {
		o.BaseEndpoint = aws.String(given["AWS_ENDPOINT_URL_DYNAMODB"])
	}).BatchGetItem(t.Context(), &awsdynamodb.BatchGetItemInput{
		RequestItems: map[string]dynamotypes.KeysAndAttributes{jobs: {
			Keys: []map[string]dynamotypes.AttributeValue{{}},
		}},
	})
	wantDenied(t, err)

	_, err = sesv2.NewFromConfig(ours, func(o *sesv2.Options) {
		o.BaseEndpoint = aws.String(given["AWS_ENDPOINT_URL_SESV2"])
	}).GetAccount(t.Context(), &sesv2.GetAccountInput{})
	wantDenied(t, err)

	if len(h.Denied()) != 2 {
		t.Errorf("denied are %q", h.Denied())
	}
}

func wantDenied(t *testing.T, err error) {
	t.Helper()
	var refusal smithy.APIError
	if !errors.As(err, &refusal) || refusal.ErrorCode() != "AccessDeniedException" {
		t.Errorf("got %v", err)
	}
}

func TestAHostRunsAnyTopology(t *testing.T) {
	system := topology.Topology{
		Functions: []topology.Function{{
			Name:       "greet",
			Timeout:    time.Minute,
			Routes:     []topology.Route{{Key: "GET /greeting"}},
			Sources:    []topology.Source{{Queue: "names", BatchSize: 1, Concurrency: 2}},
			Tables:     []topology.TableRight{{Table: "people"}},
			Parameters: []string{"GREETING"},
		}},
		Queues: []topology.Queue{{Name: "names", Receives: 1}},
		Tables: []topology.Table{{Name: "people", Partition: "name"}},
		Bucket: topology.Bucket{Name: "pictures"},
		Parameters: []topology.Parameter{
			{Name: "GREETING", Kind: topology.OneLine, Default: "Hello"},
		},
	}

	var passed []string
	h, err := host.Start(t.Context(), host.Options{
		Topology: &system,
		Binaries: binaries(t, system),
		Logs:     t.TempDir(),
		Before: func(f topology.Function, service string, engine http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				passed = append(passed, f.Name+" "+service)
				engine.ServeHTTP(w, r)
			})
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Stop)

	var environment []string
	read(t, h.URL+"/greeting", &environment)
	for _, entry := range environment {
		if at, ok := strings.CutPrefix(entry, "AWS_ENDPOINT_URL_SESV2="); ok {
			_, err := ses.Client(at).GetAccount(t.Context(), &sesv2.GetAccountInput{})
			if err != nil {
				t.Errorf("what stands before the engine got %v", err)
			}
		}
	}
	if !slices.Equal(passed, []string{"greet ses"}) {
		t.Errorf("calls that passed: %q", passed)
	}

	for _, want := range []string{"GREETING=Hello", "TABLE_PEOPLE=latchkey-people"} {
		if !slices.Contains(environment, want) {
			t.Errorf("no %s in %q", want, environment)
		}
	}

	if status, _ := get(t, h.URL+"/elsewhere"); status != http.StatusNotFound {
		t.Errorf("what has no route got %d", status)
	}
}

func testMessages(t *testing.T, h *host.Host) {
	mail := ses.Client(h.Engines.SES)
	for n := range 3 {
		_, err := mail.SendEmail(t.Context(), &sesv2.SendEmailInput{
			FromEmailAddress: aws.String("no-reply@northwind.test"),
			Destination:      &types.Destination{ToAddresses: []string{"ada@example.com"}},
			Content: &types.EmailContent{Simple: &types.Message{
				Subject: &types.Content{Data: aws.String(fmt.Sprint("Number ", n+1))},
				Body: &types.Body{
					Text: &types.Content{
						Data: aws.String("<b>\nhttp://localhost/set-password#abc\n"),
					},
				},
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
	}

	texts := sns.NewFromConfig(engine.Config(), func(o *sns.Options) {
		o.BaseEndpoint = &h.Engines.SNS
	})
	_, err := texts.Publish(
		t.Context(),
		&sns.PublishInput{PhoneNumber: aws.String("+16502530002"), Message: aws.String("code")},
	)
	if err != nil {
		t.Fatal(err)
	}

	type list struct {
		Items      []struct{ Channel, To, Subject, Text string }
		NextCursor *string `json:"next_cursor"`
	}

	var first, second, sms list
	read(t, h.URL+"/_local/messages?to=ADA@example.com&limit=2", &first)

	if len(first.Items) != 2 || first.Items[0].Subject != "Number 1" || first.NextCursor == nil {
		t.Fatalf("the first page is %v", first)
	}

	read(t, h.URL+"/_local/messages?to=ADA@example.com&limit=2&cursor="+*first.NextCursor, &second)

	if len(second.Items) != 1 || second.Items[0].Subject != "Number 3" || second.NextCursor != nil {
		t.Errorf("the second page is %v", second)
	}

	read(t, h.URL+"/_local/messages?to=%2B16502530002", &sms)

	if len(sms.Items) != 1 || sms.Items[0].Channel != "sms" || sms.Items[0].Text != "code" {
		t.Errorf("the SMS are %v", sms)
	}

	for _, query := range []string{
		"limit=0", "limit=201", "limit=x", "cursor=x", "cursor=-1", "page=2",
	} {
		name, _, _ := strings.Cut(query, "=")
		status, body := get(t, h.URL+"/_local/messages?"+query)
		if status != http.StatusUnprocessableEntity ||
			!strings.Contains(body, `"field":"`+name+`"`) {
			t.Errorf("%s: status %d, %s", query, status, body)
		}
	}

	for _, test := range []struct {
		method, path, body string
		status             int
		code               string
	}{
		{"GET", "/_local/messages", "", 200, ""},
		{"GET", "/_local/nothing", "", 404, "not_found"},
		{"DELETE", "/_local/messages", "", 405, "method_not_allowed"},
		{"POST", "/_local/schedule", `{"time":"2026-11-22T17:00:00Z"}`, 422, "invalid_request"},
		{"POST", "/_local/schedule", `{"now":"soon"}`, 422, "invalid_request"},
	} {
		request, err := http.NewRequestWithContext(
			t.Context(),
			test.method,
			h.URL+test.path,
			strings.NewReader(test.body),
		)
		if err != nil {
			t.Fatal(err)
		}

		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}

		var got struct {
			Error struct{ Code, Message string }
		}

		err = json.NewDecoder(response.Body).Decode(&got)
		response.Body.Close()

		if err != nil || response.StatusCode != test.status || got.Error.Code != test.code {
			t.Errorf(
				"%s %s: got %d, %+v, %v",
				test.method,
				test.path,
				response.StatusCode,
				got,
				err,
			)
		}

		if response.Header.Get("X-Request-Id") == "" ||
			response.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: the headers are %v", test.method, test.path, response.Header)
		}
	}

	_, page := get(t, h.URL+"/_local/inbox")

	newest, oldest := strings.Index(page, "Number 3"), strings.Index(page, "Number 1")
	if newest < 0 || oldest < newest || !strings.Contains(page, `&lt;b&gt;`) ||
		!strings.Contains(
			page,
			`<a href="http://localhost/set-password#abc">http://localhost/set-password#abc</a>`,
		) {
		t.Errorf("the inbox is %s", page)
	}
}

func TestAStartIsRefused(t *testing.T) {
	for _, test := range []struct {
		name        string
		environment map[string]string
		want        []string
	}{
		{
			name:        "with a rate that isn't a number",
			environment: map[string]string{"LATCHKEY_SES_RATE": "fast"},
			want:        []string{"LATCHKEY_SES_RATE"},
		},
		{
			name:        "with a rate below zero",
			environment: map[string]string{"LATCHKEY_SES_RATE": "-1"},
			want:        []string{"LATCHKEY_SES_RATE"},
		},
		{
			name:        "with a quota that isn't a number",
			environment: map[string]string{"LATCHKEY_SES_QUOTA": "many"},
			want:        []string{"LATCHKEY_SES_QUOTA"},
		},
		{
			name:        "with a quota below zero",
			environment: map[string]string{"LATCHKEY_SES_QUOTA": "-1"},
			want:        []string{"LATCHKEY_SES_QUOTA"},
		},
		{
			name:        "with half a sandbox",
			environment: map[string]string{"LATCHKEY_SES_SANDBOX": "half"},
			want:        []string{"LATCHKEY_SES_SANDBOX"},
		},
		{
			name:        "with half an IAM",
			environment: map[string]string{"LATCHKEY_IAM": "half"},
			want:        []string{"LATCHKEY_IAM"},
		},
		{
			name:        "with no instances",
			environment: map[string]string{"LATCHKEY_INSTANCES": "0"},
			want:        []string{"LATCHKEY_INSTANCES"},
		},
		{
			name:        "with every call throttled",
			environment: map[string]string{"LATCHKEY_DYNAMODB_THROTTLE": "100"},
			want:        []string{"LATCHKEY_DYNAMODB_THROTTLE"},
		},
		{
			name:        "with a seed below zero",
			environment: map[string]string{"LATCHKEY_DYNAMODB_SEED": "-1"},
			want:        []string{"LATCHKEY_DYNAMODB_SEED"},
		},
		{
			name:        "with an index that is ahead",
			environment: map[string]string{"LATCHKEY_DYNAMODB_LAG": "-1"},
			want:        []string{"LATCHKEY_DYNAMODB_LAG"},
		},
		{
			name:        "with an identity that is blank",
			environment: map[string]string{"LATCHKEY_SES_IDENTITIES": "northwind.test,"},
			want:        []string{"LATCHKEY_SES_IDENTITIES"},
		},
		{
			name:        "with a limit of SMS that isn't a number",
			environment: map[string]string{"LATCHKEY_SNS_LIMIT": "none"},
			want:        []string{"LATCHKEY_SNS_LIMIT"},
		},
		{
			name: "with all that is wrong at once",
			environment: map[string]string{
				"LATCHKEY_SES_RATE":  "x",
				"LATCHKEY_INSTANCES": "x",
			},
			want: []string{"LATCHKEY_SES_RATE", "LATCHKEY_INSTANCES"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := host.Start(t.Context(), host.Options{Environment: test.environment})
			if err == nil {
				t.Fatal("it started")
			}

			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q doesn't name %s", err, want)
				}
			}
		})
	}

	t.Run("without the functions' binaries", func(t *testing.T) {
		_, err := host.Start(t.Context(), host.Options{Binaries: t.TempDir(), Logs: t.TempDir()})
		if err == nil || !strings.Contains(err.Error(), "make build") {
			t.Errorf("got %v", err)
		}
	})
}
