package stack

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/assertions"
	"github.com/cdklabs/cdk-nag-go/cdknag/v2"

	"latchkey/shared/metric"
	"latchkey/shared/topology"
)

func TestEveryTableKeepsItsItemsSafe(t *testing.T) {
	made := usualTemplate(t)
	got, want := len(made.of("AWS::DynamoDB::Table")), len(topology.Latchkey.Tables)
	if got != want {
		t.Errorf("there are %d tables, want %d", got, want)
	}

	for _, want := range topology.Latchkey.Tables {
		t.Run(want.Name, func(t *testing.T) {
			table := made.named(t, "AWS::DynamoDB::Table", "TableName", "latchkey-prod-"+want.Name)
			for path, wanted := range map[string]any{
				"BillingMode":               "PAY_PER_REQUEST",
				"DeletionProtectionEnabled": true,
				"PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled": true,
				"SSESpecification.SSEEnabled":                                 true,
			} {
				if got := table.at(path); got != wanted {
					t.Errorf("%s is %v, want %v", path, got, wanted)
				}
			}

			if table.DeletionPolicy != "Retain" || table.UpdateReplacePolicy != "Retain" {
				t.Errorf(
					"it goes with the stack: %q, %q",
					table.DeletionPolicy,
					table.UpdateReplacePolicy,
				)
			}

			ttl := flat(table.at("TimeToLiveSpecification"))
			if want.Expires == "" && ttl != "" ||
				want.Expires != "" && ttl != `{"AttributeName":"`+want.Expires+`","Enabled":true}` {
				t.Errorf("the TTL is %s, want it by %q", ttl, want.Expires)
			}
		})
	}
}

func TestEveryTableHasItsKeysAndIndexes(t *testing.T) {
	made := usualTemplate(t)

	keys := func(partition, sort string) string {
		text := `[{"AttributeName":"` + partition + `","KeyType":"HASH"}`
		if sort != "" {
			text += `,{"AttributeName":"` + sort + `","KeyType":"RANGE"}`
		}

		return text + "]"
	}
	for _, want := range topology.Latchkey.Tables {
		table := made.named(t, "AWS::DynamoDB::Table", "TableName", "latchkey-prod-"+want.Name)
		if got := flat(table.at("KeySchema")); got != keys(want.Partition, want.Sort) {
			t.Errorf("%s: the key is %s", want.Name, got)
		}

		indexes, _ := table.at("GlobalSecondaryIndexes").([]any)
		if len(indexes) != len(want.Indexes) {
			t.Fatalf("%s: %d indexes, want %d", want.Name, len(indexes), len(want.Indexes))
		}

		for i, index := range want.Indexes {
			projection := `{"ProjectionType":"KEYS_ONLY"}`
			if index.All {
				projection = `{"ProjectionType":"ALL"}`
			} else if len(index.Include) > 0 {
				included := strings.Join(index.Include, `","`)
				projection = `{"NonKeyAttributes":["` + included + `"],"ProjectionType":"INCLUDE"}`
			}

			key := keys(index.Partition, index.Sort)
			want := `{"IndexName":"` + index.Name + `","KeySchema":` + key +
				`,"Projection":` + projection + `}`
			if got := flat(indexes[i]); got != want {
				t.Errorf("an index is %s\nwant %s", got, want)
			}
		}
	}
}

func TestEveryQueueHidesItsMessagesLongEnoughAndGivesThemUpInTheEnd(t *testing.T) {
	made := usualTemplate(t)
	for _, want := range topology.Latchkey.Queues {
		t.Run(want.Name, func(t *testing.T) {
			name := "latchkey-prod-" + want.Name
			queue := made.named(t, "AWS::SQS::Queue", "QueueName", name)
			dead := made.named(t, "AWS::SQS::Queue", "QueueName", name+"-dead")

			if got := flat(queue.at("RedrivePolicy.deadLetterTargetArn")); got != dead.arn() {
				t.Errorf("what it gives up goes to %s", got)
			}

			if got := queue.at("RedrivePolicy.maxReceiveCount"); got != float64(want.Receives) {
				t.Errorf("a message is tried %v times, want %d", got, want.Receives)
			}

			consumer, _, _ := topology.Latchkey.Consumer(want.Name)
			if got := queue.at("VisibilityTimeout").(float64); got < 6*consumer.Timeout.Seconds() {
				t.Errorf(
					"a message is hidden for %v s, while %s may take %v",
					got, consumer.Name, consumer.Timeout,
				)
			}

			waits := queue.at("MessageRetentionPeriod").(float64)
			if waits >= dead.at("MessageRetentionPeriod").(float64) {
				t.Error("a dead letter can be gone before somebody has seen it: it keeps its age")
			}
		})
	}
}

func TestEveryQueueAndTopicIsEncryptedAndRefusesPlainHTTP(t *testing.T) {
	made := usualTemplate(t)

	refused := map[string]bool{}
	policies := slices.Concat(made.of("AWS::SQS::QueuePolicy"), made.of("AWS::SNS::TopicPolicy"))
	for _, policy := range policies {
		for _, s := range statements(policy.at("PolicyDocument")) {
			if s.Effect == "Deny" &&
				strings.Contains(flat(s.Condition), `{"Bool":{"aws:SecureTransport":"false"}}`) &&
				(s.Principal == `{"AWS":"*"}` || s.Principal == "*") {
				refused[referred(s.Resources[0])] = true
			}
		}
	}

	for _, queue := range made.of("AWS::SQS::Queue") {
		if queue.at("SqsManagedSseEnabled") != true || !refused[queue.id] {
			t.Errorf("%s isn't encrypted or takes plain HTTP", queue.id)
		}
	}

	for _, topic := range made.of("AWS::SNS::Topic") {
		if topic.at("KmsMasterKeyId") == nil || !refused[topic.id] {
			t.Errorf("%s isn't encrypted or takes plain HTTP", topic.id)
		}
	}
}

