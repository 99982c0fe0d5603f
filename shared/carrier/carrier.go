// Package carrier hands messages over to the carriers: email to SES, and SMS, by its
// package sms, to SNS.
//
// Neither carrier knows a message that it is given twice. A send is therefore never
// repeated here when its answer was lost, only after the answer "too fast". After an error
// other than those below, the message may have been sent.
package carrier

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	sestypes "github.com/aws/aws-sdk-go-v2/service/sesv2/types"
	"github.com/aws/smithy-go"

	"latchkey/shared/mailbox"
	"latchkey/shared/message"
)

var (
	// ErrRejected is returned if the carrier will never accept the message.
	ErrRejected = errors.New("the carrier rejects the message")
	// ErrTooFast is returned if the message was not accepted, and would be later.
	ErrTooFast = errors.New("the carrier is at its rate")
	// ErrQuota is returned if the message was not accepted, and none will be before some
	// of the day's quota is free again.
	ErrQuota = errors.New("the day's quota is used up")
	// ErrSuspended is returned if the message was not accepted, and none will be until
	// AWS or an operator lets the account send again.
	ErrSuspended = errors.New("the account may not send")
	// ErrMisconfigured is returned if the message was not accepted, and none will be until
	// an operator has put the deployment right: its rights, identity or configuration set.
	ErrMisconfigured = errors.New("the deployment is misconfigured")
)

// Carrier sends email.
type Carrier struct {
	SES     *sesv2.Client
	Sender  mailbox.Mailbox
	ReplyTo mailbox.Mailbox // zero for none
	// ConfigurationSet is where SES reports what becomes of a message. It is "" for none.
	ConfigurationSet string
}

// attempts is how often a call is made whose answer is "too fast".
const attempts = 4

// NewSES returns a client for SES that repeats a call only after the answer "too fast".
func NewSES(cfg aws.Config) *sesv2.Client {
	tooFast := retry.IsErrorRetryableFunc(func(err error) aws.Ternary {
		return aws.BoolTernary(throttled(err) && !quotaUsedUp(err))
	})
	return sesv2.NewFromConfig(cfg, func(o *sesv2.Options) {
		o.Retryer = retry.NewStandard(func(s *retry.StandardOptions) {
			s.MaxAttempts = attempts
			s.Retryables = []retry.IsErrorRetryable{tooFast}
		})
	})
}

func throttled(err error) bool {
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return false
	}

	switch answer.ErrorCode() {
	case "TooManyRequestsException",
		"ThrottlingException",
		"Throttling",
		"Throttled",
		"ThrottledException",
		"LimitExceededException":
		return true
	}

	return false
}

func quotaUsedUp(err error) bool {
	return strings.Contains(err.Error(), "Daily message quota exceeded")
}

// suspended reports whether SES says that the account or configuration set may not send.
func suspended(err error) bool {
	var (
		account *sestypes.AccountSuspendedException
		paused  *sestypes.SendingPausedException
	)
	return errors.As(err, &account) || errors.As(err, &paused)
}

// misconfigured reports whether it isn't the message that is wrong, but the deployment
// (Amazon SES API v2, "SendEmail"; Amazon SNS API, "Publish"; of both "Common Errors").
func misconfigured(err error) bool {
	var answer smithy.APIError
	if !errors.As(err, &answer) {
		return false
	}

	switch answer.ErrorCode() {
	case "MailFromDomainNotVerifiedException",
		"NotFoundException", // the configuration set
		"AuthorizationError",
		"InvalidSecurity",
		"AccessDenied",
		"AccessDeniedException",
		"NotAuthorized",
		"OptInRequired",
		"ExpiredToken",
		"ExpiredTokenException",
		"IncompleteSignature",
		"InvalidClientTokenId",
		"InvalidSignatureException",
		"SignatureDoesNotMatch",
		"MissingAuthenticationToken",
		"UnrecognizedClientException":
		return true
	case "MessageRejected":
		return strings.Contains(answer.ErrorMessage(), unverified)
	}

	return false
}

// unverified begins a refusal of identities ("Amazon SES email sending errors").
const unverified = "Email address is not verified"

