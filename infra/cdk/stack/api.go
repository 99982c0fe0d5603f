package stack

import (
	"strings"
	"unicode"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsroute53"

	"latchkey/shared/topology"
)

// What the API takes as a whole, in requests a second and at once. An HTTP API can't tell
// one client from another: the functions themselves answer 429 to a client that asks too
// often, and this only bounds what an attack can cost.
const (
	requestRate  = 2000
	requestBurst = 1000
)

// accessLog is the line that is logged of a request. It names the route, since the path
// may hold a username, and nothing of the client.
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html)
const accessLog = `{"request_id":"$context.requestId",` +
	`"time":"$context.requestTime",` +
	`"route":"$context.routeKey",` +
	`"status":"$context.status",` +
	`"latency_ms":"$context.responseLatency",` +
	`"function_ms":"$context.integrationLatency",` +
	`"bytes":"$context.responseLength",` +
	`"error":"$context.error.message"}`

// api is the HTTP API, at which the functions' routes are made.
type api struct {
	*stack
	made awsapigatewayv2.CfnApi
	url  *string // where it is: "https://<host>"
}

// newAPI makes the HTTP API and its stage. If the parameters have a domain, the API is
// there alone.
func (s *stack) newAPI() *api {
	a := &api{stack: s}
	a.made = awsapigatewayv2.NewCfnApi(s.Stack, new("Api"), &awsapigatewayv2.CfnApiProps{
		Name:                      new(s.parameters.name("api")),
		ProtocolType:              new("HTTP"),
		Description:               new("Latchkey's pages and API."),
		DisableExecuteApiEndpoint: s.parameters.has("DOMAIN"),
	})

	// API Gateway may write below this prefix by a policy that is there once for the
	// account. Each log group outside of it would lengthen that policy, whose size is
	// limited.
	log := s.newLog("LogApi", "/aws/vendedlogs/"+s.parameters.name("api"))
	stage := awsapigatewayv2.NewCfnStage(s.Stack, new("ApiStage"), &awsapigatewayv2.CfnStageProps{
		ApiId:      a.made.Ref(),
		StageName:  new("$default"),
		AutoDeploy: true,
		AccessLogSettings: &awsapigatewayv2.CfnStage_AccessLogSettingsProperty{
			DestinationArn: log.LogGroupArn(),
			Format:         new(accessLog),
		},
		DefaultRouteSettings: &awsapigatewayv2.CfnStage_RouteSettingsProperty{
			ThrottlingRateLimit:  new(float64(requestRate)),
			ThrottlingBurstLimit: new(float64(requestBurst)),
		},
	})

	a.url = a.made.AttrApiEndpoint()
	if s.parameters.has("DOMAIN") {
		a.url = new("https://" + s.parameters.values["DOMAIN"])
		a.newDomain(stage)
	}

	s.output("Url", "Where the pages and the API are.", a.url)
	return a
}

// baseURL returns what links begin with: the parameter, or else the API's own address.
func (s *stack) baseURL() *string {
	if s.parameters.has("BASE_URL") {
		return new(s.parameters.values["BASE_URL"])
	}
	return s.api.url
}

// newDomain puts the API at the domain. With a hosted zone the record is made as well;
// without one, an output says what the record must be.
func (a *api) newDomain(stage awsapigatewayv2.CfnStage) {
	name := a.parameters.values["DOMAIN"]
	domain := awsapigatewayv2.NewCfnDomainName(
		a.Stack, new("Domain"), &awsapigatewayv2.CfnDomainNameProps{
			DomainName: &name,
			DomainNameConfigurations: []any{
				&awsapigatewayv2.CfnDomainName_DomainNameConfigurationProperty{
					CertificateArn: new(a.parameters.values["CERTIFICATE_ARN"]),
					EndpointType:   new("REGIONAL"),
					SecurityPolicy: new("TLS_1_2"),
				},
			},
		})
	awsapigatewayv2.NewCfnApiMapping(
		a.Stack, new("DomainMapping"), &awsapigatewayv2.CfnApiMappingProps{
			ApiId:      a.made.Ref(),
			DomainName: domain.Ref(),
			Stage:      stage.Ref(),
		})

	target := domain.AttrRegionalDomainName()
	if !a.parameters.has("HOSTED_ZONE") {
		a.output("DomainTarget", "What the domain's CNAME record has to point to.", target)
		return
	}

	awsroute53.NewCfnRecordSet(a.Stack, new("DomainRecord"), &awsroute53.CfnRecordSetProps{
		HostedZoneId: new(a.parameters.values["HOSTED_ZONE"]),
		Name:         &name,
		Type:         new("A"),
		AliasTarget: &awsroute53.CfnRecordSet_AliasTargetProperty{
			DnsName:      target,
			HostedZoneId: domain.AttrRegionalHostedZoneId(),
		},
	})
}

// route brings the requests for a function's routes to it.
func (a *api) route(f topology.Function, function awslambda.Function) {
	if len(f.Routes) == 0 {
		return
	}

	integration := awsapigatewayv2.NewCfnIntegration(
		function, new("Integration"), &awsapigatewayv2.CfnIntegrationProps{
			ApiId:                a.made.Ref(),
			IntegrationType:      new("AWS_PROXY"),
			IntegrationUri:       function.FunctionArn(),
			PayloadFormatVersion: new("2.0"),
		})
	for _, route := range f.Routes {
		name := id("Route", strings.Map(hyphenate, route.Key))
		made := awsapigatewayv2.NewCfnRoute(function, name, &awsapigatewayv2.CfnRouteProps{
			ApiId:    a.made.Ref(),
			RouteKey: &route.Key,
			Target:   new("integrations/" + *integration.Ref()),
		})

		reason := "It is for users who have no session yet."
		if route.Access == topology.Administrator {
			reason = "The function checks the session: an authorizer could not answer " +
				"as the API's contract says, nor see an ended session at once."
		}
		justify(made, map[string]string{"AwsSolutions-APIG4": reason})
	}

	awslambda.NewCfnPermission(function, new("InvokedByApi"), &awslambda.CfnPermissionProps{
		Action:       new("lambda:InvokeFunction"),
		FunctionName: function.FunctionArn(),
		Principal:    new("apigateway.amazonaws.com"),
		SourceArn:    new(a.arn("execute-api", *a.made.Ref()+"/*/*")),
	})
}

// hyphenate turns a character that a construct's name can't hold into a hyphen.
func hyphenate(r rune) rune {
	if unicode.IsLetter(r) || unicode.IsDigit(r) {
		return r
	}
	return '-'
}
