// Package sms hands SMS over to SNS, by the rules of package carrier.
package sms

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sns/types"
	"github.com/aws/smithy-go"

	"latchkey/shared/carrier"
)

// Carrier sends SMS.
type Carrier struct{ sns *sns.Client }

// New returns a carrier whose client repeats nothing.
func New(cfg aws.Config) Carrier {
	client := sns.NewFromConfig(cfg, func(o *sns.Options) { o.Retryer = aws.NopRetryer{} })
	return Carrier{client}
}

// Send hands an SMS over, to a phone number in E.164, and returns SNS's id of it.
func (c Carrier) Send(ctx context.Context, to, text string) (id string, err error) {
	transactional := types.MessageAttributeValue{
		DataType:    aws.String("String"),
		StringValue: aws.String("Transactional"),
	}
	sent, err := c.sns.Publish(ctx, &sns.PublishInput{
		PhoneNumber: &to,
		Message:     &text,
		MessageAttributes: map[string]types.MessageAttributeValue{
			"AWS.SNS.SMS.SMSType": transactional,
		},
	})
	if err != nil {
		return "", carrier.SendError("SMS", err, rejected(err))
	}
	return aws.ToString(sent.MessageId), nil
}

func rejected(err error) bool {
	var (
		invalid *types.InvalidParameterException
		value   *types.InvalidParameterValueException
		other   smithy.APIError // the SDK doesn't know OptedOut as an answer to Publish
	)
	optedOut := errors.As(err, &other) && other.ErrorCode() == "OptedOut"
	return optedOut || errors.As(err, &invalid) || errors.As(err, &value)
}
