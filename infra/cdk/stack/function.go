package stack

import (
	"maps"
	"path/filepath"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awseventstargets"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"

	"latchkey/shared/topology"
)

// newFunction makes a function with a role and a log of its own, and what invokes it. Its
// construct has the topology's name, by which the SAM command line finds it in the
// template.
func (s *stack) newFunction(f topology.Function) awslambda.Function {
	name := s.parameters.name(f.Name)
	log := s.newLog("Log"+*id(f.Name), "/aws/lambda/"+name)
	if len(f.Uploads) > 0 {
		s.newFailures(f)
	}

	architecture := awslambda.Architecture_ARM_64()
	if s.parameters.Architecture() == "x86_64" {
		architecture = awslambda.Architecture_X86_64()
	}

	recursive := awslambda.RecursiveLoop_TERMINATE
	if topology.Latchkey.Loops(f) {
		recursive = awslambda.RecursiveLoop_ALLOW // each of its loops ends by itself
	}

	function := awslambda.NewFunction(s.Stack, &f.Name, &awslambda.FunctionProps{
		FunctionName:  &name,
		Description:   &f.Does,
		Runtime:       awslambda.Runtime_PROVIDED_AL2023(),
		Architecture:  architecture,
		Handler:       new("bootstrap"),
		Code:          awslambda.Code_FromAsset(new(filepath.Join(s.assets, f.Name)), nil),
		MemorySize:    new(float64(f.Memory)),
		Timeout:       awscdk.Duration_Seconds(new(f.Timeout.Seconds())),
		Environment:   s.environment(f),
		Role:          s.newRole(f, log),
		LogGroup:      log,
		LoggingFormat: awslambda.LoggingFormat_JSON,
		// Of what Lambda itself says of an invocation, only failures: the rest is in its
		// metrics, and would be most of the log
		// (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html).
		SystemLogLevelV2: awslambda.SystemLogLevel_WARN,
		RecursiveLoop:    recursive,
	})

	for _, source := range f.Sources {
		construct := id("Source", source.Queue)
		awslambda.NewEventSourceMapping(function, construct, &awslambda.EventSourceMappingProps{
			Target:                  function,
			EventSourceArn:          s.queues[source.Queue].QueueArn(),
			BatchSize:               new(float64(source.BatchSize)),
			MaxBatchingWindow:       window(source),
			MaxConcurrency:          new(float64(source.Concurrency)),
			ReportBatchItemFailures: new(true),
		})
	}
	s.api.route(f, function)

	return function
}

// window returns a source's batching window, nil for none.
func window(source topology.Source) awscdk.Duration {
	if source.Window == 0 {
		return nil
	}
	return awscdk.Duration_Seconds(new(source.Window.Seconds()))
}

// newRole makes a role with the rights of the topology and the right to write the
// function's own log. No managed policy is attached: they allow more.
func (s *stack) newRole(f topology.Function, log awslogs.LogGroup) awsiam.Role {
	policy := awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: s.rights(f, log)})
	role := awsiam.NewRole(s.Stack, id("Role", f.Name), &awsiam.RoleProps{
		Description:    new("What " + s.parameters.name(f.Name) + " may do."),
		AssumedBy:      awsiam.NewServicePrincipal(new("lambda.amazonaws.com"), nil),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"topology": policy},
	})

	if reason := wildcardReasons(f); reason != "" {
		justify(role, map[string]string{"AwsSolutions-IAM5": reason})
	}
	return role
}

// newLog makes a log group whose entries go after LOG_DAYS days. The number is set on the
// resource beneath: the CDK's enumeration would refuse a number that came as a parameter.
func (s *stack) newLog(construct, name string) awslogs.LogGroup {
	log := awslogs.NewLogGroup(s.Stack, &construct, &awslogs.LogGroupProps{
		LogGroupName:  &name,
		RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})

	group := log.Node().DefaultChild().(awslogs.CfnLogGroup)
	group.SetRetentionInDays(new(s.parameters.number("LOG_DAYS")))
	return log
}

// environment returns what the function finds in its environment. With the parameter SAM
// it has the engines' addresses as well, which the SAM command line may set then.
func (s *stack) environment(f topology.Function) *map[string]*string {
	given := f.Environment(topology.Values{
		Table:            func(name string) string { return *s.tables[name].TableName() },
		Queue:            func(name string) string { return *s.queues[name].QueueUrl() },
		Parameter:        s.parameter,
		Bucket:           s.bucket,
		CodeKey:          *s.codeKey,
		ConfigurationSet: *s.mail.set.Ref(),
	})
	if s.parameters.values["SAM"] == "true" {
		maps.Copy(given, topology.Endpoints{}.Variables())
	}

	all := map[string]*string{}
	for name, value := range given {
		all[name] = &value
	}
	return &all
}

// parameter returns what functions are told of a parameter, or "".
func (s *stack) parameter(name string) string {
	if name == "BASE_URL" {
		return *s.baseURL()
	}
	return s.parameters.values[name]
}

// newCodeKey makes the key that codes are hashed with, and returns its ARN. The functions
// read the key by it: a key in the environment would be seen by anyone who may look at a
// function. 64 letters and digits are more than 256 bits.
func (s *stack) newCodeKey() *string {
	stage := s.parameters.values["STAGE"]
	description := "Latchkey (" + stage + "): the key that codes are hashed with"
	secret := awssecretsmanager.NewSecret(s.Stack, new("CodeKey"), &awssecretsmanager.SecretProps{
		Description: &description,
		GenerateSecretString: &awssecretsmanager.SecretStringGenerator{
			ExcludePunctuation: new(true),
			PasswordLength:     new(64.0),
		},
	})

	justify(secret, map[string]string{
		"AwsSolutions-SMG4": "A key that changes by the clock makes every code in a user's hand " +
			"wrong, and a process reads it once. Codes live for ten minutes and are tried " +
			"50 times at most.",
	})

	return secret.SecretArn()
}

// newRule makes a rule that invokes a function on the topology's schedule.
func (s *stack) newRule(r topology.Rule) {
	awsevents.NewRule(s.Stack, id("Rule", r.Name), &awsevents.RuleProps{
		RuleName:    new(s.parameters.name(r.Name)),
		Description: new("Starts " + r.Function + " by the clock."),
		Schedule:    awsevents.Schedule_Expression(&r.Schedule),
		Targets: &[]awsevents.IRuleTarget{
			awseventstargets.NewLambdaFunction(s.functions[r.Function], nil),
		},
	})
}
