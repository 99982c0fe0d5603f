package stack

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/jsii-runtime-go"

	"latchkey/infra/policy"
	"latchkey/shared/topology"
)

// rights returns the statements of a function's role.
func (s *stack) rights(f topology.Function, log awslogs.LogGroup) *[]awsiam.PolicyStatement {
	var all []awsiam.PolicyStatement
	for _, statement := range policy.Of(f, s.names(log)) {
		effect := awsiam.Effect_ALLOW
		if statement.Effect == policy.Deny {
			effect = awsiam.Effect_DENY
		}
		conditions := map[string]any{}
		for operator, values := range statement.Condition {
			conditions[operator] = values
		}
		all = append(all, awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Effect:     effect,
			Actions:    jsii.Strings(statement.Action...),
			Resources:  jsii.Strings(statement.Resource...),
			Conditions: &conditions,
		}))
	}
	return &all
}

// names returns what the stack calls what the topology names, for the function with that
// log.
func (s *stack) names(log awslogs.LogGroup) policy.Deployment {
	return policy.Deployment{
		Table:    func(name string) string { return *s.tables[name].TableArn() },
		Queue:    func(name string) string { return *s.queues[name].QueueArn() },
		Failures: func(function string) string { return *s.dead[function].QueueArn() },
		Log:      func(string) string { return *log.LogGroupArn() },
		Bucket:   s.bucketARN(),
		CodeKey:  *s.codeKey,
		Identity: func(name string) string { return s.arn("ses", "identity/"+name) },

		ConfigurationSet: s.arn("ses", "configuration-set/"+*s.mail.set.Ref()),
		Topics:           "arn:" + *s.Partition() + ":sns:*:*:*",
		Sender:           s.parameters.sender(),
		Sandbox:          s.parameters.values["SES_SANDBOX"] == "true",
	}
}

func (s *stack) bucketARN() string { return "arn:" + *s.Partition() + ":s3:::" + s.bucket }

// wildcardReasons returns why a function's role has the wildcards that it has, or "" where
// it has none.
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
