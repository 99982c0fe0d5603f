package endtoend

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"latchkey/infra/local/host"
	"latchkey/infra/local/iam"
	local "latchkey/infra/local/sqs"
	"latchkey/shared/topology"
)

// A function that fails with a message asks SQS itself to show it again after seconds. What
// nobody can read fails for certain. Feedback alone passes over what isn't SES's.
func TestAMessageThatFailsIsShownAgainByItsFunction(t *testing.T) {
	t.Parallel()
	h := start(t, host.Options{Logs: logs + "comesback"})
	client := local.Client(h.Engines.SQS)
	for _, f := range topology.Latchkey.Functions {
		for _, source := range f.Sources {
			if source.Queue == "feedback" {
				continue
			}

			_, err := client.SendMessage(t.Context(), &sqs.SendMessageInput{
				QueueUrl:    new(h.Queues[source.Queue]),
				MessageBody: new("nothing that anybody can read"),
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}

	eventually(t, "all ask for theirs", func() bool {
		return !slices.ContainsFunc(h.Unused(), func(r iam.Right) bool {
			return r.Action == "sqs:ChangeMessageVisibility" && !needsABrokenTable(r)
		})
	})
}
