// Package stack turns the topology into CloudFormation. What is in the topology is in the
// account, and nothing that the topology says is said again.
//
// stack.go is the table of contents. Every other file is one kind of thing: the tables,
// queues and functions with their rights, and around them the bucket, the API, the mail
// and the watch. All resources are native ones, as AWS documents them, so that every tool
// that reads CloudFormation can make them.
//
// Names are "latchkey-<stage>-<name>". Several stages fit into one account, and what
// outlives its stack (tables, the bucket) is found by the next one.
package stack

import (
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"latchkey/shared/topology"
)

// stack is the stack while it is being made: each part leaves here what later parts name.
type stack struct {
	awscdk.Stack
	parameters Parameters
	assets     string // the folder that holds <function>/bootstrap

	tables map[string]awsdynamodb.Table
	queues map[string]awssqs.Queue
	// dead are the dead-letter queues, by the name of the queue, or of the function, that
	// they are of.
	dead      map[string]awssqs.Queue
	functions map[string]awslambda.Function
	// bucket is the bucket's name. It is fixed before the bucket is made: the bucket
	// needs the functions that it starts, and they need its name.
	bucket  string
	api     *api
	mail    *mail
	codeKey *string
}

// New makes the stack of a deployment. assets is the folder that holds
// <function>/bootstrap, built for the parameters' architecture.
//
// The order matters: a function's rights and environment name tables, queues, the key,
// the mail and the API, and the bucket names the functions.
func New(scope constructs.Construct, p Parameters, assets string) awscdk.Stack {
	name := strings.TrimSuffix(p.name(""), "-")
	s := &stack{
		Stack: awscdk.NewStack(scope, &name, &awscdk.StackProps{
			StackName: &name,
			Description: new("Latchkey onboards users in bulk: a CSV goes in, " +
				"everyone in it gets a link to set a password."),
			AnalyticsReporting: new(false),
		}),
		parameters: p,
		assets:     assets,
		tables:     map[string]awsdynamodb.Table{},
		queues:     map[string]awssqs.Queue{},
		dead:       map[string]awssqs.Queue{},
		functions:  map[string]awslambda.Function{},
	}

	s.bucket = p.name(topology.Latchkey.Bucket.Name) + "-" + *s.Account() + "-" + *s.Region()
	for _, t := range topology.Latchkey.Tables {
		s.tables[t.Name] = s.newTable(t)
	}
	for _, q := range topology.Latchkey.Queues {
		s.newQueuePair(q)
	}

	s.codeKey = s.newCodeKey()
	topicKey := s.newTopicKey()
	s.mail = s.newMail(topicKey)
	s.api = s.newAPI()
	for _, f := range topology.Latchkey.Functions {
		s.functions[f.Name] = s.newFunction(f)
	}

	s.newBucket()
	for _, r := range topology.Latchkey.Rules {
		s.newRule(r)
	}
	s.watch(s.newTopic("alarms", "cloudwatch.amazonaws.com", topicKey))

	return s.Stack
}

// removalPolicy returns what becomes of data when the stack goes.
func (s *stack) removalPolicy() awscdk.RemovalPolicy {
	if s.parameters.values["DATA"] == "destroy" {
		return awscdk.RemovalPolicy_DESTROY
	}
	return awscdk.RemovalPolicy_RETAIN
}

// output makes a value that the CDK's command line prints after a deployment.
func (s *stack) output(name, means string, value *string) {
	awscdk.NewCfnOutput(s.Stack, &name, &awscdk.CfnOutputProps{Description: &means, Value: value})
}

// arn returns the name of a thing of this account and region.
func (s *stack) arn(service, resource string) string {
	return strings.Join(
		[]string{"arn", *s.Partition(), service, *s.Region(), *s.Account(), resource},
		":",
	)
}

// justify records beside a construct why a rule of cdk-nag isn't followed there. The
// command that synthesizes fails on a finding without a reason.
func justify(construct any, rules map[string]string) {
	var all []*cdknag.NagPackSuppression
	for _, id := range slices.Sorted(maps.Keys(rules)) {
		all = append(all, &cdknag.NagPackSuppression{Id: &id, Reason: new(rules[id])})
	}
	cdknag.NagSuppressions_AddResourceSuppressions(construct, &all, new(true))
}

// id makes the name of a construct: "Queue" and "rows-dead" become "QueueRowsDead".
// CloudFormation replaces a resource whose construct gets another name.
func id(parts ...string) *string {
	var made strings.Builder
	for _, part := range parts {
		for _, word := range strings.FieldsFunc(part, func(r rune) bool { return r == '-' }) {
			made.WriteString(strings.ToUpper(word[:1]) + word[1:])
		}
	}
	return new(made.String())
}
