package start

import (
	"cmp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// configuration returns what the clients of a service are made with, from the environment
// alone: Lambda puts a role's credentials and the region there (AWS Lambda Developer
// Guide, "Defined runtime environment variables"), and so do SAM and the local host. The
// SDK's package config would link the clients of every other source of credentials.
//
// A service's own endpoint goes before that of all services (AWS SDKs and Tools Reference
// Guide, "Service-specific endpoints").
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

// endpointVariable returns the name of the variable that tells a service's own endpoint:
// its identifier in upper case, with underscores.
func endpointVariable(service string) string {
	if service == "secretsmanager" {
		service = "secrets_manager"
	}
	return "AWS_ENDPOINT_URL_" + strings.ToUpper(service)
}