// rejected reports whether SES refuses a message, or its recipient, for good.
func (c Carrier) rejected(err error, to string) bool {
	var (
		rejected *sestypes.MessageRejected
		bad      *sestypes.BadRequestException
	)
	if errors.As(err, &rejected) {
		return !misconfigured(err) || c.refusesRecipient(err, to)
	}
	return errors.As(err, &bad)
}

// refusesRecipient reports whether the recipient alone isn't verified, as in the sandbox.
func (c Carrier) refusesRecipient(err error, to string) bool {
	text := err.Error()
	return strings.Contains(text, unverified) && strings.HasSuffix(text, ": "+to) &&
		to != c.Sender.Address()
}

// Stops reports whether an error means that the carrier takes nothing more for now.
func Stops(err error) bool {
	return errors.Is(err, ErrQuota) || errors.Is(err, ErrSuspended) ||
		errors.Is(err, ErrMisconfigured)
}

// NotTaken reports whether an error means that the message wasn't sent, and may be later.
func NotTaken(err error) bool { return errors.Is(err, ErrTooFast) || Stops(err) }

// NotSent reports whether an error means that the message surely wasn't sent.
func NotSent(err error) bool { return errors.Is(err, ErrRejected) || NotTaken(err) }

// SendEmail hands an email over and returns SES's id of it. Events repeat the tags.
func (c Carrier) SendEmail(
	ctx context.Context, to string, email message.Email, tags map[string]string,
) (id string, err error) {
	sent, err := c.SES.SendEmail(ctx, c.emailInput(to, email, tags))
	if err != nil {
		return "", SendError("email", err, c.rejected(err, to))
	}
	return aws.ToString(sent.MessageId), nil
}

func (c Carrier) emailInput(
	to string, email message.Email, tags map[string]string,
) *sesv2.SendEmailInput {
	headers := []sestypes.MessageHeader{
		header("Auto-Submitted", "auto-generated"), // RFC 3834: no vacation notice is sent in reply
		header("X-Entity-Ref-ID", rand.Text()),     // Gmail folds no two messages that differ in it
	}
	input := &sesv2.SendEmailInput{
		FromEmailAddress: aws.String(c.Sender.String()),
		Destination:      &sestypes.Destination{ToAddresses: []string{to}},
		Content: &sestypes.EmailContent{Simple: &sestypes.Message{
			Subject: utf8Content(email.Subject),
			Body: &sestypes.Body{
				Text: utf8Content(email.Text),
				Html: utf8Content(email.HTML),
			},
			Headers: headers,
		}},
	}

	if c.ReplyTo != (mailbox.Mailbox{}) {
		input.ReplyToAddresses = []string{c.ReplyTo.String()}
	}
	if c.ConfigurationSet != "" {
		input.ConfigurationSetName = &c.ConfigurationSet
	}
	for name, value := range tags {
		input.EmailTags = append(input.EmailTags, sestypes.MessageTag{Name: &name, Value: &value})
	}

	return input
}

func header(name, value string) sestypes.MessageHeader {
	return sestypes.MessageHeader{Name: &name, Value: &value}
}

func utf8Content(data string) *sestypes.Content {
	return &sestypes.Content{Data: &data, Charset: aws.String("UTF-8")}
}

// SendError returns an error without the carrier's words, which may quote an address.
func SendError(what string, err error, rejected bool) error {
	switch {
	case rejected:
		return fmt.Errorf("send %s: %w", what, ErrRejected)
	case throttled(err) && quotaUsedUp(err):
		return fmt.Errorf("send %s: %w", what, ErrQuota)
	case suspended(err):
		return fmt.Errorf("send %s: %w", what, ErrSuspended)
	case misconfigured(err):
		return fmt.Errorf("send %s: %w", what, ErrMisconfigured)
	case throttled(err):
		return fmt.Errorf("send %s: %w", what, ErrTooFast)
	}
	return fmt.Errorf("send %s: %s", what, scrubbed(err))
}

// scrubbed says of an error what quotes no address.
func scrubbed(err error) string {
	var answer smithy.APIError
	if errors.As(err, &answer) {
		return answer.ErrorCode()
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return "no answer in time"
	}
	return "no answer"
}
