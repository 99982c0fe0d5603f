// Package topology says what exists: which function has which route, queue, table, right
// and parameter. [Latchkey] is the whole of it.
//
// It is plain data. The local host starts it on one machine, and the CDK app turns it
// into CloudFormation. Neither repeats what is said here, so that what runs on a laptop
// is what is deployed.
//
// The methods here only look the data up, or follow a rule of AWS that both need to know:
// how a route is chosen, how long a message stays hidden, which messages come back.
package topology

import (
	"slices"
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

// Function is one Lambda function. Its binary is built from functions/<Name>.
//
// Routes, Sources, Uploads and a Rule are what starts it. Tables, Sends, Objects,
// Carriers and NeedsCodeKey are what it may do: its role has these rights and no other.
// What it has to know about them, and the Parameters, it finds in its environment.
type Function struct {
	Name    string
	Does    string // one sentence: the function's description
	Memory  int    // MB, from 128 to 10,240
	Timeout time.Duration
	Routes  []Route
	Sources []Source
	// Uploads are the prefixes of keys under which a new object starts the function.
	Uploads []string
	// Tables are its rights on tables. Each sets TABLE_<NAME>.
	Tables []TableRight
	// Sends are the queues that it may send to. Each sets QUEUE_<NAME>.
	Sends []string
	// Objects are its rights on the bucket's objects. Any of them sets BUCKET.
	Objects []ObjectRight
	// Carriers are the ways to users: "email" (SES) and "sms" (SNS). "quota" sends
	// nothing: it is the right to ask SES for the send rate and the day's quota. Nor does
	// "suppression", the right to take an address off SES's suppression list.
	Carriers []string
	// Parameters are the names of the deployment's parameters that it is given.
	Parameters []string
	// NeedsCodeKey is the right to read the secret that codes are hashed with. It sets
	// CODE_KEY_SECRET, the secret's name.
	NeedsCodeKey bool
	// LetsUpload sets BUCKET without any right: the function's pages put files there, by
	// URLs that another function signs.
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

// Route is a route of the HTTP API.
type Route struct {
	// Key is API Gateway's route key: "POST /api/jobs/{id}/process", "ANY /api/{proxy+}",
	// "$default".
	Key    string
	Access Access
	// Action is what the audit calls a request to an administrator's route that changes
	// something or hands out a file. It is "" for a route that only reads.
	Action string
}

// Source is a queue that invokes the function, always with partial batch responses. The
// function may change how long its messages stay hidden. It sets QUEUE_<NAME>.
type Source struct {
	Queue       string
	BatchSize   int           // messages in one invocation: 1 to 10, with a window to 10,000
	Window      time.Duration // for which they are gathered: 0, or 1 s to 5 min
	Concurrency int           // the most instances at work at once, which SQS limits to 2 to 1,000
}

// Verb is a DynamoDB action, by its IAM name.
type Verb string

// The verbs on tables. A transaction needs those of its parts, and a batch its own alone.
const (
	GetItem        Verb = "GetItem"
	BatchGetItem   Verb = "BatchGetItem"
	Query          Verb = "Query"
	PutItem        Verb = "PutItem"
	UpdateItem     Verb = "UpdateItem"
	DeleteItem     Verb = "DeleteItem"
	BatchWriteItem Verb = "BatchWriteItem"
	// Statements have rights of their own: BatchExecuteStatement is none.
	PartiQLInsert Verb = "PartiQLInsert"
	PartiQLUpdate Verb = "PartiQLUpdate"
)

// TableRight is what a function may do with one table. It may Query the Indexes, and SELECT
// from those of Among by their partition keys.
type TableRight struct {
	Table   string
	Verbs   []Verb
	Indexes []string
	Among   []string
	// Attributes, unless empty, are the only ones that the function may see or set.
	Attributes []string
}

// ObjectRight is what a function may do with the bucket's objects under a prefix.
type ObjectRight struct {
	Prefix string
	Verbs  []ObjectVerb
}

// ObjectVerb is an S3 action on an object, by its IAM name.
type ObjectVerb string

// The verbs on objects. A presigned URL has the rights of its signer. What a large write
// that fails leaves is removed by the bucket itself.
const (
	GetObject ObjectVerb = "GetObject"
	// GetObjectVersion is for an object's version that an event named.
	GetObjectVersion ObjectVerb = "GetObjectVersion"
	PutObject        ObjectVerb = "PutObject"
	// ListBucket is for a function that asks whether there is an object: without it S3
	// answers "forbidden" where there is none. It is a right on the whole bucket.
	ListBucket ObjectVerb = "ListBucket"
	// ListBucketVersions finds what is to be erased. It is a right on the whole bucket, too.
	DeleteObjectVersion ObjectVerb = "DeleteObjectVersion"
	ListBucketVersions  ObjectVerb = "ListBucketVersions"
)

// Queue is an SQS queue with a dead-letter queue of its own, named "<Name>-dead".
type Queue struct {
	Name string
	// Receives is how often a message is tried before it goes to the dead-letter queue.
	// AWS advises at least five for an event source.
	Receives int
	// Late is the age of the oldest message at which somebody must look.
	Late time.Duration
	// MailEvents puts on the queue what SES says of each email, by an SNS topic.
	MailEvents bool
}

// Table is a DynamoDB table, on-demand. All key attributes are strings.
type Table struct {
	Name      string
	Partition string
	Sort      string // empty: the partition key alone
	Indexes   []Index
	// Expires is the TTL attribute (whole seconds since 1970), or empty. DynamoDB deletes
	// within days, so that no code takes an item's absence or presence for its validity.
	Expires string
}

// Index is a global secondary index.
type Index struct {
	Name      string
	Partition string
	Sort      string
	// Include are the attributes projected beside the keys. All projects every attribute.
	Include []string
	All     bool
}

// Bucket holds uploaded files, and the reports about them.
type Bucket struct {
	Name string
	// Keep is how many days a file stays, and Replaced how many once replaced or deleted.
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

// Loops reports whether messages that a function sends may lead to another invocation of
// it. Lambda counts the invocations of a function in one chain of messages. It stops the
// next one after about sixteen, unless the function's RecursiveLoop is "Allow".
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

// Visibility returns how long a received message stays hidden: six times its consumer's
// timeout. Lambda refuses less than the timeout itself, and AWS advises six times.
// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html)
func (t Topology) Visibility(queue string) time.Duration {
	f, _, _ := t.Consumer(queue)
	return 6 * f.Timeout
}
