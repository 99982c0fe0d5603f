package start

import (
	"net/http"
	"testing"
)

// environment is that of a function.
type environment map[string]string

func (e environment) lookup(name string) string { return e[name] }

func TestClientsAreMadeFromTheEnvironment(t *testing.T) {
	given := environment{
		"AWS_REGION":            "eu-central-1",
		"AWS_ACCESS_KEY_ID":     "id",
		"AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_SESSION_TOKEN":     "token",
	}

	cfg := configuration(given.lookup, http.DefaultClient, "dynamodb")
	held, err := cfg.Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	if held.AccessKeyID != "id" || held.SecretAccessKey != "secret" ||
		held.SessionToken != "token" {
		t.Errorf("the credentials are %q, %q and %q",
			held.AccessKeyID, held.SecretAccessKey, held.SessionToken)
	}
	if cfg.Region != "eu-central-1" {
		t.Errorf("the region is %q", cfg.Region)
	}
	if cfg.BaseEndpoint != nil {
		t.Errorf("the endpoint is %q, though none is told", *cfg.BaseEndpoint)
	}
}

func TestAServiceHasItsOwnEndpointBeforeThatOfAll(t *testing.T) {
	own := environment{
		"AWS_ENDPOINT_URL":                 "http://all.test",
		"AWS_ENDPOINT_URL_DYNAMODB":        "http://dynamodb.test",
		"AWS_ENDPOINT_URL_S3":              "http://s3.test",
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": "http://secretsmanager.test",
		"AWS_ENDPOINT_URL_SESV2":           "http://sesv2.test",
		"AWS_ENDPOINT_URL_SNS":             "http://sns.test",
	}

	for _, test := range []struct{ service, endpoint string }{
		{"dynamodb", "http://dynamodb.test"},
		{"s3", "http://s3.test"},
		{"secretsmanager", "http://secretsmanager.test"},
		{"sesv2", "http://sesv2.test"},
		{"sns", "http://sns.test"},
		{"sqs", "http://all.test"},
	} {
		cfg := configuration(own.lookup, http.DefaultClient, test.service)
		if cfg.BaseEndpoint == nil || *cfg.BaseEndpoint != test.endpoint {
			t.Errorf("%s isn't at %s", test.service, test.endpoint)
		}
	}
}
