// Package policy says what the role of each function may do, in IAM's statements. What is
// here follows from the topology's rights alone.
//
// The stack gives these statements to the roles, and the local host refuses what they
// don't allow. Neither has another source, so that what is denied on AWS is denied here.
package policy

import (
	"slices"
	"strings"

	"latchkey/shared/mailbox"
	"latchkey/shared/topology"
)

// Statement is one of a policy, in the form of its JSON.
type Statement struct {
	Effect    string // Allow or Deny
	Action    []string
	Resource  []string
	Condition Condition `json:",omitempty"`
}

// Condition is values by the condition's operator and key.
type Condition map[string]map[string]any

// Effects of a statement.
const (
	Allow = "Allow"
	Deny  = "Deny"
)

// Deployment is what a deployment calls what the topology names. All but the sender are
// ARNs.
type Deployment struct {
	// Table, Queue, Failures and Log return the ARN of a table, a queue, and of a
	// function's queue of failed events and its log.
	Table, Queue, Failures, Log func(name string) string

	Bucket, CodeKey string
	// Identity returns the ARN of an identity of SES: of an address or a domain.
	Identity         func(name string) string
	ConfigurationSet string
	Topics           string // all that there may be in SNS
	Sender           mailbox.Mailbox
	// Sandbox is an SES account without production access.
	Sandbox bool
}

// Rights that Lambda itself uses as the function.
var (
	// Logs are for the function's log.
	Logs = []string{"logs:CreateLogStream", "logs:PutLogEvents"}
	// Takes are for an event source mapping of SQS
	// (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html).
	Takes = []string{"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
	// Pauses are for the function itself, which shows again soon what has failed.
	Pauses = []string{"sqs:ChangeMessageVisibility"}
	// Sends are for a queue, which may be that of a function's failed events
	// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html).
	Sends = []string{"sqs:SendMessage"}
)

// Of returns all that a function may do: what the topology gives it, and what Lambda does
// as the function.
func Of(f topology.Function, d Deployment) []Statement {
	all := []Statement{allow(Logs, d.Log(f.Name))}
	for _, right := range f.Tables {
		all = append(all, d.ofTable(right)...)
	}

	for _, queue := range f.Sends {
		all = append(all, allow(Sends, d.Queue(queue)))
	}
	for _, source := range f.Sources {
		all = append(all, allow(slices.Concat(Takes, Pauses), d.Queue(source.Queue)))
	}
	if len(f.Uploads) > 0 {
		all = append(all, allow(Sends, d.Failures(f.Name)))
	}

	all = append(all, d.ofObjects(f.Objects)...)
	if f.NeedsCodeKey {
		all = append(all, allow([]string{"secretsmanager:GetSecretValue"}, d.CodeKey))
	}
	for _, carrier := range f.Carriers {
		all = append(all, d.ofCarrier(carrier)...)
	}

	return all
}

func allow(actions []string, resources ...string) Statement {
	return Statement{Effect: Allow, Action: actions, Resource: resources}
}

// ofTable lets a function do the verbs with a table, and read those of its indexes that the
// right names. A SELECT without a partition key would be a scan, which is denied
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html).
func (d Deployment) ofTable(right topology.TableRight) []Statement {
	arn := d.Table(right.Table)

	var actions []string
	for _, verb := range right.Verbs {
		actions = append(actions, "dynamodb:"+string(verb))
	}
	var all []Statement
	if len(actions) > 0 {
		all = append(all, allow(actions, arn))
	}

	indexes := func(names []string) (arns []string) {
		for _, name := range names {
			arns = append(arns, arn+"/index/"+name)
		}
		return arns
	}
	if len(right.Indexes) > 0 {
		all = append(all, allow([]string{"dynamodb:Query"}, indexes(right.Indexes)...))
	}
	if len(right.Among) > 0 {
		selects := allow([]string{"dynamodb:PartiQLSelect"}, indexes(right.Among)...)
		scans := selects
		scans.Effect = Deny
		scans.Condition = Condition{"Bool": {"dynamodb:FullTableScan": "true"}}
		all = append(all, selects, scans)
	}

	if len(right.Attributes) > 0 {
		for i := range all {
			if all[i].Effect == Allow {
				all[i].Condition = OnlyAttributes(right.Attributes)
			}
		}
	}

	return all
}

// OnlyAttributes is DynamoDB's condition for a call that names attributes, and only
// these. ForAllValues holds for a call that names none, which would read all of them:
// Null refuses that, and Select a query for all. ReturnValues refuses a write that
// answers with the whole item.
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html)
func OnlyAttributes(names []string) Condition {
	return Condition{
		"ForAllValues:StringEquals": {"dynamodb:Attributes": names},
		"Null":                      {"dynamodb:Attributes": "false"},
		"StringEqualsIfExists": {
			"dynamodb:Select":       "SPECIFIC_ATTRIBUTES",
			"dynamodb:ReturnValues": []string{"NONE", "UPDATED_OLD", "UPDATED_NEW"},
		},
	}
}

// ofObjects lets a function do the verbs with the objects under its prefixes. What is
// a right on the bucket is there once.
func (d Deployment) ofObjects(rights []topology.ObjectRight) []Statement {
	var all []Statement
	var lists []string
	for _, right := range rights {
		var actions []string
		for _, verb := range right.Verbs {
			action := "s3:" + string(verb)
			switch verb {
			case topology.ListBucket, topology.ListBucketVersions:
				lists = append(lists, action)
			default:
				actions = append(actions, action)
			}
		}
		if len(actions) > 0 {
			all = append(all, allow(actions, d.Bucket+"/"+right.Prefix+"*"))
		}
	}

	slices.Sort(lists)
	if lists = slices.Compact(lists); len(lists) > 0 {
		all = append(all, allow(lists, d.Bucket))
	}

	return all
}

// ofCarrier lets a function use a carrier.
func (d Deployment) ofCarrier(carrier string) []Statement {
	switch carrier {
	case "email":
		return []Statement{
			allow([]string{"ses:SendEmail"}, append(d.identities(), d.ConfigurationSet)...),
			allow([]string{"ses:GetAccount"}, "*"), // which knows no resource
		}
	case "quota":
		return []Statement{allow([]string{"ses:GetAccount"}, "*")}
	case "suppression": // whose addresses are no resources
		return []Statement{allow([]string{"ses:DeleteSuppressedDestination"}, "*")}
	case "sms":
		// A phone number has no ARN, so that the right can't name one. Topics, endpoints
		// and all else that has an ARN is denied again.
		publish := []string{"sns:Publish"}
		noTopic := Statement{Effect: Deny, Action: publish, Resource: []string{d.Topics}}
		return []Statement{allow(publish, "*"), noTopic}
	}

	panic("no carrier is called " + carrier)
}

// identities returns what SES may send as. The address, its domain and the domains above
// are there: any of them may be verified, and SES checks the right on the narrowest that
// is. In the sandbox it checks the recipients' identities as well.
// (https://docs.aws.amazon.com/ses/latest/dg/creating-identities.html)
func (d Deployment) identities() []string {
	all := []string{d.Identity(d.Sender.Address())}
	for domain := d.Sender.Domain; strings.Contains(domain, "."); {
		all = append(all, d.Identity(domain))
		_, domain, _ = strings.Cut(domain, ".")
	}
	if d.Sandbox {
		all = append(all, d.Identity("*"))
	}
	return all
}
