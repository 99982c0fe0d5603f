package endtoend

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/infra/local/iam"
	local "latchkey/infra/local/sqs"
	"latchkey/shared/topology"
)

// A function that fails with a message asks SQS itself to show it again after seconds. What
// nobody can read fails for certain. Feedback alone passes over what isn't SES's.
func TestAMessageThatFailsIsShownAgainByItsFunction(t *testing.T) {
	t.Parallel()
	client := local.Client(shared.Engines.SQS)
	for _, f := range topology.Latchkey.Functions {
		for _, source := range f.Sources {
			if source.Queue == "feedback" {
				continue
			}
			t.Run(source.Queue, func(t *testing.T) {
				_, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{
					QueueUrl:    new(shared.Queues[source.Queue]),
					MessageBody: new("nothing that anybody can read"),
				})
				if err != nil {
					t.Fatal(err)
				}

				eventually(t, "it asks for it", func() bool {
					return !slices.ContainsFunc(shared.Unused(), func(r iam.Right) bool {
						return r.Action == "sqs:ChangeMessageVisibility" && r.Function == f.Name &&
							strings.HasSuffix(r.Resource, "-"+source.Queue)
					})
				})
			})
		}
	}
}
