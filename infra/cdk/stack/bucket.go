package stack

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/jsii-runtime-go"

	"latchkey/shared/topology"
)

// newBucket makes the upload bucket: private, versioned, encrypted and for TLS alone. Its
// events start functions.
//
// S3 tries the notifications when the bucket is made, so that the rights to invoke must
// be there before it. The functions in turn need the bucket's name, which is why it is
// fixed before either of them is made.
func (s *stack) newBucket() {
	encryption := &awss3.CfnBucket_ServerSideEncryptionByDefaultProperty{
		SseAlgorithm: new("AES256"),
	}
	bucket := awss3.NewCfnBucket(s.Stack, new("Bucket"), &awss3.CfnBucketProps{
		BucketName: &s.bucket,
		PublicAccessBlockConfiguration: &awss3.CfnBucket_PublicAccessBlockConfigurationProperty{
			BlockPublicAcls:       true,
			BlockPublicPolicy:     true,
			IgnorePublicAcls:      true,
			RestrictPublicBuckets: true,
		},
		OwnershipControls: &awss3.CfnBucket_OwnershipControlsProperty{
			Rules: []any{
				&awss3.CfnBucket_OwnershipControlsRuleProperty{
					ObjectOwnership: new("BucketOwnerEnforced"),
				},
			},
		},
		BucketEncryption: &awss3.CfnBucket_BucketEncryptionProperty{
			ServerSideEncryptionConfiguration: []any{
				&awss3.CfnBucket_ServerSideEncryptionRuleProperty{
					ServerSideEncryptionByDefault: encryption,
				},
			},
		},
		VersioningConfiguration: &awss3.CfnBucket_VersioningConfigurationProperty{
			Status: new("Enabled"),
		},
		LifecycleConfiguration: forgetting(),
		// The pages put a file to the URL that the API returns, with the one header that
		// it was signed with.
		CorsConfiguration: &awss3.CfnBucket_CorsConfigurationProperty{
			CorsRules: []any{&awss3.CfnBucket_CorsRuleProperty{
				AllowedOrigins: &[]*string{s.baseURL()},
				AllowedMethods: jsii.Strings("PUT"),
				AllowedHeaders: jsii.Strings("Content-Type"),
				MaxAge:         new(3600.0),
			}},
		},
	})
	bucket.ApplyRemovalPolicy(
		s.removalPolicy(),
		&awscdk.RemovalPolicyOptions{ApplyToUpdateReplacePolicy: new(true)},
	)
	justify(bucket, map[string]string{
		"AwsSolutions-S1": "Who put or read which object is in CloudTrail's data events, which " +
			"an account turns on for all its buckets; a second log would hold the same names.",
	})

	s.startByObjects(bucket)
	s.refusePlainHTTP(bucket)
	s.output("BucketName", "Where files are dropped, under uploads/.", bucket.Ref())
}

// forgetting is when objects go: all after Keep days, a replaced or deleted one after
// Replaced days, and the parts of an upload that was never completed after a day.
func forgetting() *awss3.CfnBucket_LifecycleConfigurationProperty {
	incomplete := &awss3.CfnBucket_AbortIncompleteMultipartUploadProperty{
		DaysAfterInitiation: new(1.0),
	}
	return &awss3.CfnBucket_LifecycleConfigurationProperty{
		Rules: []any{&awss3.CfnBucket_RuleProperty{
			Id:               new("forget"),
			Status:           new("Enabled"),
			ExpirationInDays: new(float64(topology.Latchkey.Bucket.Keep)),
			NoncurrentVersionExpiration: &awss3.CfnBucket_NoncurrentVersionExpirationProperty{
				NoncurrentDays: new(float64(topology.Latchkey.Bucket.Replaced)),
			},
			AbortIncompleteMultipartUpload: incomplete,
		}},
	}
}

// startByObjects lets the bucket's events start the functions that the topology says, and
// makes the bucket wait for their permissions.
func (s *stack) startByObjects(bucket awss3.CfnBucket) {
	var starts []any
	for _, f := range topology.Latchkey.Functions {
		if len(f.Uploads) == 0 {
			continue
		}

		for _, prefix := range f.Uploads {
			rule := &awss3.CfnBucket_FilterRuleProperty{Name: new("prefix"), Value: &prefix}
			starts = append(starts, &awss3.CfnBucket_LambdaConfigurationProperty{
				Event:    new("s3:ObjectCreated:*"),
				Function: s.functions[f.Name].FunctionArn(),
				Filter: &awss3.CfnBucket_NotificationFilterProperty{
					S3Key: &awss3.CfnBucket_S3KeyFilterProperty{Rules: []any{rule}},
				},
			})
		}
		bucket.AddResourceDependency(s.startedByObjects(f), nil)
	}

	bucket.SetNotificationConfiguration(
		&awss3.CfnBucket_NotificationConfigurationProperty{LambdaConfigurations: starts},
	)
}

// refusePlainHTTP makes the bucket's policy: it lets nobody in, and refuses every call
// without TLS.
func (s *stack) refusePlainHTTP(bucket awss3.CfnBucket) {
	refusal := awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Effect:     awsiam.Effect_DENY,
		Principals: &[]awsiam.IPrincipal{awsiam.NewAnyPrincipal()},
		Actions:    jsii.Strings("s3:*"),
		Resources:  jsii.Strings(*bucket.AttrArn(), *bucket.AttrArn()+"/*"),
		Conditions: &map[string]any{
			"Bool": map[string]any{"aws:SecureTransport": "false"},
		},
	})
	awss3.NewCfnBucketPolicy(s.Stack, new("BucketPolicy"), &awss3.CfnBucketPolicyProps{
		Bucket: bucket.Ref(),
		PolicyDocument: awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{
			Statements: &[]awsiam.PolicyStatement{refusal},
		}),
	})
}

// startedByObjects lets the bucket invoke a function. An event comes asynchronously:
// Lambda tries it twice more, and then it would be lost, so that it goes to a queue.
// (https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html)
func (s *stack) startedByObjects(f topology.Function) awslambda.CfnPermission {
	function := s.functions[f.Name]
	awslambda.NewCfnEventInvokeConfig(function, new("Events"), &awslambda.CfnEventInvokeConfigProps{
		FunctionName:         function.FunctionName(),
		Qualifier:            new("$LATEST"),
		MaximumRetryAttempts: new(2.0),
		DestinationConfig: &awslambda.CfnEventInvokeConfig_DestinationConfigProperty{
			OnFailure: &awslambda.CfnEventInvokeConfig_OnFailureProperty{
				Destination: s.dead[f.Name].QueueArn(),
			},
		},
	})

	return awslambda.NewCfnPermission(
		function, new("InvokedByBucket"), &awslambda.CfnPermissionProps{
			Action:        new("lambda:InvokeFunction"),
			FunctionName:  function.FunctionArn(),
			Principal:     new("s3.amazonaws.com"),
			SourceAccount: s.Account(),
			SourceArn:     new(s.bucketARN()),
		})
}