func TestEverySourceAnswersForEachMessage(t *testing.T) {
	made := usualTemplate(t)

	sources := 0
	for _, f := range topology.Latchkey.Functions {
		for _, want := range f.Sources {
			sources++
			queue := made.named(t, "AWS::SQS::Queue", "QueueName", "latchkey-prod-"+want.Queue)
			source := made.named(
				t, "AWS::Lambda::EventSourceMapping", "EventSourceArn", queue.arn(),
			)

			if got := flat(source.at("FunctionName")); got != made.function(t, f.Name).ref() {
				t.Errorf("%s invokes %s, want %s", want.Queue, got, f.Name)
			}

			got := flat(source.at("FunctionResponseTypes"))
			if got != `["ReportBatchItemFailures"]` {
				t.Errorf("%s: partial batch responses are off: %s", want.Queue, got)
			}

			gathered, _ := source.at("MaximumBatchingWindowInSeconds").(float64)
			if source.at("BatchSize") != float64(want.BatchSize) ||
				gathered != want.Window.Seconds() ||
				source.at("ScalingConfig.MaximumConcurrency") != float64(want.Concurrency) {
				t.Errorf(
					"%s: batches of %v by %v at once",
					want.Queue,
					source.at("BatchSize"),
					source.at("ScalingConfig.MaximumConcurrency"),
				)
			}
		}
	}

	if got := len(made.of("AWS::Lambda::EventSourceMapping")); got != sources {
		t.Errorf("there are %d sources, want %d", got, sources)
	}
}

func TestTheBucketIsPrivateAndForTLSAlone(t *testing.T) {
	made := usualTemplate(t)

	bucket := made.of("AWS::S3::Bucket")[0]
	const (
		closed = `{"BlockPublicAcls":true,"BlockPublicPolicy":true,` +
			`"IgnorePublicAcls":true,"RestrictPublicBuckets":true}`
		encryption = "BucketEncryption.ServerSideEncryptionConfiguration.0"
		encrypted  = `{"ServerSideEncryptionByDefault":{"SSEAlgorithm":"AES256"}}`
		kept       = "LifecycleConfiguration.Rules.0."
		cors       = "CorsConfiguration.CorsRules.0."
	)
	for path, want := range map[string]string{
		"PublicAccessBlockConfiguration":        closed,
		"OwnershipControls.Rules":               `[{"ObjectOwnership":"BucketOwnerEnforced"}]`,
		"VersioningConfiguration.Status":        "Enabled",
		encryption:                              encrypted,
		kept + "Status":                         "Enabled",
		kept + "ExpirationInDays":               "400",
		kept + "NoncurrentVersionExpiration":    `{"NoncurrentDays":30}`,
		kept + "AbortIncompleteMultipartUpload": `{"DaysAfterInitiation":1}`,
		cors + "AllowedOrigins.0":               "${Api.ApiEndpoint}",
		cors + "AllowedMethods":                 `["PUT"]`,
	} {
		if got := flat(bucket.at(path)); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}

	if bucket.DeletionPolicy != "Retain" || bucket.UpdateReplacePolicy != "Retain" {
		t.Error("it goes with the stack")
	}

	refusals := statements(made.of("AWS::S3::BucketPolicy")[0].at("PolicyDocument"))
	if len(refusals) != 1 || refusals[0].Effect != "Deny" ||
		refusals[0].Principal != `{"AWS":"*"}` ||
		!slices.Equal(refusals[0].Actions, []string{"s3:*"}) ||
		!slices.Equal(refusals[0].Resources, []string{"${Bucket.Arn}", "${Bucket.Arn}/*"}) ||
		flat(refusals[0].Condition) != `{"Bool":{"aws:SecureTransport":"false"}}` {
		t.Errorf("its policy is %+v", refusals)
	}
}

func TestTheBucketStartsUploadAndNothingIsLost(t *testing.T) {
	made := usualTemplate(t)
	bucket, upload := made.of("AWS::S3::Bucket")[0], made.function(t, "upload")

	var prefixes []string

	starts, _ := bucket.at("NotificationConfiguration.LambdaConfigurations").([]any)
	for _, start := range starts {
		s := resource{Properties: start.(map[string]any)}
		if flat(s.at("Function")) != upload.arn() ||
			s.at("Event") != "s3:ObjectCreated:*" ||
			s.at("Filter.S3Key.Rules.0.Name") != "prefix" {
			t.Errorf("an event goes elsewhere: %s", flat(start))
		}

		prefixes = append(prefixes, flat(s.at("Filter.S3Key.Rules.0.Value")))
	}

	want, _ := topology.Latchkey.Function("upload")
	if !slices.Equal(prefixes, want.Uploads) {
		t.Errorf("it is started by %q, want %q", prefixes, want.Uploads)
	}

	permission := made.named(t, "AWS::Lambda::Permission", "Principal", "s3.amazonaws.com")

	name := flat(bucket.at("BucketName"))
	if flat(permission.at("SourceArn")) != "arn:${AWS::Partition}:s3:::"+name ||
		flat(permission.at("SourceAccount")) != "${AWS::AccountId}" {
		t.Errorf(
			"who may start it is %s of %s",
			flat(permission.at("SourceArn")),
			flat(permission.at("SourceAccount")),
		)
	}

	if !slices.Contains(flats(bucket.DependsOn), permission.id) {
		t.Error("the bucket may be there before its right to invoke, and S3 refuses it then")
	}

	dead := made.named(t, "AWS::SQS::Queue", "QueueName", "latchkey-prod-upload-dead")

	events := made.named(t, "AWS::Lambda::EventInvokeConfig", "FunctionName", upload.ref())
	if got := flat(events.at("DestinationConfig.OnFailure.Destination")); got != dead.arn() {
		t.Errorf("an event that fails goes to %q", got)
	}
}

