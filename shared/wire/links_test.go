package wire_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/topology"
)

// linked returns the services whose clients each function links, sorted.
func linked(t *testing.T) map[string][]string {
	t.Helper()
	const format = `{{.ImportPath}} {{join .Deps " "}}`
	output, err := exec.Command("go", "list", "-f", format, "latchkey/functions/...").Output()
	if err != nil {
		t.Fatal(err)
	}

	all := map[string][]string{}
	for line := range strings.Lines(string(output)) {
		packages := strings.Fields(line)
		function := strings.TrimPrefix(packages[0], "latchkey/functions/")
		for _, imported := range packages[1:] {
			client, ok := strings.CutPrefix(imported, "github.com/aws/aws-sdk-go-v2/service/")
			if ok && !strings.Contains(client, "/") {
				all[function] = append(all[function], client)
			}
		}
		slices.Sort(all[function])
	}
	return all
}

// rightful returns the services that a function has a right on, sorted.
func rightful(f topology.Function) []string {
	carries := func(carrier string) bool { return slices.Contains(f.Carriers, carrier) }
	var all []string
	for _, of := range []struct {
		service string
		right   bool
	}{
		{"dynamodb", len(f.Tables) > 0},
		{"s3", len(f.Objects) > 0 || f.LetsUpload}, // which asks for the bucket's address
		{"secretsmanager", f.NeedsCodeKey},
		{"sesv2", carries("email") || carries("quota")},
		{"sns", carries("sms")},
		{"sqs", len(f.Sends) > 0},
	} {
		if of.right {
			all = append(all, of.service)
		}
	}
	return all
}

func TestAFunctionLinksOnlyWhatItHasARightOn(t *testing.T) {
	all := linked(t)
	for _, f := range topology.Latchkey.Functions {
		if want := rightful(f); !slices.Equal(all[f.Name], want) {
			t.Errorf("%s links %q, and has rights on %q", f.Name, all[f.Name], want)
		}
	}
}
