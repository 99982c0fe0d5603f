package stack

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"latchkey/infra/policy"
)

// unread are the properties that a summary leaves out: texts for people, what follows
// from other properties, and what differs with the functions' code. Whatever else a
// resource has is in it, a property that is new as well.
var unread = []string{
	"AlarmDescription",
	"AttributeDefinitions", // of the attributes that are keys
	"Code",
	"Description",
}

// apart are the properties that a summary tells in parts of their own.
var apart = []string{"Environment", "KeyPolicy", "Policies", "PolicyDocument"}

// nameOf is the property that names a resource, by its type. Others go by their
// construct.
var nameOf = map[string]string{
	"AWS::ApiGatewayV2::Route":   "RouteKey",
	"AWS::CloudWatch::Alarm":     "AlarmName",
	"AWS::DynamoDB::Table":       "TableName",
	"AWS::Events::Rule":          "Name",
	"AWS::Lambda::Function":      "FunctionName",
	"AWS::Logs::LogGroup":        "LogGroupName",
	"AWS::SES::ConfigurationSet": "Name",
	"AWS::SES::EmailIdentity":    "EmailIdentity",
	"AWS::SNS::Topic":            "TopicName",
	"AWS::SQS::Queue":            "QueueName",
}

// resourcesTitle says what a reader doesn't see there.
var resourcesTitle = "Resources (what all of a type have is told once, and nothing of " +
	strings.Join(unread, ", ") + ")"

// summary is the template as a reviewer reads it: a line for each resource, for each
// variable of the functions' environments, and for each right.
func (made template) summary() string {
	var text strings.Builder
	for _, part := range []struct {
		title string
		lines []string
	}{
		{resourcesTitle, made.resourceLines()},
		{"Dashboard: widget: [namespace metric dimension value {statistic}]", made.widgetLines()},
		{"Environment: variable=value: functions", made.environmentLines()},
		{"Rights: who → on what: which verbs", made.rightLines()},
		{"Outputs", made.outputLines()},
	} {
		slices.Sort(part.lines)
		fmt.Fprintf(&text, "# %s\n%s\n\n", part.title, strings.Join(part.lines, "\n"))
	}
	return strings.TrimSuffix(text.String(), "\n")
}

// resourceLines are the resources with their properties, and for each type that there is
// more than one of, the properties that all of them have alike.
func (made template) resourceLines() []string {
	var lines []string
	for kind, all := range made.byType() {
		properties := make([][]string, len(all))
		counted := map[string]int{}
		for i, r := range all {
			properties[i] = made.properties(r)
			for _, p := range properties[i] {
				counted[p]++
			}
		}

		var shared []string
		for p, times := range counted {
			if times > 1 && times == len(all) {
				shared = append(shared, p)
			}
		}
		if len(shared) > 0 {
			slices.Sort(shared)
			lines = append(lines, line(kind+" (every)", shared))
		}
		for i, r := range all {
			own := slices.DeleteFunc(properties[i], func(p string) bool {
				return slices.Contains(shared, p)
			})
			lines = append(lines, line(kind+" "+made.name(r), own))
		}
	}
	return lines
}

func line(subject string, words []string) string {
	return strings.TrimSuffix(subject+": "+strings.Join(words, " "), ": ")
}

// byType are the resources by their type without "AWS::".
func (made template) byType() map[string][]resource {
	all := map[string][]resource{}
	for _, id := range slices.Sorted(maps.Keys(made.Resources)) {
		r := made.Resources[id]
		kind := strings.TrimPrefix(r.Type, "AWS::")
		all[kind] = append(all[kind], r)
	}
	return all
}

// properties are a resource's properties that a summary shows in its line.
func (made template) properties(r resource) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(r.Properties)) {
		elsewhere := slices.Contains(unread, name) || slices.Contains(apart, name)
		if name != nameOf[r.Type] && !elsewhere {
			all = append(all, made.assignment(name, r.Properties[name]))
		}
	}
	for name, value := range map[string]string{
		"DeletionPolicy":      r.DeletionPolicy,
		"DependsOn":           made.dependencies(r),
		"Unfollowed":          unfollowed(r),
		"UpdateReplacePolicy": r.UpdateReplacePolicy,
	} {
		if value != "" {
			all = append(all, name+"="+value)
		}
	}
	slices.Sort(all)
	return all
}

