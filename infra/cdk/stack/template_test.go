package stack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"

	"latchkey/shared/topology"
)

// TestMain gives the CDK's process a folder for what it unpacks, and removes it, as the
// app does: what jsii.Close does to the process is a data race.
func TestMain(m *testing.M) {
	os.Exit(func() int {
		folder, err := os.MkdirTemp("", "latchkey-cdk-")
		if err != nil {
			panic(err)
		}
		defer os.RemoveAll(folder)

		if err := os.Setenv("TMPDIR", folder); err != nil {
			panic(err)
		}

		return m.Run()
	}())
}

// template is CloudFormation's. It has no field for what no test looks at, such as a
// condition: parse fails then, so that nothing is in a stack unseen.
type template struct {
	Description string
	Resources   map[string]resource
	Outputs     map[string]struct {
		Description string
		Value       any
	}
	Parameters, Rules map[string]any // of the CDK's bootstrap
}

type resource struct {
	id                  string
	Type                string
	Properties          map[string]any
	DependsOn           []any
	Metadata            map[string]any
	DeletionPolicy      string
	UpdateReplacePolicy string
}

// ref and arn are what a flat text has where the template refers to the resource.
func (r resource) ref() string { return "${" + r.id + "}" }
func (r resource) arn() string { return "${" + r.id + ".Arn}" }

// one makes an app with the stack alone, has use look at it, and gives the stack's
// template. A failure in the CDK is a panic: it fails the test.
func one(t *testing.T, context map[string]any, use func(awscdk.App, awscdk.Stack)) []byte {
	t.Helper()
	defer func() {
		if failure := recover(); failure != nil {
			t.Fatalf("the CDK: %v", failure)
		}
	}()

	p, err := ReadParameters(given(context))
	if err != nil {
		t.Fatal(err)
	}

	assets, out := t.TempDir(), t.TempDir()
	for _, f := range topology.Latchkey.Functions {
		if err := os.Mkdir(filepath.Join(assets, f.Name), 0o755); err != nil {
			t.Fatal(err)
		}

		bootstrap := filepath.Join(assets, f.Name, "bootstrap")
		if err := os.WriteFile(bootstrap, []byte(f.Name), 0o755); err != nil {
			t.Fatal(err)
		}
	}

	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &out})

	made := New(app, p, assets)
	if use != nil {
		use(app, made)
	}

	app.Synth(nil)

	raw, err := os.ReadFile(filepath.Join(out, *made.StackName()+".template.json"))
	if err != nil {
		t.Fatal(err)
	}

	return raw
}

func parse(t *testing.T, raw []byte) template {
	t.Helper()

	var made template
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&made); err != nil {
		t.Fatal(err)
	}

	for id, r := range made.Resources {
		r.id = id
		made.Resources[id] = r
	}

	return made
}

// usual is the stack with an alarm address and defaults else. It is made once: tests only
// read it.
var usual struct {
	sync.Once
	raw []byte
}

func usualTemplate(t *testing.T) template {
	t.Helper()
	usual.Do(func() {
		usual.raw = one(t, map[string]any{"alarm-email": "ops@northwind.example"}, nil)
	})
	if usual.raw == nil {
		t.Fatal("the stack can't be made")
	}

	return parse(t, usual.raw)
}

// of lists the resources of a type, in the order of their ids.
func (made template) of(kind string) []resource {
	var found []resource
	for _, id := range slices.Sorted(maps.Keys(made.Resources)) {
		if made.Resources[id].Type == kind {
			found = append(found, made.Resources[id])
		}
	}

	return found
}

// named finds the resource of a type by a property, or fails the test.
func (made template) named(t *testing.T, kind, property, value string) resource {
	t.Helper()

	for _, r := range made.of(kind) {
		if flat(r.Properties[property]) == value {
			return r
		}
	}

	t.Fatalf("there is no %s whose %s is %s", kind, property, value)

	return resource{}
}

