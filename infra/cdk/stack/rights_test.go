package stack

import (
	"encoding/json"
	"slices"
	"testing"

	"latchkey/infra/policy"
	"latchkey/shared/mailbox"
	"latchkey/shared/topology"
)

// The local host refuses what policy's statements don't allow. What AWS refuses is decided
// by the template: here both are held against each other, statement by statement.
func TestTheRolesHaveTheStatementsThatTheLocalHostEnforces(t *testing.T) {
	made := usualTemplate(t)
	for _, f := range topology.Latchkey.Functions {
		var want []string
		for _, s := range policy.Of(f, made.deployment(t, f)) {
			want = append(want, written(t, s.Effect, s.Action, s.Resource, s.Condition))
		}

		var got []string
		for _, s := range made.rightsOf(t, f.Name) {
			got = append(got, written(t, s.Effect, s.Actions, s.Resources, s.Condition))
		}

		if !slices.Equal(got, want) {
			t.Errorf("%s: the role has\n%q\nwant\n%q", f.Name, got, want)
		}
	}
}

// written returns a statement as one text.
func written(t *testing.T, parts ...any) string {
	t.Helper()
	text, err := json.Marshal(parts)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// deployment returns what the template calls what the topology names, flat.
func (made template) deployment(t *testing.T, f topology.Function) policy.Deployment {
	t.Helper()
	const here = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:"

	named := func(kind, property string) func(name string) string {
		return func(name string) string {
			return made.named(t, kind, property, "latchkey-prod-"+name).arn()
		}
	}
	queue := named("AWS::SQS::Queue", "QueueName")
	bucket := made.of("AWS::S3::Bucket")[0]
	return policy.Deployment{
		Table:    named("AWS::DynamoDB::Table", "TableName"),
		Queue:    queue,
		Failures: func(name string) string { return queue(name + topology.DeadLetterSuffix) },
		Log: func(string) string {
			group := flat(made.function(t, f.Name).at("LoggingConfig.LogGroup"))
			return "${" + referred(group) + ".Arn}"
		},
		Bucket:           "arn:${AWS::Partition}:s3:::" + flat(bucket.at("BucketName")),
		CodeKey:          made.of("AWS::SecretsManager::Secret")[0].ref(),
		Identity:         func(name string) string { return here + "identity/" + name },
		ConfigurationSet: here + "configuration-set/${Mail}",
		Topics:           "arn:${AWS::Partition}:sns:*:*:*",
		Sender:           mailbox.Mailbox{Local: "no-reply", Domain: "northwind.example"},
	}
}