func TestEveryFunctionIsAsTheTopologySays(t *testing.T) {
	made := usualTemplate(t)
	got, want := len(made.of("AWS::Lambda::Function")), len(topology.Latchkey.Functions)
	if got != want {
		t.Errorf("there are %d functions, want %d: one may be of a custom resource", got, want)
	}

	for _, want := range topology.Latchkey.Functions {
		function := made.function(t, want.Name)
		for path, wanted := range map[string]any{
			"Runtime":                      "provided.al2023",
			"Handler":                      "bootstrap",
			"Architectures.0":              "arm64",
			"LoggingConfig.LogFormat":      "JSON",
			"LoggingConfig.SystemLogLevel": "WARN",
			"MemorySize":                   float64(want.Memory),
			"Timeout":                      want.Timeout.Seconds(),
		} {
			if got := function.at(path); got != wanted {
				t.Errorf("%s: %s is %v, want %v", want.Name, path, got, wanted)
			}
		}
	}
}

func TestWhoSendsToItselfIsNotStoppedAfterSixteenInvocations(t *testing.T) {
	made := usualTemplate(t)

	allowed := 0
	for _, f := range topology.Latchkey.Functions {
		want := "Terminate"
		itself := slices.ContainsFunc(f.Sources, func(s topology.Source) bool {
			return slices.Contains(f.Sends, s.Queue)
		})
		if itself {
			want = "Allow"
			allowed++
		}

		function := made.named(t, "AWS::Lambda::Function", "FunctionName", "latchkey-prod-"+f.Name)
		if got := function.at("RecursiveLoop"); got != want {
			t.Errorf("%s: RecursiveLoop is %v, want %s", f.Name, got, want)
		}
	}

	if allowed == 0 {
		t.Error("nobody sends to a queue that starts it: this test holds nothing")
	}
}

func TestEveryFunctionIsGivenTheVariablesOfTheTopology(t *testing.T) {
	made := usualTemplate(t)
	missing := map[string]bool{} // optional parameters, which aren't set
	for _, p := range topology.Latchkey.Parameters {
		if p.Default == "" && !p.Required && p.Name != "BASE_URL" {
			missing[p.Name] = true
		}
	}

	for _, f := range topology.Latchkey.Functions {
		environment, _ := made.function(t, f.Name).at("Environment.Variables").(map[string]any)
		want := slices.DeleteFunc(f.Variables(), func(name string) bool { return missing[name] })
		if got := slices.Sorted(maps.Keys(environment)); !slices.Equal(got, want) {
			t.Errorf("%s is given %q\nwant %q", f.Name, got, want)
		}
	}
}

func TestTheCodeKeyIsInSecretsManagerAlone(t *testing.T) {
	made := usualTemplate(t)

	secret := made.of("AWS::SecretsManager::Secret")[0]
	got := flat(secret.at("GenerateSecretString"))
	if got != `{"ExcludePunctuation":true,"PasswordLength":64}` {
		t.Errorf("the key is made by %s: it has to have 32 bytes at least", got)
	}

	for _, f := range topology.Latchkey.Functions {
		reads := ""
		for _, s := range made.rightsOf(t, f.Name) {
			if slices.Contains(s.Actions, "secretsmanager:GetSecretValue") {
				reads += strings.Join(s.Resources, " ")
			}
		}

		given, want := "", ""
		if f.NeedsCodeKey {
			given = flat(made.function(t, f.Name).at("Environment.Variables.CODE_KEY_SECRET"))
			want = secret.ref()
		}

		if given != want || reads != want {
			t.Errorf("%s is given %q and reads %q, want %q", f.Name, given, reads, want)
		}
	}
}

func TestLogsAreKeptNinetyDays(t *testing.T) {
	made := usualTemplate(t)
	for _, f := range topology.Latchkey.Functions {
		log := made.Resources[referred(flat(made.function(t, f.Name).at("LoggingConfig.LogGroup")))]
		if got := log.at("RetentionInDays"); got != 90.0 {
			t.Errorf("the log of %s is kept %v days, want 90", f.Name, got)
		}
	}

	logs := len(made.of("AWS::Logs::LogGroup"))
	if logs != len(topology.Latchkey.Functions)+1 { // one is the API's
		t.Errorf("there are %d logs", logs)
	}
}

