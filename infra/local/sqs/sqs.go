// Package sqs stands in for SQS, by fauxqs.
package sqs

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"latchkey/infra/local/engine"
	"latchkey/shared/topology"
)

// Start starts fauxqs, for its queues alone.
func Start(ctx context.Context) (*engine.Engine, error) {
	node, err := engine.Node()
	if err != nil {
		return nil, err
	}

	folder, err := engine.Tool("fauxqs")
	if err != nil {
		return nil, err
	}

	script := filepath.Join(folder, "..", "..", "queues.mjs")
	return engine.Start(ctx, "fauxqs", "/health", func(port string) *exec.Cmd {
		return exec.Command(node, script, port)
	})
}

// Client returns a client of the engine at the endpoint.
func Client(endpoint string) *sqs.Client {
	return sqs.NewFromConfig(engine.Config(), func(o *sqs.Options) {
		o.BaseEndpoint = &endpoint
	})
}

// CreateQueues creates the topology's queues, each with its dead-letter queue, and a queue
// for the events that a function which objects start could not take. Each has the name
// that name returns. CreateQueues returns their URLs by the topology's names.
func CreateQueues(
	ctx context.Context,
	client *sqs.Client,
	t topology.Topology,
	name func(queue string) string,
) (map[string]string, error) {
	urls := make(map[string]string, 2*len(t.Queues))
	for _, queue := range t.Queues {
		// The dead-letter queue goes first: the queue's redrive policy names it.
		dead := queue.Name + topology.DeadLetterSuffix
		url, err := createQueue(ctx, client, name(dead), nil)
		if err != nil {
			return nil, err
		}
		urls[dead] = url

		redrive, err := json.Marshal(map[string]string{
			"deadLetterTargetArn": ARN(name(dead)),
			"maxReceiveCount":     strconv.Itoa(queue.Receives),
		})
		if err != nil {
			return nil, fmt.Errorf("create queue %s: %w", queue.Name, err)
		}
		attributes := visibility(t.Visibility(queue.Name))
		attributes[string(types.QueueAttributeNameRedrivePolicy)] = string(redrive)
		url, err = createQueue(ctx, client, name(queue.Name), attributes)
		if err != nil {
			return nil, err
		}
		urls[queue.Name] = url
	}

	for _, f := range t.Functions {
		if len(f.Uploads) == 0 {
			continue
		}
		dead := f.Name + topology.DeadLetterSuffix
		url, err := createQueue(ctx, client, name(dead), nil)
		if err != nil {
			return nil, err
		}
		urls[dead] = url
	}

	return urls, nil
}

// Hide sets how long a received message of a queue stays hidden, in whole seconds.
func Hide(ctx context.Context, client *sqs.Client, url string, span time.Duration) error {
	_, err := client.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{
		QueueUrl:   &url,
		Attributes: visibility(span),
	})
	if err != nil {
		return fmt.Errorf("set the visibility of a queue: %w", err)
	}
	return nil
}

// visibility returns the attribute that says how long a received message stays hidden.
func visibility(span time.Duration) map[string]string {
	return map[string]string{
		string(types.QueueAttributeNameVisibilityTimeout): strconv.Itoa(int(span / time.Second)),
	}
}

// createQueue creates one queue, and returns its URL.
func createQueue(
	ctx context.Context, client *sqs.Client, name string, attributes map[string]string,
) (string, error) {
	created, err := client.CreateQueue(ctx, &sqs.CreateQueueInput{
		QueueName:  &name,
		Attributes: attributes,
	})
	if err != nil {
		return "", fmt.Errorf("create queue %s: %w", name, err)
	}
	return *created.QueueUrl, nil
}

// ARN returns the ARN of a queue of the local SQS.
func ARN(name string) string { return engine.ARN("sqs", name) }

// Depth returns about how many messages the queue with the URL given holds: those that
// wait, those that a consumer works at, and those that come later.
func Depth(ctx context.Context, client *sqs.Client, url string) (int, error) {
	got, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
		QueueUrl: &url,
		AttributeNames: []types.QueueAttributeName{
			types.QueueAttributeNameApproximateNumberOfMessages,
			types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
			types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
		},
	})
	if err != nil {
		return 0, err
	}

	depth := 0
	for _, text := range got.Attributes {
		n, err := strconv.Atoi(text)
		if err != nil {
			return 0, err
		}
		depth += n
	}

	return depth, nil
}
