package wire_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"latchkey/shared/topology"
)

// linked returns the packages that each function links.
func linked(t *testing.T) map[string][]string {
	t.Helper()
	const format = `{{.ImportPath}} {{join .Deps " "}}`
	list := exec.Command(
		"go", "list", "-tags", "lambda.norpc", "-f", format, "latchkey/functions/...",
	)
	output, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}

	all := map[string][]string{}
	for line := range strings.Lines(string(output)) {
		packages := strings.Fields(line)
		all[strings.TrimPrefix(packages[0], "latchkey/functions/")] = packages[1:]
	}
	return all
}

// services returns those whose clients are among packages, sorted.
func services(packages []string) []string {
	var all []string
	for _, imported := range packages {
		client, ok := strings.CutPrefix(imported, "github.com/aws/aws-sdk-go-v2/service/")
		if ok && !strings.Contains(client, "/") {
			all = append(all, client)
		}
	}
	slices.Sort(all)
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
		{"sesv2", carries("email") || carries("quota") || carries("suppression")},
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
		got := services(all[f.Name])
		if want := rightful(f); !slices.Equal(got, want) {
			t.Errorf("%s links %q, and has rights on %q", f.Name, got, want)
		}
	}
}

func TestAFunctionLinksNothingThatItsInitOrItsSizeCannotBear(t *testing.T) {
	for function, packages := range linked(t) {
		for _, heavy := range []string{
			"github.com/aws/aws-sdk-go-v2/config", // four clients, to find credentials
			"text/template",                       // all methods of all types
		} {
			pages := function == "web" && heavy == "text/template" // which it renders
			if slices.Contains(packages, heavy) && !pages {
				t.Errorf("%s links %s", function, heavy)
			}
		}
	}
}