func TestEachRoleHasTheVerbsOfTheTopologyAndNoOther(t *testing.T) {
	made := usualTemplate(t)

	tables := map[string]string{} // names by what they are called in a flat ARN
	for _, table := range topology.Latchkey.Tables {
		found := made.named(t, "AWS::DynamoDB::Table", "TableName", "latchkey-prod-"+table.Name)
		tables[found.arn()] = table.Name
	}

	for _, f := range topology.Latchkey.Functions {
		got, want := map[string]bool{}, map[string]bool{}
		for _, s := range made.rightsOf(t, f.Name) {
			for _, action := range s.Actions {
				for _, r := range s.Resources {
					if s.Effect == "Deny" {
						action += " denied"
					}
					if verb, ok := strings.CutPrefix(action, "dynamodb:"); ok && tables[r] != "" {
						got[tables[r]+" "+verb] = true
					} else if ok {
						arn, index, _ := strings.Cut(r, "/index/")
						got[tables[arn]+" "+verb+" "+index] = true
					}
				}
			}
		}

		for _, right := range f.Tables {
			for _, verb := range right.Verbs {
				want[right.Table+" "+string(verb)] = true
			}

			for _, index := range right.Indexes {
				want[right.Table+" Query "+index] = true
			}
			for _, index := range right.Among {
				want[right.Table+" PartiQLSelect "+index] = true
				want[right.Table+" PartiQLSelect denied "+index] = true // of the whole index
			}
		}

		if !maps.Equal(got, want) {
			t.Errorf(
				"%s may %v\nwant %v",
				f.Name,
				slices.Sorted(maps.Keys(got)),
				slices.Sorted(maps.Keys(want)),
			)
		}
	}
}

func TestEachRoleHasTheQueuesAndObjectsOfTheTopologyAndNoOther(t *testing.T) {
	made := usualTemplate(t)
	bucket := "arn:${AWS::Partition}:s3:::" + flat(made.of("AWS::S3::Bucket")[0].at("BucketName"))
	queue := func(name string) string {
		return made.named(t, "AWS::SQS::Queue", "QueueName", "latchkey-prod-"+name).arn()
	}

	for _, f := range topology.Latchkey.Functions {
		got, want := map[string]bool{}, map[string]bool{}
		for _, s := range made.rightsOf(t, f.Name) {
			for _, action := range s.Actions {
				for _, r := range s.Resources {
					if strings.HasPrefix(action, "sqs:") || strings.HasPrefix(action, "s3:") {
						got[action+" "+r] = true
					}
				}
			}
		}

		for _, name := range f.Sends {
			want["sqs:SendMessage "+queue(name)] = true
		}

		if len(f.Uploads) > 0 {
			want["sqs:SendMessage "+queue(f.Name+"-dead")] = true
		}

		for _, source := range f.Sources {
			want["sqs:ReceiveMessage "+queue(source.Queue)] = true
			want["sqs:DeleteMessage "+queue(source.Queue)] = true
			want["sqs:GetQueueAttributes "+queue(source.Queue)] = true
			want["sqs:ChangeMessageVisibility "+queue(source.Queue)] = true
		}

		for _, right := range f.Objects {
			for _, verb := range right.Verbs {
				if verb == topology.ListBucket || verb == topology.ListBucketVersions {
					want["s3:"+string(verb)+" "+bucket] = true
				} else {
					want["s3:"+string(verb)+" "+bucket+"/"+right.Prefix+"*"] = true
				}
			}
		}

		if !maps.Equal(got, want) {
			t.Errorf(
				"%s may %v\nwant %v",
				f.Name,
				slices.Sorted(maps.Keys(got)),
				slices.Sorted(maps.Keys(want)),
			)
		}
	}
}

func TestProcessReadsOnlyTheKeysOfCredentials(t *testing.T) {
	made := usualTemplate(t)
	credentials := made.named(t, "AWS::DynamoDB::Table", "TableName", "latchkey-prod-credentials")

	found := 0
	for _, s := range made.rightsOf(t, "process") {
		ofCredentials := slices.ContainsFunc(s.Resources, func(r string) bool {
			return strings.Contains(r, credentials.id)
		})
		if !ofCredentials {
			continue
		}
		found++

		const want = `{"ForAllValues:StringEquals":{"dynamodb:Attributes":["user_id"]},` +
			`"Null":{"dynamodb:Attributes":"false"},` +
			`"StringEqualsIfExists":{` +
			`"dynamodb:ReturnValues":["NONE","UPDATED_OLD","UPDATED_NEW"],` +
			`"dynamodb:Select":"SPECIFIC_ATTRIBUTES"}}`
		if !slices.Equal(s.Actions, []string{"dynamodb:BatchGetItem"}) ||
			flat(s.Condition) != want {
			t.Errorf("it may %v if %s", s.Actions, flat(s.Condition))
		}
	}

	if found != 1 {
		t.Errorf("%d statements are about credentials, want 1", found)
	}
}

func TestThePasswordHashIsReadByRedeemAndSigninAlone(t *testing.T) {
	made := usualTemplate(t)
	credentials := made.named(t, "AWS::DynamoDB::Table", "TableName", "latchkey-prod-credentials")

	var readers []string
	for _, f := range topology.Latchkey.Functions {
		for _, s := range made.rightsOf(t, f.Name) {
			attributes := flat(s.Condition["ForAllValues:StringEquals"])
			if slices.Contains(s.Resources, credentials.arn()) &&
				(attributes == "" || strings.Contains(attributes, `"hash"`)) {
				readers = append(readers, f.Name)
			}
		}
	}

	if !slices.Equal(readers, []string{"redeem", "signin"}) {
		t.Errorf("it is read by %q", readers)
	}
}

func TestWebReadsNothing(t *testing.T) {
	made := usualTemplate(t)
	log := flat(made.function(t, "web").at("LoggingConfig.LogGroup"))

	rights := made.rightsOf(t, "web")
	if len(rights) != 1 ||
		!slices.Equal(rights[0].Actions, []string{"logs:CreateLogStream", "logs:PutLogEvents"}) ||
		!slices.Equal(rights[0].Resources, []string{"${" + referred(log) + ".Arn}"}) {
		t.Errorf("it may do more than write its log: %+v", rights)
	}
}