func (made template) function(t *testing.T, name string) resource {
	t.Helper()
	return made.named(t, "AWS::Lambda::Function", "FunctionName", "latchkey-prod-"+name)
}

// at follows a path of property names and list indexes: "Policies.0.PolicyName". It gives
// nil where there is none.
func (r resource) at(path string) any {
	var value any = r.Properties
	for step := range strings.SplitSeq(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			value = v[step]
		case []any:
			var i int
			if _, err := fmt.Sscan(step, &i); err != nil || i >= len(v) {
				return nil
			}

			value = v[i]
		default:
			return nil
		}
	}

	return value
}

// flat writes a value with CloudFormation's functions as text: "${Bucket}" is a Ref,
// "${Bucket.Arn}" an attribute.
func flat(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case map[string]any:
		if ref, ok := v["Ref"].(string); ok {
			return "${" + ref + "}"
		}
		if get, ok := v["Fn::GetAtt"].([]any); ok {
			return fmt.Sprintf("${%s.%s}", get[0], get[1])
		}

		if join, ok := v["Fn::Join"].([]any); ok {
			var parts []string
			for _, part := range join[1].([]any) {
				parts = append(parts, flat(part))
			}

			return strings.Join(parts, join[0].(string))
		}
	case string:
		return v
	}

	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}

	return string(text)
}

// flats is flat for a value that is one or a list.
func flats(value any) []string {
	list, ok := value.([]any)
	if !ok {
		return []string{flat(value)}
	}

	all := make([]string, len(list))
	for i, one := range list {
		all[i] = flat(one)
	}

	return all
}

// statement is one of a policy. One that says what it is not about is a panic: it would
// be taken for one of nothing.
type statement struct {
	Effect    string
	Actions   []string
	Resources []string
	Principal string
	Condition map[string]any
}

var statementKeys = []string{"Action", "Condition", "Effect", "Principal", "Resource", "Sid"}

func statements(document any) []statement {
	var all []statement

	list, _ := document.(map[string]any)["Statement"].([]any)
	for _, one := range list {
		s := one.(map[string]any)
		for name := range s {
			if !slices.Contains(statementKeys, name) {
				panic("a statement has " + name + ", which isn't told")
			}
		}
		condition, _ := s["Condition"].(map[string]any)
		all = append(all, statement{
			Effect:    s["Effect"].(string),
			Actions:   flats(s["Action"]),
			Resources: flats(s["Resource"]),
			Principal: flat(s["Principal"]),
			Condition: condition,
		})
	}

	return all
}

// rightsOf are the statements of a function's role.
func (made template) rightsOf(t *testing.T, function string) []statement {
	t.Helper()

	role := made.Resources[referred(flat(made.function(t, function).Properties["Role"]))]
	if role.Type != "AWS::IAM::Role" || role.at("ManagedPolicyArns") != nil {
		t.Fatalf("%s has no role of its own with its own policy alone", function)
	}

	var all []statement
	for _, policy := range role.at("Policies").([]any) {
		all = append(all, statements(policy.(map[string]any)["PolicyDocument"])...)
	}

	return all
}

var reference = regexp.MustCompile(`\$\{([A-Za-z0-9]+)`)

// referred is the id of the first resource that a flat text refers to.
func referred(text string) string {
	if found := reference.FindStringSubmatch(text); found != nil {
		return found[1]
	}
	return ""
}

// needs lists the resources that have to be there before one.
func (made template) needs(r resource) []string {
	var all []string
	for _, id := range r.DependsOn {
		all = append(all, flat(id))
	}

	var look func(value any)
	look = func(value any) {
		switch v := value.(type) {
		case map[string]any:
			if text := flat(v); len(v) == 1 && strings.HasPrefix(text, "${") {
				all = append(all, referred(text))
			}

			for _, part := range v {
				look(part)
			}
		case []any:
			for _, part := range v {
				look(part)
			}
		}
	}
	look(r.Properties)

	return slices.DeleteFunc(all, func(id string) bool {
		return made.Resources[id].Type == "" // a pseudo parameter, or none
	})
}
