package start

import (
	"cmp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// configuration returns what the clients of a service are made with, from the environment
// alone: Lambda puts a role's credentials there (AWS Lambda Developer Guide, "Defined
// runtime environment variables"). Package config would link a client for each other source.
// A service's own endpoint goes first (AWS SDKs Reference, "Service-specific endpoints").
func configuration(
	lookup func(name string) string, client aws.HTTPClient, service string,
) aws.Config {
	cfg := aws.Config{
		Region: lookup("AWS_REGION"),
		Credentials: aws.NewCredentialsCache(credentials.NewStaticCredentialsProvider(
			lookup("AWS_ACCESS_KEY_ID"),
			lookup("AWS_SECRET_ACCESS_KEY"),
			lookup("AWS_SESSION_TOKEN"),
		)),
		HTTPClient:                 client,
		DefaultsMode:               aws.DefaultsModeLegacy,
		AccountIDEndpointMode:      aws.AccountIDEndpointModePreferred,
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
	}
	endpoint := cmp.Or(lookup(endpointVariable(service)), lookup("AWS_ENDPOINT_URL"))
	if endpoint != "" {
		cfg.BaseEndpoint = &endpoint
	}
	return cfg
}

// endpointVariable returns the name of the variable that tells a service's own endpoint.
func endpointVariable(service string) string {
	if service == "secretsmanager" {
		service = "secrets_manager"
	}
	return "AWS_ENDPOINT_URL_" + strings.ToUpper(service)
}
