package host

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/infra/local/iam"
	"latchkey/infra/local/lambda"
	"latchkey/infra/local/sqs"
	"latchkey/shared/topology"
)

// makeFunctions makes the functions of a topology, each by its name. They can't start.
func makeFunctions(
	t *testing.T, system topology.Topology, parameters map[string]string,
) (all map[string]*lambda.Function, err error) {
	t.Helper()
	runtime, err := lambda.NewRuntime()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(runtime.Close)

	binary := filepath.Join(t.TempDir(), "bootstrap")
	if err := os.WriteFile(binary, nil, 0o755); err != nil {
		t.Fatal(err)
	}

	h := &Host{
		topology: system,
		settings: settings{instances: 1, parameters: parameters},
		keys:     iam.NewKeys(system.Functions),
	}
	t.Cleanup(h.Stop)

	all = map[string]*lambda.Function{}
	for _, f := range system.Functions {
		all[f.Name], err = h.makeFunction(runtime, f, binary, filepath.Join(t.TempDir(), "log"))
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

func TestAFunctionLoopsWhereTheTopologyLetsIt(t *testing.T) {
	source := topology.Source{Queue: "rounds", BatchSize: 1, Concurrency: 2}
	all, err := makeFunctions(t, topology.Topology{
		Functions: []topology.Function{
			{
				Name:    "loop",
				Timeout: time.Second,
				Sources: []topology.Source{source},
				Sends:   []string{"rounds"},
			},
			{Name: "starts", Timeout: time.Second, Sends: []string{"rounds"}},
		},
		Queues: []topology.Queue{{Name: "rounds", Receives: 1}},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !all["loop"].Recursive || all["starts"].Recursive {
		t.Errorf("loop: %t, starts: %t", all["loop"].Recursive, all["starts"].Recursive)
	}
}

func TestAnEnvironmentOver4KBIsRefused(t *testing.T) {
	const most = 4096
	system := topology.Topology{Functions: []topology.Function{
		{Name: "greet", Timeout: time.Second, Parameters: []string{"GREETING"}},
	}}
	for length, ok := range map[int]bool{most: true, most + 1: false} {
		greeting := strings.Repeat("m", length-len("GREETING"))
		_, err := makeFunctions(t, system, map[string]string{"GREETING": greeting})
		if (err == nil) != ok {
			t.Errorf("with %d bytes: %v", length, err)
		}
	}
}

func TestAnEventThatFailedIsKeptOnTheQueueOfItsFunction(t *testing.T) {
	fauxqs, err := sqs.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fauxqs.Stop)

	system := topology.Topology{Functions: []topology.Function{
		{Name: "upload", Uploads: []string{"uploads/"}},
		{Name: "tick"},
	}}
	client := sqs.Client(fauxqs.Endpoint)
	queues, err := sqs.CreateQueues(t.Context(), client, system, name)
	if err != nil {
		t.Fatal(err)
	}

	var told strings.Builder
	h := &Host{
		topology: system,
		options:  Options{Output: &told},
		Engines:  topology.Endpoints{SQS: fauxqs.Endpoint},
		Queues:   queues,
	}
	h.keepFailed("tick", lambda.Record{RequestPayload: []byte(`"a tick"`)})
	h.keepFailed("upload", lambda.Record{RequestPayload: []byte(`"a file"`)})

	got, err := client.ReceiveMessage(t.Context(), &awssqs.ReceiveMessageInput{
		QueueUrl:            new(queues["upload-dead"]),
		MaxNumberOfMessages: 10,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Messages) != 1 || !strings.Contains(*got.Messages[0].Body, `"a file"`) {
		t.Errorf("kept are %+v", got.Messages)
	}
	if told.Len() != 0 {
		t.Errorf("told %q", &told)
	}
}
