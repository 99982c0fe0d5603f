package engine

import "github.com/aws/aws-sdk-go-v2/service/sesv2"

// SESClient returns a client of the SES at the endpoint, for functions' tests.
func SESClient(endpoint string) *sesv2.Client {
	return sesv2.NewFromConfig(Config(), func(o *sesv2.Options) { o.BaseEndpoint = &endpoint })
}