func TestNoPolicyHasAWildcardButTheWrittenExceptions(t *testing.T) {
	made := usualTemplate(t)
	if got := len(made.of("AWS::IAM::Policy")) + len(made.of("AWS::IAM::ManagedPolicy")); got != 0 {
		t.Errorf("%d policies are beside the roles of the functions", got)
	}

	if got, want := len(made.of("AWS::IAM::Role")), len(topology.Latchkey.Functions); got != want {
		t.Errorf("there are %d roles, want %d", got, want)
	}

	var wide []string
	for _, f := range topology.Latchkey.Functions {
		for _, s := range made.rightsOf(t, f.Name) {
			for _, action := range s.Actions {
				if strings.Contains(action, "*") {
					t.Errorf("%s may %s", f.Name, action)
				}

				if s.Effect == "Allow" && slices.Contains(s.Resources, "*") {
					wide = append(wide, f.Name+" "+action)
				}
			}
		}
	}

	action := map[string]string{
		"email":       "ses:GetAccount",
		"quota":       "ses:GetAccount",
		"sms":         "sns:Publish",
		"suppression": "ses:DeleteSuppressedDestination",
	}

	var want []string
	for _, f := range topology.Latchkey.Functions {
		for _, carrier := range f.Carriers {
			want = append(want, f.Name+" "+action[carrier])
		}
	}

	if !slices.Equal(wide, want) {
		t.Errorf("allowed on everything: %q, want %q", wide, want)
	}
}

// senders are the functions that send messages.
var senders = []string{"deliver", "answer"}

func TestOnlyDeliverAndAnswerSend(t *testing.T) {
	made := usualTemplate(t)
	for _, f := range topology.Latchkey.Functions {
		for _, s := range made.rightsOf(t, f.Name) {
			sends := slices.ContainsFunc(s.Actions, func(action string) bool {
				return action == "ses:SendEmail" || action == "sns:Publish"
			})
			if sends && !slices.Contains(senders, f.Name) {
				t.Errorf("%s may %v", f.Name, s.Actions)
			}
		}
	}
}

func TestSMSGoesToPhonesAlone(t *testing.T) {
	made := usualTemplate(t)
	for _, name := range senders {
		denied := slices.ContainsFunc(made.rightsOf(t, name), func(s statement) bool {
			return s.Effect == "Deny" && slices.Equal(s.Actions, []string{"sns:Publish"}) &&
				slices.Equal(s.Resources, []string{"arn:${AWS::Partition}:sns:*:*:*"})
		})
		if !denied {
			t.Errorf("%s may publish to topics", name)
		}
	}
}

func TestEmailIsSentAsTheSenderThroughTheConfigurationSet(t *testing.T) {
	const here = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:"
	want := []string{
		here + "identity/no-reply@northwind.example",
		here + "identity/northwind.example",
		here + "configuration-set/${Mail}",
	}

	made := usualTemplate(t)
	checkSenders(t, made, want)
}

func TestADomainAboveTheSendersMayBeTheOneThatIsVerified(t *testing.T) {
	made := parse(t, one(t, map[string]any{"sender": "no-reply@a.b.northwind.example"}, nil))
	const here = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:"
	checkSenders(t, made, []string{
		here + "identity/no-reply@a.b.northwind.example",
		here + "identity/a.b.northwind.example",
		here + "identity/b.northwind.example",
		here + "identity/northwind.example",
		here + "configuration-set/${Mail}",
	})
}

// checkSenders fails the test unless each function that sends may do so as these alone.
func checkSenders(t *testing.T, made template, want []string) {
	t.Helper()
	for _, name := range senders {
		sends := 0
		for _, s := range made.rightsOf(t, name) {
			if !slices.Equal(s.Actions, []string{"ses:SendEmail"}) {
				continue
			}

			sends++
			if !slices.Equal(s.Resources, want) {
				t.Errorf("%s may send as %q, want %q", name, s.Resources, want)
			}
		}
		if sends != 1 {
			t.Errorf("%s is allowed to send %d times", name, sends)
		}
	}
}

func TestMailIsNotTrackedAndTellsWhatBecameOfIt(t *testing.T) {
	made := usualTemplate(t)

	set := made.of("AWS::SES::ConfigurationSet")[0]
	if set.at("TrackingOptions") != nil ||
		set.at("VdmOptions.DashboardOptions.EngagementMetrics") != "DISABLED" ||
		set.at("VdmOptions.GuardianOptions") != nil {
		t.Errorf("links may be rewritten: %s", flat(set.Properties))
	}

	events := made.of("AWS::SES::ConfigurationSetEventDestination")[0]
	topic := made.named(t, "AWS::SNS::Topic", "TopicName", "latchkey-prod-mail-events")

	told := []string{
		"REJECT",
		"BOUNCE",
		"COMPLAINT",
		"DELIVERY",
		"RENDERING_FAILURE",
		"DELIVERY_DELAY",
	}
	if got := flats(events.at("EventDestination.MatchingEventTypes")); !slices.Equal(got, told) {
		t.Errorf("it tells of %q", got)
	}

	if got := flat(events.at("EventDestination.SnsDestination.TopicARN")); got != topic.ref() {
		t.Errorf("it tells %s", got)
	}

	publishers := 0
	for _, policy := range made.of("AWS::SNS::TopicPolicy") {
		for _, s := range statements(policy.at("PolicyDocument")) {
			if s.Effect == "Allow" && slices.Equal(s.Resources, []string{topic.ref()}) {
				publishers++

				if s.Principal != `{"Service":"ses.amazonaws.com"}` ||
					s.Condition["StringEquals"] == nil {
					t.Errorf("%s may publish if %s", s.Principal, flat(s.Condition))
				}

				if !slices.Contains(flats(events.DependsOn), policy.id) {
					t.Error("SES may try the topic before its policy is there")
				}
			}
		}
	}

	if publishers != 1 {
		t.Errorf("%d may publish to the topic of events, want SES alone", publishers)
	}
}