// dependencies are the resources that one names as those to be made before it.
func (made template) dependencies(r resource) string {
	var all []string
	for _, id := range r.DependsOn {
		name := flat(id)
		if on, ok := made.Resources[name]; ok {
			name = made.title(on)
		}
		all = append(all, name)
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}

// unfollowed are the rules of cdk-nag that a resource gives a reason not to follow, which
// is all that its metadata holds.
func unfollowed(r resource) string {
	for name := range r.Metadata {
		if name != "cdk_nag" {
			panic(r.id + " has the metadata " + name + ", which isn't told")
		}
	}

	var ids []string
	rules, _ := resource{Properties: r.Metadata}.at("cdk_nag.rules_to_suppress").([]any)
	for _, rule := range rules {
		ids = append(ids, flat(rule.(map[string]any)["id"]))
	}
	return strings.Join(ids, ",")
}

// assignment is "name=value"; what is alone in an object is "name.inner=value".
func (made template) assignment(name string, value any) string {
	if name == dashboardBody {
		return fmt.Sprintf("%s=sha256:%.4x", name, sha256.Sum256([]byte(flat(value))))
	}

	object, ok := value.(map[string]any)
	if ok && len(object) == 1 && !isReference(object) {
		for inner, value := range object {
			return made.assignment(name+"."+inner, value)
		}
	}
	return name + "=" + made.read(value)
}

// read is a value in few characters: [a b] is a list, {a=1 b=2} an object, and a:b a name
// with what belongs to it.
func (made template) read(value any) string {
	switch v := value.(type) {
	case []any:
		parts := make([]string, len(v))
		for i, part := range v {
			parts[i] = made.read(part)
		}
		return "[" + strings.Join(parts, " ") + "]"
	case map[string]any:
		if isReference(v) {
			return made.short(flat(v))
		}
		if name, of, ok := pair(v); ok {
			return made.read(name) + ":" + made.read(of)
		}

		var parts []string
		for _, name := range slices.Sorted(maps.Keys(v)) {
			parts = append(parts, made.assignment(name, v[name]))
		}
		return "{" + strings.Join(parts, " ") + "}"
	}
	return made.short(flat(value))
}

func isReference(object map[string]any) bool {
	_, ref := object["Ref"]
	_, attribute := object["Fn::GetAtt"]
	_, join := object["Fn::Join"]
	return ref || attribute || join
}

// pair takes an object apart that says one thing of one name.
func pair(object map[string]any) (name, of any, ok bool) {
	for _, keys := range [][2]string{
		{"Name", "Value"},
		{"AttributeName", "KeyType"},
		{"AttributeName", "Enabled"},
	} {
		name, named := object[keys[0]]
		of, said := object[keys[1]]
		if named && said && len(object) == 2 {
			return name, of, true
		}
	}
	return nil, nil, false
}

// bucketARN is the bucket's ARN where it isn't a reference: there it would be a circle.
const bucketARN = "arn:<AWS::Partition>:s3:::latchkey-prod-uploads-<AWS::AccountId>-<AWS::Region>"

var (
	// referring is a reference in a flat text, to a resource or to what AWS says of the
	// stack.
	referring = regexp.MustCompile(`\$\{([A-Za-z0-9:]+)(\.\w+)?\}`)
	// ownARN is how the ARN of something of the deployment's account and region begins.
	ownARN = regexp.MustCompile(`arn:<AWS::Partition>:([\w-]+):<AWS::Region>:<AWS::AccountId>:`)
	// idHash is what the CDK puts after a construct's path.
	idHash = regexp.MustCompile(`[0-9A-F]{8}$`)
)

// short writes a flat text with the resources' kinds and names instead of their ids, and
// without the prefix of all names.
func (made template) short(text string) string {
	text = referring.ReplaceAllStringFunc(text, func(found string) string {
		parts := referring.FindStringSubmatch(found)
		r, ok := made.Resources[parts[1]]
		if !ok {
			return "<" + parts[1] + parts[2] + ">"
		}
		return made.title(r) + strings.TrimSuffix(parts[2], ".Arn")
	})
	text = strings.ReplaceAll(text, bucketARN, "bucket Bucket")
	text = ownARN.ReplaceAllString(text, "$1 ")
	return strings.ReplaceAll(text, "latchkey-prod-", "")
}

// title is a resource's kind and name: "queue rows".
func (made template) title(r resource) string {
	kind := strings.ToLower(r.Type[strings.LastIndex(r.Type, ":")+1:])
	return kind + " " + made.name(r)
}

func (made template) name(r resource) string {
	if property := nameOf[r.Type]; property != "" {
		return made.short(flat(r.Properties[property]))
	}
	return idHash.ReplaceAllString(r.id, "")
}

// environmentLines are the variables with their values, and the functions that have them.
func (made template) environmentLines() []string {
	functions := map[string][]string{}
	for _, f := range made.of("AWS::Lambda::Function") {
		variables, _ := f.at("Environment.Variables").(map[string]any)
		for name, value := range variables {
			variable := name + "=" + made.read(value)
			functions[variable] = append(functions[variable], made.name(f))
		}
	}

	var lines []string
	for variable, names := range functions {
		slices.Sort(names)
		lines = append(lines, line(variable, names))
	}
	return lines
}

// rightLines are the statements of all policies, by who has the right and on what. A
// role's rights are its function's; a resource's policy gives rights to those whom it
// names.
func (made template) rightLines() []string {
	verbs := map[string][]string{}
	add := func(who string, s statement, itself resource) {
		for _, on := range made.subjects(s.Resources) {
			if on == "*" && itself.Type == "AWS::KMS::Key" {
				on = made.title(itself) // in a key's policy: this key
			}
			arrow := " → "
			if s.Effect != "Allow" {
				arrow = " " + strings.ToUpper(s.Effect) + " → "
			}
			right := who + arrow + on + made.condition(s.Condition)
			verbs[right] = append(verbs[right], s.Actions...)
		}
	}

	users := map[string]string{} // of the roles
	for _, f := range made.of("AWS::Lambda::Function") {
		users[referred(flat(f.Properties["Role"]))] = made.name(f)
	}
	for _, r := range made.Resources {
		for _, property := range []string{"PolicyDocument", "KeyPolicy"} {
			policy, _ := r.Properties[property].(map[string]any)
			for _, s := range statements(policy) {
				add(made.principal(s.Principal), s, r)
			}
		}

		policies, _ := r.Properties["Policies"].([]any)
		for _, policy := range policies {
			for _, s := range statements(policy.(map[string]any)["PolicyDocument"]) {
				add(users[r.id], s, r)
			}
		}
	}

	var lines []string
	for right, actions := range verbs {
		slices.Sort(actions)
		lines = append(lines, line(right, slices.Compact(actions)))
	}
	return lines
}

// subjects are what a statement is about. The indexes of one table are told together.
func (made template) subjects(flatARNs []string) []string {
	indexes := map[string][]string{}
	var all []string
	for _, arn := range flatARNs {
		on := made.short(arn)
		if table, index, ok := strings.Cut(on, "/index/"); ok {
			indexes[table] = append(indexes[table], index)
		} else {
			all = append(all, on)
		}
	}

	for table, names := range indexes {
		slices.Sort(names)
		all = append(all, table+"/index/"+strings.Join(names, ","))
	}
	return all
}

// principal is who has a right by a resource's policy.
func (made template) principal(flatPrincipal string) string {
	var named map[string]any
	if json.Unmarshal([]byte(flatPrincipal), &named) != nil {
		return made.short(flatPrincipal)
	}
	if service, ok := named["Service"]; ok && len(named) == 1 {
		return made.read(service)
	}
	return made.read(named)
}

// condition says when a right holds: in words for the two conditions that there are many
// of, else as it is.
func (made template) condition(when map[string]any) string {
	attributes := resource{Properties: when}.at("ForAllValues:StringEquals.dynamodb:Attributes")
	switch text := flat(when); {
	case len(when) == 0:
		return ""
	case text == flat(map[string]any{"Bool": map[string]any{"aws:SecureTransport": "false"}}):
		return ", without TLS"
	case text == flat(policy.OnlyAttributes(flats(attributes))):
		return ", only " + strings.Join(flats(attributes), ",")
	}
	return ", if " + made.read(when)
}

// dashboardBody is a property that holds JSON. Its widgets are told in lines of their
// own, and how they look by a hash.
const dashboardBody = "DashboardBody"

// widgetLines are the widgets of the dashboard, with the metrics that each shows.
func (made template) widgetLines() []string {
	var lines []string
	for _, r := range made.of("AWS::CloudWatch::Dashboard") {
		var body struct {
			Widgets []struct {
				Properties struct {
					Title   string
					Metrics []any
				}
			}
		}
		if err := json.Unmarshal([]byte(flat(r.Properties[dashboardBody])), &body); err != nil {
			lines = append(lines, made.name(r)+" can't be read")
		}

		for _, w := range body.Widgets {
			var metrics []string
			for _, m := range w.Properties.Metrics {
				metrics = append(metrics, made.read(m))
			}
			lines = append(lines, line(w.Properties.Title, metrics))
		}
	}
	return lines
}

func (made template) outputLines() []string {
	var lines []string
	for name, output := range made.Outputs {
		lines = append(lines, name+"="+made.read(output.Value))
	}
	return lines
}
