// Package topology says what exists: which function has which route, queue, table, right and setting.
//
// It is plain data without behaviour of its own. The local host starts it on one machine, the CDK app turns it into
// CloudFormation, and neither says again what is said here. [Latchkey] is the whole of it.
package topology

import (
	"slices"
	"strings"
	"time"
)

// Topology is everything that a deployment consists of.
type Topology struct {
	Functions  []Function
	Queues     []Queue
	Tables     []Table
	Bucket     Bucket
	Rules      []Rule
	Parameters []Parameter
}

// Function is one Lambda function: its binary is built from functions/<Name>.
type Function struct {
	Name    string
	Does    string        // one line for descriptions
	Memory  int           // MB
	Timeout time.Duration // at most 15 minutes; an API answers after 30 s, whatever it is
	Routes  []Route
	Sources []Source
	Uploads []string     // key prefixes whose "object created" events start the function
	Tables  []TableRight // what it may do with which table; sets TABLE_<NAME>
	Sends   []string     // queues that it may send to; sets QUEUE_<NAME>
	Objects []ObjectRight
	// Carriers are the ways out to users: "email" (SES), "sms" (SNS). "quota" is no way out: it may ask SES for the send rate and the day's quota alone.
	Carriers []string
	// Parameters are the names of the deployment's parameters that it is given.
	Parameters []string
	// NeedsCodeKey lets the function read the secret that codes are hashed with; sets CODE_KEY_SECRET, its name.
	NeedsCodeKey bool
	// LetsUpload tells the function which bucket its pages put files into, by URLs that another one signs; sets BUCKET.
	LetsUpload bool
}

// Access says who may call a route.
type Access string

const (
	// Public routes need no session.
	Public Access = "public"
	// Administrator routes answer 401 or 403 to anybody but a signed-in administrator.
	Administrator Access = "administrator"
)

// Route is a route of the API.
type Route struct {
	// Key is API Gateway's route key: "POST /api/jobs/{id}/process", "ANY /api/{proxy+}", "$default".
	Key    string
	Access Access
	// Action is what the audit calls a request to an administrator's route; "" for one that only reads.
	Action string
}

// Source is a queue whose messages invoke the function. Partial batch responses are always on.
type Source struct {
	Queue     string
	BatchSize int
	// Concurrency is the most instances that work on the queue at once: 2 to 1,000 (the limits of an SQS event source).
	Concurrency int
}

// Verb is a DynamoDB action, by its IAM name.
type Verb string

// The verbs that functions are given. A BatchGetItem or a transaction needs those of its parts as well.
const (
	GetItem            Verb = "GetItem"
	BatchGetItem       Verb = "BatchGetItem"
	Query              Verb = "Query"
	PutItem            Verb = "PutItem"
	UpdateItem         Verb = "UpdateItem"
	DeleteItem         Verb = "DeleteItem"
	BatchWriteItem     Verb = "BatchWriteItem"
	ConditionCheckItem Verb = "ConditionCheckItem"
)

// TableRight is what a function may do with one table and its indexes.
type TableRight struct {
	Table string
	Verbs []Verb
	// Attributes, where given, are the only ones that the function may see or set.
	Attributes []string
}

// ObjectRight is what a function may do with the bucket's objects under a prefix.
type ObjectRight struct {
	Prefix string
	Verbs  []ObjectVerb
}

// ObjectVerb is an S3 action on an object, by its IAM name.
type ObjectVerb string

// The verbs on objects. GetObjectVersion goes with GetObject, AbortMultipartUpload with PutObject; a presigned URL has the rights of its signer.
const (
	GetObject ObjectVerb = "GetObject"
	PutObject ObjectVerb = "PutObject"
	// ListBucket is for who asks whether there is an object: without it S3 answers "forbidden" where there is none. It knows no prefix.
	ListBucket ObjectVerb = "ListBucket"
)

// Queue is an SQS queue with a dead-letter queue named "<Name>-dead".
type Queue struct {
	Name string
	// Receives is how often a message is tried before it goes to the dead-letter queue.
	Receives int
	// Late is the age of the oldest message at which somebody has to look.
	Late time.Duration
	// MailEvents has what SES tells of emails put on it, by an SNS topic.
	MailEvents bool
}

// Table is a DynamoDB table, on-demand. All key attributes are strings.
type Table struct {
	Name      string
	Partition string
	Sort      string // empty: the partition key alone
	Indexes   []Index
	// Expires is the TTL attribute (whole seconds since 1970), or empty. It deletes late: it is never used for validity.
	Expires string
}

// Index is a global secondary index.
type Index struct {
	Name      string
	Partition string
	Sort      string
	// Include are the attributes projected beside the keys; All projects everything.
	Include []string
	All     bool
}

// Bucket holds uploaded files, and the reports about them.
type Bucket struct {
	Name string
	// Keep is how long a file is kept, and Replaced how long it is kept after it was replaced or deleted. In days.
	Keep, Replaced int
}

// Rule is an EventBridge rule that invokes a function on a schedule.
type Rule struct {
	Name     string
	Function string
	Schedule string // "rate(5 minutes)"
}

// DeadLetterSuffix follows a queue's name in the name of its dead-letter queue.
const DeadLetterSuffix = "-dead"

// Variable gives the environment name of a table or queue: Variable("TABLE", "jobs") is "TABLE_JOBS".
func Variable(kind, name string) string {
	return kind + "_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// Function finds a function by its name.
func (t Topology) Function(name string) (Function, bool) {
	for _, f := range t.Functions {
		if f.Name == name {
			return f, true
		}
	}

	return Function{}, false
}

// Consumer finds the function that a queue's messages invoke.
func (t Topology) Consumer(queue string) (Function, Source, bool) {
	for _, f := range t.Functions {
		for _, s := range f.Sources {
			if s.Queue == queue {
				return f, s, true
			}
		}
	}

	return Function{}, Source{}, false
}

// Variables returns the names of the environment variables that the function is given. A
// parameter that is optional and not set has none.
func (f Function) Variables() []string {
	var names []string
	for _, right := range f.Tables {
		names = append(names, Variable("TABLE", right.Table))
	}
	for _, queue := range f.Sends {
		names = append(names, Variable("QUEUE", queue))
	}
	if len(f.Objects) > 0 || f.LetsUpload {
		names = append(names, "BUCKET")
	}
	if f.NeedsCodeKey {
		names = append(names, "CODE_KEY_SECRET")
	}
	if slices.Contains(f.Carriers, "email") {
		names = append(names, "CONFIGURATION_SET")
	}

	names = append(names, f.Parameters...)
	slices.Sort(names)
	return names
}

// Loops reports whether messages that a function sends may lead to another invocation of it. Lambda counts
// the invocations of a function in one chain of messages, and stops the next one after about sixteen, unless
// the function's RecursiveLoop is "Allow".
// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html)
func (t Topology) Loops(f Function) bool {
	seen := map[string]bool{}

	reached := f.Sends
	for len(reached) > 0 {
		queue := reached[0]
		reached = reached[1:]

		if seen[queue] {
			continue
		}

		seen[queue] = true

		consumer, _, _ := t.Consumer(queue)
		if consumer.Name == f.Name {
			return true
		}

		reached = append(slices.Clone(reached), consumer.Sends...)
	}

	return false
}

// Visibility is how long a received message stays hidden: six times the consumer's timeout, as AWS advises for event sources.
func (t Topology) Visibility(queue string) time.Duration {
	f, _, _ := t.Consumer(queue)
	return 6 * f.Timeout
}
