package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"

	"latchkey/shared/topology"
)

// How long messages wait, in days. A message keeps its age when it becomes a dead letter,
// so that a dead-letter queue must keep messages for longer than its queue.
const (
	waitDays = 7
	deadDays = 14 // the most that SQS offers
)

// newQueuePair makes a queue and its dead-letter queue.
func (s *stack) newQueuePair(q topology.Queue) {
	s.dead[q.Name] = s.newQueue(q.Name+topology.DeadLetterSuffix, deadDays, nil)

	hidden := topology.Latchkey.Visibility(q.Name).Seconds()
	s.queues[q.Name] = s.newQueue(q.Name, waitDays, &awssqs.QueueProps{
		VisibilityTimeout: awscdk.Duration_Seconds(&hidden),
		DeadLetterQueue: &awssqs.DeadLetterQueue{
			Queue:           s.dead[q.Name],
			MaxReceiveCount: new(float64(q.Receives)),
		},
	})
}

// newFailures makes the queue for the events that a function could not take. A function
// that a queue starts needs none: its queue has a dead-letter queue.
func (s *stack) newFailures(f topology.Function) {
	s.dead[f.Name] = s.newQueue(f.Name+topology.DeadLetterSuffix, deadDays, nil)
	justify(s.dead[f.Name], map[string]string{
		"AwsSolutions-SQS3": "It is a dead-letter queue itself: of a function's events.",
	})
}

// newQueue makes a queue that is encrypted with SQS's own key and refuses plain HTTP.
// props holds what is special about it, or is nil.
func (s *stack) newQueue(name string, days float64, props *awssqs.QueueProps) awssqs.Queue {
	if props == nil {
		props = &awssqs.QueueProps{}
	}
	props.QueueName = new(s.parameters.name(name))
	props.RetentionPeriod = awscdk.Duration_Days(&days)
	props.Encryption = awssqs.QueueEncryption_SQS_MANAGED
	props.EnforceSSL = new(true)
	return awssqs.NewQueue(s.Stack, id("Queue", name), props)
}
