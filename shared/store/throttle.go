package store

import (
	"context"
	"crypto/rand"
	"errors"
	"math/big"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

const (
	shortestPause = 50 * time.Millisecond
	doublings     = 5           // of the pause, which is 1.6 s then
	spare         = time.Second // of the caller's time, left to answer in
)

var errNoTime = errors.New("throttled until the deadline")

// throttles are the codes of calls, and of transactions' parts, of which nothing was done
// (DynamoDB Developer Guide, "Error handling"; API Reference, "TransactWriteItems").
var throttles = []string{
	"ProvisionedThroughputExceededException",
	"RequestLimitExceeded",
	"ThrottlingException",
	"ProvisionedThroughputExceeded",
	"ThrottlingError",
}

// throttled reports whether a call failed for nothing but a want of capacity.
func throttled(err error) bool {
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		var coded smithy.APIError
		return errors.As(err, &coded) && slices.Contains(throttles, coded.ErrorCode())
	}

	codes := cancellationCodes(cancelled)
	isOther := func(code string) bool { return code != "None" && !slices.Contains(throttles, code) }
	return len(codes) > 0 && !slices.ContainsFunc(codes, isOther)
}

// pause waits before a throttled call is repeated. It returns errNoTime, at once, if that
// would take the time that is spared.
func pause(ctx context.Context, try int) error {
	longest := shortestPause << min(try, doublings)
	jitter, err := rand.Int(rand.Reader, big.NewInt(int64(longest)))
	if err != nil {
		return err
	}

	wait := longest/2 + time.Duration(jitter.Int64())/2
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < wait+spare {
		return errNoTime
	}

	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}

// persistence is a step of each call, around the SDK's own tries.
type persistence struct{}

// ID names the step.
func (persistence) ID() string { return "Persistence" }

// HandleFinalize repeats a throttled call until it is through, or the deadline is near.
func (persistence) HandleFinalize(
	ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler,
) (out middleware.FinalizeOutput, metadata middleware.Metadata, err error) {
	for try := 0; ; try++ {
		out, metadata, err = next.HandleFinalize(ctx, in)
		if !throttled(err) || pause(ctx, try) != nil {
			return out, metadata, err
		}

		request, ok := in.Request.(*smithyhttp.Request)
		if !ok {
			return out, metadata, err
		}
		if rewound := request.RewindStream(); rewound != nil {
			return out, metadata, errors.Join(err, rewound)
		}
	}
}

func persist(stack *middleware.Stack) error {
	return stack.Finalize.Insert(persistence{}, "Retry", middleware.Before)
}

// tries is the SDK's retryer for all other failures.
type tries struct{ aws.Retryer }

// IsErrorRetryable leaves throttles out, which would use up the SDK's tries.
func (t tries) IsErrorRetryable(err error) bool {
	return !throttled(err) && t.Retryer.IsErrorRetryable(err)
}
