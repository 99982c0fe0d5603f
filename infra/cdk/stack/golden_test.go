package stack

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden summary anew")

// TestTheDeploymentIsTheGoldenOne holds the stack against a summary that is read in each
// review of a change.
func TestTheDeploymentIsTheGoldenOne(t *testing.T) {
	golden := filepath.Join("testdata", "deployment.txt")
	got := usualTemplate(t).summary()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}

	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Error("what would be in the account has changed: look at it by " +
			"`go test ./infra/cdk/stack -update` and `git diff`")
	}
}

func TestTheSummaryShowsWhatAReviewIsFor(t *testing.T) {
	role := func(made template, function string) map[string]any {
		for _, f := range made.of("AWS::Lambda::Function") {
			if flat(f.Properties["FunctionName"]) == "latchkey-prod-"+function {
				of := made.Resources[referred(flat(f.Properties["Role"]))]
				return of.at("Policies.0.PolicyDocument").(map[string]any)
			}
		}
		panic("no function is called " + function)
	}
	look := regexp.MustCompile(`DashboardBody=\S+`).FindString(usualTemplate(t).summary())
	tests := []struct {
		name   string
		change func(made template)
		want   string // a line that is new, or gone
		gone   bool
	}{
		{
			"a right too many",
			func(made template) {
				policy := role(made, "web")
				policy["Statement"] = append(policy["Statement"].([]any), map[string]any{
					"Effect":   "Allow",
					"Action":   "dynamodb:Scan",
					"Resource": "*",
				})
			},
			"web → *: dynamodb:Scan", false,
		},
		{
			"a condition that is gone",
			func(made template) {
				for _, s := range role(made, "process")["Statement"].([]any) {
					delete(s.(map[string]any), "Condition")
				}
			},
			"process → table credentials, only user_id: dynamodb:BatchGetItem", true,
		},
		{
			"a changed timeout",
			func(made template) { made.function(t, "web").Properties["Timeout"] = 11.0 },
			"Timeout=11", false,
		},
		{
			"a dropped TTL",
			func(made template) {
				for _, table := range made.of("AWS::DynamoDB::Table") {
					delete(table.Properties, "TimeToLiveSpecification")
				}
			},
			"TimeToLiveSpecification=delete_at:true", true,
		},
		{
			"a queue that takes plain HTTP",
			func(made template) {
				for _, policy := range made.of("AWS::SQS::QueuePolicy") {
					delete(made.Resources, policy.id)
				}
			},
			"{AWS=*} DENY → queue rows, without TLS: sqs:*", true,
		},
		{
			"a metric that is gone from the dashboard",
			func(made template) {
				dashboard := made.of("AWS::CloudWatch::Dashboard")[0]
				body := flat(dashboard.Properties["DashboardBody"])
				dashboard.Properties["DashboardBody"] = strings.Replace(body, "RowsInvalid", "X", 1)
			},
			"RowsInvalid", true,
		},
		{
			"a widget of another size",
			func(made template) {
				dashboard := made.of("AWS::CloudWatch::Dashboard")[0]
				body := flat(dashboard.Properties["DashboardBody"])
				dashboard.Properties["DashboardBody"] = strings.Replace(body, ":12,", ":6,", 1)
			},
			look, true,
		},
		{
			"a rule that is followed no more",
			func(made template) {
				for _, key := range made.of("AWS::KMS::Key") {
					key.Metadata = map[string]any{"cdk_nag": map[string]any{
						"rules_to_suppress": []any{map[string]any{"id": "AwsSolutions-KMS5"}},
					}}
					made.Resources[key.id] = key
				}
			},
			"Unfollowed=AwsSolutions-KMS5", false,
		},
		{
			"an order that is gone",
			func(made template) {
				for _, r := range made.of("AWS::SNS::Subscription") {
					r.DependsOn = nil
					made.Resources[r.id] = r
				}
			},
			"DependsOn=queuepolicy QueueFeedbackPolicy", true,
		},
		{
			"data that goes with the stack",
			func(made template) {
				table := made.of("AWS::DynamoDB::Table")[0]
				table.DeletionPolicy = "Delete"
				made.Resources[table.id] = table
			},
			"DeletionPolicy=Delete", false,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			made := usualTemplate(t)
			before := made.summary()
			test.change(made)
			after := made.summary()
			if test.gone {
				before, after = after, before
			}
			if strings.Count(after, test.want) <= strings.Count(before, test.want) {
				t.Errorf("%q doesn't show it", test.want)
			}
		})
	}
}

func TestTheSummaryRefusesWhatItCannotTell(t *testing.T) {
	tests := []struct {
		name   string
		change func(made template, r resource)
	}{
		{"a right to all but some actions", inPolicy("NotAction")},
		{"a right on all but some resources", inPolicy("NotResource")},
		{"a right of all but some", inPolicy("NotPrincipal")},
		{
			"metadata that it doesn't know",
			func(made template, r resource) {
				r.Metadata = map[string]any{"cfn-lint": "off"}
				made.Resources[r.id] = r
			},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("it is told as if it weren't there")
				}
			}()

			made := usualTemplate(t)
			test.change(made, made.of("AWS::IAM::Role")[0])
			made.summary()
		})
	}
}

// inPolicy changes a statement of a role to have another key.
func inPolicy(key string) func(template, resource) {
	return func(_ template, role resource) {
		all := role.at("Policies.0.PolicyDocument.Statement").([]any)
		all[0].(map[string]any)[key] = "x"
	}
}

// A summary that leaves out a property would let it change unseen. Here each value in the
// template is changed once, but for those that the summary says that it leaves out.
func TestTheSummaryShowsEveryValue(t *testing.T) {
	silent := append([]string{"PolicyName", "Sid", "Version", "reason"}, unread...)

	made := usualTemplate(t)
	made.Resources = samples(made)
	before := made.summary()
	values := 0
	var visit func(path string, value any, set func(any))
	visit = func(path string, value any, set func(any)) {
		var other any
		switch v := value.(type) {
		case map[string]any:
			for name, inner := range v {
				if !slices.Contains(silent, name) {
					visit(path+"."+name, inner, func(changed any) { v[name] = changed })
				}
			}
			return
		case []any:
			for i, inner := range v {
				visit(fmt.Sprint(path, ".", i), inner, func(changed any) { v[i] = changed })
			}
			return
		case string:
			other = v + "x"
		case float64:
			other = v + 1
		case bool:
			other = !v
		}

		values++
		set(other)
		if made.summary() == before {
			t.Errorf("%s may be %v instead of %v unseen", path, other, value)
		}
		set(value)
	}

	for _, id := range slices.Sorted(maps.Keys(made.Resources)) {
		r := made.Resources[id]
		visit(id, r.Properties, nil)
		visit(id+".DependsOn", r.DependsOn, nil)
		visit(id+".Metadata", r.Metadata, nil)
	}
	if values < 300 || made.summary() != before {
		t.Errorf("%d values were changed and changed back", values)
	}
}

// samples are one resource of each type, and two roles, which together have all kinds of
// rights. A summary of them takes a fraction of the time, and names the others by their
// ids.
func samples(made template) map[string]resource {
	some := map[string]resource{}
	seen := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(made.Resources)) {
		r := made.Resources[id]
		rich := strings.HasPrefix(id, "RoleDeliver") || strings.HasPrefix(id, "RoleJobs")
		if !seen[r.Type] || rich {
			some[id] = r
		}
		seen[r.Type] = true
	}
	return some
}
