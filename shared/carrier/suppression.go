package carrier

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// Unsuppress takes an address off the account's suppression list, as it is written and in
// lower case: SES may have put it there as either. One that isn't on the list is no error.
// (https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_DeleteSuppressedDestination.html)
func Unsuppress(ctx context.Context, ses *sesv2.Client, address string) error {
	forms := []string{address}
	if lower := strings.ToLower(address); lower != address {
		forms = append(forms, lower)
	}

	for _, form := range forms {
		_, err := ses.DeleteSuppressedDestination(ctx,
			&sesv2.DeleteSuppressedDestinationInput{EmailAddress: &form})
		var missing *types.NotFoundException
		if err != nil && !errors.As(err, &missing) {
			return fmt.Errorf("take off the suppression list: %s", scrubbed(err))
		}
	}
	return nil
}