func TestWhatSESTellsComesToItsQueueAndFromThatTopicAlone(t *testing.T) {
	made := usualTemplate(t)
	topic := made.named(t, "AWS::SNS::Topic", "TopicName", "latchkey-prod-mail-events")

	told := 0
	for _, q := range topology.Latchkey.Queues {
		queue := made.named(t, "AWS::SQS::Queue", "QueueName", "latchkey-prod-"+q.Name)
		dead := made.named(t, "AWS::SQS::Queue", "QueueName", "latchkey-prod-"+q.Name+"-dead")
		for _, of := range []resource{queue, dead} {
			senders := 0
			for _, policy := range made.of("AWS::SQS::QueuePolicy") {
				for _, s := range statements(policy.at("PolicyDocument")) {
					if s.Effect != "Allow" ||
						!slices.Equal(s.Resources, []string{of.arn()}) {
						continue
					}

					senders++
					condition := flat(s.Condition)
					if s.Principal != `{"Service":"sns.amazonaws.com"}` ||
						!slices.Equal(s.Actions, []string{"sqs:SendMessage"}) ||
						condition != `{"ArnEquals":{"aws:SourceArn":{"Ref":"`+topic.id+`"}}}` {
						t.Errorf("%s: %s may %v if %s", of.id, s.Principal, s.Actions, condition)
					}
				}
			}

			if want := q.MailEvents; want != (senders > 0) || senders > 1 {
				t.Errorf("%s: %d statements let somebody send to it", of.id, senders)
			}
		}

		if !q.MailEvents {
			continue
		}

		told++

		subscription := made.named(t, "AWS::SNS::Subscription", "Endpoint", queue.arn())
		if subscription.at("Protocol") != "sqs" ||
			flat(subscription.at("TopicArn")) != topic.ref() ||
			subscription.at("RawMessageDelivery") == true ||
			flat(subscription.at("RedrivePolicy.deadLetterTargetArn")) != dead.arn() {
			t.Errorf("the subscription is %s", flat(subscription.Properties))
		}
	}

	if told != 1 {
		t.Errorf("SES tells %d queues", told)
	}
}

func TestEveryRouteOfTheTopologyLeadsToItsFunction(t *testing.T) {
	made := usualTemplate(t)

	routes := 0
	for _, f := range topology.Latchkey.Functions {
		for _, want := range f.Routes {
			routes++
			route := made.named(t, "AWS::ApiGatewayV2::Route", "RouteKey", want.Key)

			integration := made.Resources[referred(flat(route.at("Target")))]
			got := flat(integration.at("IntegrationUri"))
			if got != made.function(t, f.Name).arn() ||
				integration.at("PayloadFormatVersion") != "2.0" {
				t.Errorf("%s leads to %s", want.Key, got)
			}
		}

		if len(f.Routes) > 0 &&
			!slices.ContainsFunc(made.of("AWS::Lambda::Permission"), func(r resource) bool {
				return flat(r.at("FunctionName")) == made.function(t, f.Name).arn() &&
					r.at("Principal") == "apigateway.amazonaws.com" &&
					strings.HasSuffix(flat(r.at("SourceArn")), ":${Api}/*/*")
			}) {
			t.Errorf("the API may not invoke %s", f.Name)
		}
	}

	if got := len(made.of("AWS::ApiGatewayV2::Route")); got != routes {
		t.Errorf("there are %d routes, want %d", got, routes)
	}
}

func TestTheAccessLogHoldsNoPathAndNoAddress(t *testing.T) {
	stage := usualTemplate(t).of("AWS::ApiGatewayV2::Stage")[0]
	format := flat(stage.at("AccessLogSettings.Format"))

	var line map[string]string
	if err := json.Unmarshal([]byte(format), &line); err != nil {
		t.Fatalf("the log's line is no JSON: %v", err)
	}

	if line["route"] != "$context.routeKey" {
		t.Errorf("the route is not in it: %s", format)
	}

	secrets := []string{"$context.path", "sourceIp", "userAgent", "authorizer", "identity"}
	for _, secret := range secrets {
		if strings.Contains(format, secret) {
			t.Errorf("%s is in it", secret)
		}
	}

	if stage.at("DefaultRouteSettings.ThrottlingRateLimit") == nil ||
		stage.at("DefaultRouteSettings.ThrottlingBurstLimit") == nil {
		t.Error("the API takes as much as the account does")
	}
}

func TestEveryRuleInvokesItsFunction(t *testing.T) {
	made := usualTemplate(t)
	for _, want := range topology.Latchkey.Rules {
		rule := made.named(t, "AWS::Events::Rule", "Name", "latchkey-prod-"+want.Name)

		function := made.function(t, want.Function).arn()
		if rule.at("ScheduleExpression") != want.Schedule || rule.at("State") != "ENABLED" ||
			flat(rule.at("Targets.0.Arn")) != function {
			t.Errorf("%s is %s", want.Name, flat(rule.Properties))
		}

		permission := made.named(t, "AWS::Lambda::Permission", "Principal", "events.amazonaws.com")
		if flat(permission.at("FunctionName")) != function ||
			flat(permission.at("SourceArn")) != rule.arn() {
			t.Errorf("the rule may not invoke %s", want.Function)
		}
	}
}

