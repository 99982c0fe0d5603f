package stack

import (
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"latchkey/shared/topology"
)

// rights returns all that a function may do: what the topology gives it, and to write its
// own log.
func (s *stack) rights(f topology.Function, log awslogs.LogGroup) *[]awsiam.PolicyStatement {
	all := []awsiam.PolicyStatement{
		allow([]string{"logs:CreateLogStream", "logs:PutLogEvents"}, *log.LogGroupArn()),
	}
	for _, right := range f.Tables {
		all = append(all, s.tableRights(right)...)
	}

	for _, queue := range f.Sends {
		all = append(all, allow([]string{"sqs:SendMessage"}, *s.queues[queue].QueueArn()))
	}
	take := []string{
		"sqs:ReceiveMessage",
		"sqs:DeleteMessage",
		"sqs:GetQueueAttributes",
		"sqs:ChangeMessageVisibility", // of what failed, by the function itself
	}
	for _, source := range f.Sources {
		all = append(all, allow(take, *s.queues[source.Queue].QueueArn()))
	}
	if len(f.Uploads) > 0 {
		all = append(all, allow([]string{"sqs:SendMessage"}, *s.dead[f.Name].QueueArn()))
	}

	all = append(all, s.objectRights(f.Objects)...)
	if f.NeedsCodeKey {
		all = append(all, allow([]string{"secretsmanager:GetSecretValue"}, *s.codeKey))
	}
	for _, carrier := range f.Carriers {
		all = append(all, s.carrierRights(carrier)...)
	}

	return &all
}

func allow(actions []string, resources ...string) awsiam.PolicyStatement {
	return awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Actions:   jsii.Strings(actions...),
		Resources: jsii.Strings(resources...),
	})
}

// tableRights lets a function do the verbs with a table, and Query with the table's
// indexes.
func (s *stack) tableRights(right topology.TableRight) []awsiam.PolicyStatement {
	arn := *s.tables[right.Table].TableArn()

	var actions []string
	for _, verb := range right.Verbs {
		actions = append(actions, "dynamodb:"+string(verb))
	}
	all := []awsiam.PolicyStatement{allow(actions, arn)}

	var indexes []string
	for _, table := range topology.Latchkey.Tables {
		for _, index := range table.Indexes {
			if table.Name == right.Table {
				indexes = append(indexes, arn+"/index/"+index.Name)
			}
		}
	}
	if slices.Contains(right.Verbs, topology.Query) && len(indexes) > 0 {
		all = append(all, allow([]string{"dynamodb:Query"}, indexes...))
	}

	if len(right.Attributes) > 0 {
		for _, statement := range all {
			statement.AddConditions(onlyAttributes(right.Attributes))
		}
	}

	return all
}

// onlyAttributes is DynamoDB's condition for a call that names attributes, and only
// these. ForAllValues holds for a call that names none, which would read all of them:
// Null refuses that, and Select a query for all. ReturnValues refuses a write that
// answers with the whole item.
// (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html)
func onlyAttributes(names []string) *map[string]any {
	return &map[string]any{
		"ForAllValues:StringEquals": map[string]any{"dynamodb:Attributes": names},
		"Null":                      map[string]any{"dynamodb:Attributes": "false"},
		"StringEqualsIfExists": map[string]any{
			"dynamodb:Select":       "SPECIFIC_ATTRIBUTES",
			"dynamodb:ReturnValues": []string{"NONE", "UPDATED_OLD", "UPDATED_NEW"},
		},
	}
}

func (s *stack) bucketARN() string { return "arn:" + *s.Partition() + ":s3:::" + s.bucket }

// objectRights lets a function do the verbs with the objects under its prefixes.
// ListBucket is a right on the bucket, and so it is there once.
func (s *stack) objectRights(rights []topology.ObjectRight) []awsiam.PolicyStatement {
	var all []awsiam.PolicyStatement
	lists := false
	for _, right := range rights {
		var actions []string
		for _, verb := range right.Verbs {
			switch verb {
			case topology.GetObject:
				actions = append(actions, "s3:GetObject", "s3:GetObjectVersion")
			case topology.PutObject:
				actions = append(actions, "s3:PutObject", "s3:AbortMultipartUpload")
			case topology.ListBucket:
				lists = true
			}
		}
		all = append(all, allow(actions, s.bucketARN()+"/"+right.Prefix+"*"))
	}

	if lists {
		all = append(all, allow([]string{"s3:ListBucket"}, s.bucketARN()))
	}

	return all
}

// carrierRights lets a function use a carrier.
func (s *stack) carrierRights(carrier string) []awsiam.PolicyStatement {
	switch carrier {
	case "email":
		return []awsiam.PolicyStatement{
			allow([]string{"ses:SendEmail"}, append(s.mail.identities(), s.mail.setARN())...),
			allow([]string{"ses:GetAccount"}, "*"), // which knows no resource
		}
	case "quota":
		return []awsiam.PolicyStatement{allow([]string{"ses:GetAccount"}, "*")}
	case "suppression": // whose addresses are no resources
		return []awsiam.PolicyStatement{
			allow([]string{"ses:DeleteSuppressedDestination"}, "*"),
		}
	case "sms":
		// A phone number has no ARN, so that the right can't name one. Topics, endpoints
		// and all else that has an ARN is denied again.
		noTopic := awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Effect:    awsiam.Effect_DENY,
			Actions:   jsii.Strings("sns:Publish"),
			Resources: jsii.Strings("arn:" + *s.Partition() + ":sns:*:*:*"),
		})
		return []awsiam.PolicyStatement{allow([]string{"sns:Publish"}, "*"), noTopic}
	}

	panic("no carrier is called " + carrier)
}

// wildcardReasons returns why a function's role has the wildcards that it has, or ""
// where it has none.
func wildcardReasons(f topology.Function) string {
	const (
		objects = "Objects are named after their job: " +
			"the prefix is the narrowest name that they share."
		account = "ses:GetAccount, which tells the send rate and the day's quota, " +
			"knows no resource."
		listed = "ses:DeleteSuppressedDestination, which takes an address off the " +
			"account's suppression list, knows no resource."
		phones = "A phone number has no ARN: " +
			"sns:Publish is allowed on all and denied on every topic."
	)

	var reasons []string
	if len(f.Objects) > 0 {
		reasons = append(reasons, objects)
	}
	for _, carrier := range f.Carriers {
		switch carrier {
		case "email", "quota":
			reasons = append(reasons, account)
		case "suppression":
			reasons = append(reasons, listed)
		case "sms":
			reasons = append(reasons, phones)
		}
	}
	return strings.Join(reasons, " ")
}
