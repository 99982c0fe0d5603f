package topology

import (
	"maps"
	"slices"
	"strings"
)

// Variable returns the environment name of a table or queue: Variable("TABLE", "jobs") is
// "TABLE_JOBS".
func Variable(kind, name string) string {
	return kind + "_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// Values are what a deployment calls what the topology names.
type Values struct {
	Table, Queue func(name string) string
	// Parameter returns "" for one that is optional and not set.
	Parameter                         func(name string) string
	Bucket, CodeKey, ConfigurationSet string
}

// Environment returns the environment variables that the function is given.
func (f Function) Environment(v Values) map[string]string {
	all := map[string]string{}
	for _, right := range f.Tables {
		all[Variable("TABLE", right.Table)] = v.Table(right.Table)
	}
	for _, queue := range f.Sends {
		all[Variable("QUEUE", queue)] = v.Queue(queue)
	}
	for _, source := range f.Sources {
		all[Variable("QUEUE", source.Queue)] = v.Queue(source.Queue)
	}

	if len(f.Objects) > 0 || f.LetsUpload {
		all["BUCKET"] = v.Bucket
	}
	if f.NeedsCodeKey {
		all["CODE_KEY_SECRET"] = v.CodeKey
	}
	if slices.Contains(f.Carriers, "email") {
		all["CONFIGURATION_SET"] = v.ConfigurationSet
	}

	for _, name := range f.Parameters {
		if value := v.Parameter(name); value != "" {
			all[name] = value
		}
	}
	return all
}

// Variables returns the names of all that the function may be given.
func (f Function) Variables() []string {
	itself := func(name string) string { return name }
	all := f.Environment(Values{Table: itself, Queue: itself, Parameter: itself})
	return slices.Sorted(maps.Keys(all))
}

// Endpoints are where the services are that functions call, if not at AWS.
type Endpoints struct {
	DynamoDB, SQS, S3, SES, SNS, Secrets string
}

// Variables returns the variables that tell the AWS SDK. One that is "" counts as not set
// (https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html).
func (e Endpoints) Variables() map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL_DYNAMODB":        e.DynamoDB,
		"AWS_ENDPOINT_URL_S3":              e.S3,
		"AWS_ENDPOINT_URL_SQS":             e.SQS,
		"AWS_ENDPOINT_URL_SESV2":           e.SES,
		"AWS_ENDPOINT_URL_SNS":             e.SNS,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": e.Secrets,
	}
}