func TestSomebodyIsToldWhen(t *testing.T) {
	made := usualTemplate(t)
	topic := made.named(t, "AWS::SNS::Topic", "TopicName", "latchkey-prod-alarms")

	subscription := made.named(t, "AWS::SNS::Subscription", "Endpoint", "ops@northwind.example")
	if flat(subscription.at("TopicArn")) != topic.ref() ||
		subscription.at("Protocol") != "email" {
		t.Errorf("the address gets %s", flat(subscription.Properties))
	}

	alarms := map[string]resource{} // by metric and what it is of
	for _, alarm := range made.of("AWS::CloudWatch::Alarm") {
		if !slices.Equal(flats(alarm.at("AlarmActions")), []string{topic.ref()}) ||
			alarm.at("TreatMissingData") != "notBreaching" {
			t.Errorf("%s tells nobody, or tells of nothing", alarm.id)
		}

		of := flat(alarm.at("MetricName")) + " " + flat(alarm.at("Dimensions.0.Value"))
		alarms[strings.TrimSpace(of)] = alarm
	}

	want := map[string]float64{
		"Reputation.BounceRate ${Mail}":                                0.02,
		"Reputation.ComplaintRate ${Mail}":                             0.0005,
		"SMSMonthToDateSpentUSD":                                       0.8,
		"Misconfigured latchkey-prod-deliver":                          1,
		"Misconfigured latchkey-prod-answer":                           1,
		"5xx ${Api}":                                                   5,
		"Latency ${Api}":                                               3000,
		"ApproximateNumberOfMessagesVisible latchkey-prod-upload-dead": 1,
	}
	for _, q := range topology.Latchkey.Queues {
		want["ApproximateNumberOfMessagesVisible latchkey-prod-"+q.Name+"-dead"] = 1

		want["ApproximateAgeOfOldestMessage latchkey-prod-"+q.Name] = q.Late.Seconds()
		if q.Late < time.Minute {
			t.Errorf("%s is late after %v: always", q.Name, q.Late)
		}
	}

	for _, f := range topology.Latchkey.Functions {
		want["Errors latchkey-prod-"+f.Name], want["Throttles latchkey-prod-"+f.Name] = 1, 1
		if len(f.Sources) > 0 {
			want["RecursiveInvocationsDropped latchkey-prod-"+f.Name] = 1
		}
	}

	for _, name := range metric.Of[metric.AuditLost] {
		want["AuditLost latchkey-prod-"+name] = 1
	}

	for name, threshold := range want {
		alarm, ok := alarms[name]
		if !ok || alarm.at("Threshold") != threshold ||
			alarm.at("ComparisonOperator") != "GreaterThanOrEqualToThreshold" {
			t.Errorf("no alarm comes when %s is %v", name, threshold)
		}

		delete(alarms, name)
	}

	if len(alarms) != 0 {
		t.Errorf("alarms that nobody asked for: %q", slices.Sorted(maps.Keys(alarms)))
	}
}

func TestTheDashboardTellsTheStoryOfAJob(t *testing.T) {
	body := flat(usualTemplate(t).of("AWS::CloudWatch::Dashboard")[0].at("DashboardBody"))
	for name, functions := range metric.Of {
		for _, function := range functions {
			if _, ok := topology.Latchkey.Function(function); !ok {
				t.Errorf("%s is counted by %s, which is no function", name, function)
			}

			want := `["Latchkey","` + string(name) + `","FunctionName","latchkey-prod-` + function
			if !strings.Contains(body, want+`"`) {
				t.Errorf("%s of %s isn't on it", name, function)
			}
		}
	}

	for _, want := range []string{"Reputation.BounceRate", "latchkey-prod-bulk-dead", `"p99"`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s isn't on it", want)
		}
	}
}

func TestAllIsNative(t *testing.T) {
	for id, r := range usualTemplate(t).Resources {
		if !strings.HasPrefix(r.Type, "AWS::") ||
			strings.HasPrefix(r.Type, "AWS::CloudFormation::") ||
			r.Type == "AWS::CDK::Metadata" {
			t.Errorf("%s is a %s", id, r.Type)
		}
	}
}

func TestNothingWaitsForItself(t *testing.T) {
	made := usualTemplate(t)

	var visit func(id string, path []string)

	done := map[string]bool{}

	visit = func(id string, path []string) {
		if slices.Contains(path, id) {
			t.Fatalf("%s wait for each other", strings.Join(append(path, id), ", "))
		}

		if done[id] {
			return
		}

		for _, next := range made.needs(made.Resources[id]) {
			visit(next, append(slices.Clone(path), id))
		}

		done[id] = true
	}
	for id := range made.Resources {
		visit(id, nil)
	}

	needs := made.needs(made.function(t, "deliver"))
	if len(needs) < 10 { // its role, its log, its tables and its queues
		t.Errorf("deliver waits for %q alone", needs)
	}
}

func TestADomainOfItsOwn(t *testing.T) {
	made := parse(t, one(t, map[string]any{
		"domain":          "users.northwind.example",
		"certificate-arn": "arn:aws:acm:eu-west-1:123456789012:certificate/1",
		"hosted-zone":     "Z0123456789ABC",
		"stage":           "test",
		"architecture":    "x86_64",
		"data":            "destroy",
		"ses-identity":    "domain",
		"ses-sandbox":     "true",
		"log-days":        30.0,
	}, nil))
	t.Run("turns the default address off", func(t *testing.T) {
		if made.of("AWS::ApiGatewayV2::Api")[0].at("DisableExecuteApiEndpoint") != true {
			t.Error("it is on")
		}
	})
	t.Run("is where links, cookies and uploads come from", func(t *testing.T) {
		deliver := made.named(t, "AWS::Lambda::Function", "FunctionName", "latchkey-test-deliver")
		const origin = "https://users.northwind.example"
		if got := deliver.at("Environment.Variables.BASE_URL"); got != origin {
			t.Errorf("links begin with %v", got)
		}

		bucket := made.of("AWS::S3::Bucket")[0]
		if got := bucket.at("CorsConfiguration.CorsRules.0.AllowedOrigins.0"); got != origin {
			t.Errorf("uploads come from %v", got)
		}
	})
	t.Run("has its certificate, its mapping and its record", func(t *testing.T) {
		domain := made.of("AWS::ApiGatewayV2::DomainName")[0]
		const configuration = `{"CertificateArn":` +
			`"arn:aws:acm:eu-west-1:123456789012:certificate/1",` +
			`"EndpointType":"REGIONAL","SecurityPolicy":"TLS_1_2"}`
		if got := flat(domain.at("DomainNameConfigurations.0")); got != configuration {
			t.Errorf("it is %s", got)
		}

		mapping := made.of("AWS::ApiGatewayV2::ApiMapping")[0]
		if got := flat(mapping.at("DomainName")); got != domain.ref() {
			t.Errorf("the API is at %s", got)
		}

		record := made.named(t, "AWS::Route53::RecordSet", "Name", "users.northwind.example")
		got := flat(record.at("AliasTarget.DNSName"))
		if got != "${"+domain.id+".RegionalDomainName}" ||
			record.at("HostedZoneId") != "Z0123456789ABC" {
			t.Errorf("its record leads to %s", got)
		}
	})
	t.Run("and another stage has names of its own", func(t *testing.T) {
		named := []string{
			"TableName",
			"QueueName",
			"FunctionName",
			"BucketName",
			"LogGroupName",
			"TopicName",
			"AlarmName",
			"DashboardName",
		}
		for _, r := range made.Resources {
			for _, property := range named {
				if name, ok := r.Properties[property]; ok &&
					!strings.Contains(flat(name), "latchkey-test") &&
					!strings.HasPrefix(flat(name), "${") {
					t.Errorf("%s: %s is %s", r.id, property, flat(name))
				}
			}
		}
	})
	t.Run("and another processor", func(t *testing.T) {
		for _, f := range made.of("AWS::Lambda::Function") {
			if got := f.at("Architectures.0"); got != "x86_64" {
				t.Errorf("%s is for %v", f.id, got)
			}
		}
	})
	t.Run("and logs that are kept as long as is said", func(t *testing.T) {
		for _, log := range made.of("AWS::Logs::LogGroup") {
			if got := log.at("RetentionInDays"); got != 30.0 {
				t.Errorf("%s is kept %v days", log.id, got)
			}
		}
	})
	t.Run("and data that goes when it is told to", func(t *testing.T) {
		data := slices.Concat(made.of("AWS::DynamoDB::Table"), made.of("AWS::S3::Bucket"))
		for _, r := range data {
			if r.DeletionPolicy != "Delete" || r.at("DeletionProtectionEnabled") == true {
				t.Errorf("%s stays", r.id)
			}
		}
	})
	t.Run("and a sender's domain, whose records are told", func(t *testing.T) {
		identity := made.of("AWS::SES::EmailIdentity")[0]
		if got := identity.at("EmailIdentity"); got != "northwind.example" {
			t.Errorf("SES verifies %v", got)
		}

		got := flat(made.Outputs["SenderRecord3"].Value)
		want := "${" + identity.id + ".DkimDNSTokenName3} CNAME " +
			"${" + identity.id + ".DkimDNSTokenValue3}"
		if got != want {
			t.Errorf("the third record is %s", got)
		}
	})
	t.Run("and in the sandbox the right to use the recipients' identities", func(t *testing.T) {
		deliver := made.named(t, "AWS::Lambda::Function", "FunctionName", "latchkey-test-deliver")
		role := made.Resources[referred(flat(deliver.at("Role")))]
		if !strings.Contains(flat(role.Properties), `":identity/*"`) {
			t.Error("it isn't there")
		}
	})
}

func TestAnIdentityThatExistsIsNotMadeAgain(t *testing.T) {
	made := parse(t, one(t, map[string]any{
		"ses-identity": "existing",
		"base-url":     "https://users.northwind.example",
	}, nil))
	if found := made.of("AWS::SES::EmailIdentity"); len(found) != 0 {
		t.Errorf("%d identities are made", len(found))
	}

	for _, found := range made.of("AWS::SNS::Subscription") {
		if found.at("Protocol") != "sqs" {
			t.Errorf("alarms go to %s, and none was given", flat(found.at("Endpoint")))
		}
	}

	if got := made.function(t, "signin").
		at("Environment.Variables.BASE_URL"); got != "https://users.northwind.example" {
		t.Errorf("the base URL is %v", got)
	}
}

func TestNoFindingOfCdkNagIsUnanswered(t *testing.T) {
	one(t, nil, func(app awscdk.App, made awscdk.Stack) {
		awscdk.Aspects_Of(app).
			Add(cdknag.NewAwsSolutionsChecks(&cdknag.NagPackProps{Reports: new(false)}), nil)

		annotations := assertions.Annotations_FromStack(made)
		rules := assertions.Match_StringLikeRegexp(new("AwsSolutions-.*"))
		annotations.HasNoError(new("*"), rules)
		annotations.HasNoWarning(new("*"), rules)
	})
}

func TestTwoSynthsAreEqual(t *testing.T) {
	usualTemplate(t)

	again := one(t, map[string]any{"alarm-email": "ops@northwind.example"}, nil)
	if !bytes.Equal(usual.raw, again) {
		t.Error("the same parameters make another template")
	}
}
