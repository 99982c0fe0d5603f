package topology

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// functionsFolder holds one folder per function.
const functionsFolder = "../../functions"

// fault says that something of the topology isn't as it has to be. Each test below
// reports through it, so that one run shows all.
func fault(t *testing.T, f Function, format string, args ...any) {
	t.Helper()
	t.Errorf("function %s: "+format, append([]any{f.Name}, args...)...)
}

func queueNames() []string {
	var names []string
	for _, q := range Latchkey.Queues {
		names = append(names, q.Name)
	}

	return names
}

func indexNames(table string) []string {
	var all []string
	for _, t := range Latchkey.Tables {
		for _, index := range t.Indexes {
			if t.Name == table {
				all = append(all, index.Name)
			}
		}
	}
	return all
}

func tableNames() []string {
	var names []string
	for _, table := range Latchkey.Tables {
		names = append(names, table.Name)
	}

	return names
}

// repeated gives what is in the list more than once.
func repeated(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)

	var twice []string
	for i := 1; i < len(list); i++ {
		if list[i] == list[i-1] {
			twice = append(twice, list[i])
		}
	}

	return twice
}

func TestEveryFunctionHasAFolderAndEveryFolderAFunction(t *testing.T) {
	entries, err := os.ReadDir(functionsFolder)
	if err != nil {
		t.Fatal(err)
	}

	var folders, functions []string
	for _, entry := range entries {
		if entry.IsDir() {
			folders = append(folders, entry.Name())
		}
	}

	for _, f := range Latchkey.Functions {
		functions = append(functions, f.Name)
	}

	slices.Sort(functions)

	if !slices.Equal(folders, functions) {
		t.Errorf("the folders are %v, the functions %v", folders, functions)
	}
}

func TestNothingIsNamedTwice(t *testing.T) {
	var functions, routes, parameters, rules, prefixes []string
	for _, f := range Latchkey.Functions {
		functions = append(functions, f.Name)

		prefixes = append(prefixes, f.Uploads...)
		for _, r := range f.Routes {
			routes = append(routes, r.Key)
		}
	}

	for _, p := range Latchkey.Parameters {
		parameters = append(parameters, p.Name)
	}

	for _, r := range Latchkey.Rules {
		rules = append(rules, r.Name)
	}

	for what, names := range map[string][]string{
		"functions": functions, "routes": routes, "parameters": parameters, "rules": rules,
		"upload prefixes": prefixes, "queues": queueNames(), "tables": tableNames(),
	} {
		if twice := repeated(names); twice != nil {
			t.Errorf("%s that are there twice: %v", what, twice)
		}

		if len(names) == 0 {
			t.Errorf("there are no %s", what)
		}
	}
}

func TestFunctionsStayWithinLambdaAndTheAPI(t *testing.T) {
	const (
		longest  = 15 * time.Minute // AWS Lambda quotas, "Function timeout"
		apiLimit = 30 * time.Second // HTTP API quotas, "Maximum integration timeout"
		leastMB  = 128
		mostMB   = 10_240
	)
	for _, f := range Latchkey.Functions {
		if f.Timeout <= 0 || f.Timeout > longest || f.Timeout%time.Second != 0 {
			fault(t, f, "timeout %s is not whole seconds up to %s", f.Timeout, longest)
		}

		if len(f.Routes) > 0 && f.Timeout >= apiLimit {
			fault(t, f, "answers requests with a timeout of %s", f.Timeout)
		}

		if f.Memory < leastMB || f.Memory > mostMB {
			fault(t, f, "memory is %d MB", f.Memory)
		}

		if f.Does == "" || !strings.HasSuffix(f.Does, ".") {
			fault(t, f, "doesn't say in a sentence what it does: %q", f.Does)
		}

		if len(f.Routes)+len(f.Sources)+len(f.Uploads) == 0 {
			fault(t, f, "is started by nothing")
		}
	}
}

func TestRoutesAreRouteKeysWithAnAccess(t *testing.T) {
	key := regexp.MustCompile(`^(GET|POST|PUT|DELETE|ANY) (/(\w|-|\.|\{\w+\+?\})+)+$`)
	for _, f := range Latchkey.Functions {
		for _, r := range f.Routes {
			if r.Key != "$default" && !key.MatchString(r.Key) {
				fault(t, f, "%q is no route key", r.Key)
			}

			if r.Access != Public && r.Access != Administrator {
				fault(t, f, "%s has the access %q", r.Key, r.Access)
			}
		}
	}
}

// reading are the administrator's routes that take a body and change nothing.
var reading = []string{"POST /api/jobs/{id}/notifications/preview"}

func TestEveryActionOfAnAdministratorHasAName(t *testing.T) {
	for _, r := range Latchkey.Routes() {
		reads := strings.HasPrefix(r.Key, "GET ") && !strings.Contains(r.Key, "/files/") ||
			slices.Contains(reading, r.Key)
		if named := r.Action != ""; r.Access == Administrator && named == reads {
			t.Errorf("%s is the action %q", r.Key, r.Action)
		}
		if r.Access == Public && r.Action != "" {
			t.Errorf("%s is public, and the action %q", r.Key, r.Action)
		}
		if got := Latchkey.Action(r.Key); got != r.Action {
			t.Errorf("%s is found as the action %q", r.Key, got)
		}
	}
}

// The public routes are few, and written down here once more on purpose: none is opened
// by a slip.
func TestOnlyTheseRoutesArePublic(t *testing.T) {
	want := []string{
		"$default",
		"ANY /api/{proxy+}",
		"GET /api/health",
		"GET /api/openapi.json",
		"GET /api/session",
		"POST /api/forgot-password",
		"POST /api/link/renew",
		"POST /api/password",
		"POST /api/password/check",
		"POST /api/sign-in",
		"POST /api/sign-out",
	}

	var got []string
	for _, f := range Latchkey.Functions {
		for _, r := range f.Routes {
			if r.Access == Public {
				got = append(got, r.Key)
			}
		}
	}

	slices.Sort(got)

	if !slices.Equal(got, want) {
		t.Errorf("public are %q, want %q", got, want)
	}
}

// verbs gives what a function may do with a table.
func verbs(f Function, table string) []Verb {
	for _, right := range f.Tables {
		if right.Table == table {
			return right.Verbs
		}
	}

	return nil
}

func TestAdministratorsFunctionsMayCheckSessions(t *testing.T) {
	checked := 0
	for _, f := range Latchkey.Functions {
		if !slices.ContainsFunc(f.Routes, func(r Route) bool { return r.Access == Administrator }) {
			continue
		}

		checked++

		for _, table := range []string{"tokens", "directory", "credentials"} {
			if !slices.Contains(verbs(f, table), GetItem) {
				fault(t, f, "has administrator's routes, but may not get from %s", table)
			}
		}

		if !slices.Contains(f.Parameters, "BASE_URL") {
			fault(t, f, "has administrator's routes, but can't tell our own pages without BASE_URL")
		}
	}

	if checked == 0 {
		t.Error("no function has administrator's routes")
	}
}

func TestFunctionsNameOnlyWhatThereIs(t *testing.T) {
	var parameters []string
	for _, p := range Latchkey.Parameters {
		parameters = append(parameters, p.Name)
	}

	known := []Verb{
		GetItem,
		BatchGetItem,
		Query,
		PutItem,
		UpdateItem,
		DeleteItem,
		BatchWriteItem,
		PartiQLInsert,
		PartiQLUpdate,
	}
	for _, f := range Latchkey.Functions {
		var tables []string
		for _, right := range f.Tables {
			tables = append(tables, right.Table)
			if !slices.Contains(tableNames(), right.Table) {
				fault(t, f, "has rights on the table %q, which isn't there", right.Table)
			}

			for _, index := range right.Indexes {
				if !slices.Contains(indexNames(right.Table), index) {
					fault(t, f, "has a right on the index %s of %s", index, right.Table)
				}
			}

			if len(right.Verbs)+len(right.Indexes) == 0 {
				fault(t, f, "may do nothing with the table %s", right.Table)
			}

			for _, verb := range right.Verbs {
				if !slices.Contains(known, verb) {
					fault(t, f, "has the verb %q on %s", verb, right.Table)
				}
			}
		}

		for what, names := range map[string][]string{
			"tables":     tables,
			"queues":     f.Sends,
			"parameters": f.Parameters,
			"carriers":   f.Carriers,
		} {
			if twice := repeated(names); twice != nil {
				fault(t, f, "names %s twice: %v", what, twice)
			}
		}

		for _, queue := range f.Sends {
			if !slices.Contains(queueNames(), queue) {
				fault(t, f, "sends to the queue %q, which isn't there", queue)
			}
		}

		for _, parameter := range f.Parameters {
			if !slices.Contains(parameters, parameter) {
				fault(t, f, "is given the parameter %q, which isn't there", parameter)
			}
		}

		for _, carrier := range f.Carriers {
			if !slices.Contains([]string{"email", "sms", "quota", "suppression"}, carrier) {
				fault(t, f, "has the carrier %q", carrier)
			}
		}

		for _, right := range f.Objects {
			if !strings.HasSuffix(right.Prefix, "/") || len(right.Verbs) == 0 {
				fault(t, f, "has no right on objects under %q", right.Prefix)
			}
		}
	}

	for _, r := range Latchkey.Rules {
		if _, ok := Latchkey.Function(r.Function); !ok {
			t.Errorf("rule %s starts the function %q, which isn't there", r.Name, r.Function)
		}
	}
}

func TestEveryQueueHasOneConsumerAndTheSourcesAreInSQSBounds(t *testing.T) {
	consumers := map[string][]string{}
	for _, f := range Latchkey.Functions {
		for _, s := range f.Sources {
			consumers[s.Queue] = append(consumers[s.Queue], f.Name)
			if !slices.Contains(queueNames(), s.Queue) {
				fault(t, f, "takes from the queue %q, which isn't there", s.Queue)
			}

			// Lambda API Reference, "CreateEventSourceMapping": BatchSize and
			// MaximumBatchingWindowInSeconds.
			most := 10
			if s.Window != 0 {
				most = 10_000
			}
			if s.BatchSize < 1 || s.BatchSize > most ||
				s.Window%time.Second != 0 || s.Window > 5*time.Minute {
				fault(t, f, "takes %d messages of %s at once", s.BatchSize, s.Queue)
			}

			if s.Concurrency < 2 || s.Concurrency > 1000 {
				fault(t, f, "takes from %s with a concurrency of %d", s.Queue, s.Concurrency)
			}
		}
	}

	for _, q := range Latchkey.Queues {
		if len(consumers[q.Name]) != 1 {
			t.Errorf("queue %s is taken from by %v", q.Name, consumers[q.Name])
		}

		if q.Receives < 5 { // AWS advises at least five with an event source
			t.Errorf("queue %s gives a message up after %d receives", q.Name, q.Receives)
		}
		// A dead-letter queue is there for each by construction; its name must be
		// nobody's else.
		if slices.Contains(queueNames(), q.Name+DeadLetterSuffix) {
			t.Errorf("queue %s has the name of another's dead-letter queue", q.Name)
		}

		f, _, ok := Latchkey.Consumer(q.Name)
		hidden := Latchkey.Visibility(q.Name)
		if !ok || hidden < 6*f.Timeout || hidden > 12*time.Hour {
			t.Errorf("queue %s hides a message %s; the timeout is %s", q.Name, hidden, f.Timeout)
		}
	}
}

func TestEveryQueueIsSentTo(t *testing.T) {
	for _, q := range Latchkey.Queues {
		sent := slices.ContainsFunc(Latchkey.Functions, func(f Function) bool {
			return slices.Contains(f.Sends, q.Name)
		})
		if sent == q.MailEvents {
			t.Errorf("queue %s: a function sends to it: %t; SES: %t", q.Name, sent, q.MailEvents)
		}
	}
}

func TestEveryTableIsReadAndEveryParameterGiven(t *testing.T) {
	for _, table := range Latchkey.Tables {
		used := slices.ContainsFunc(Latchkey.Functions, func(f Function) bool {
			return len(verbs(f, table.Name)) > 0
		})
		if !used {
			t.Errorf("no function may do anything with the table %s", table.Name)
		}
	}

	const stack = "ALARM_EMAIL" // is for the stack itself
	for _, p := range Latchkey.Parameters {
		given := slices.ContainsFunc(Latchkey.Functions, func(f Function) bool {
			return slices.Contains(f.Parameters, p.Name)
		})
		if given == (p.Name == stack) {
			t.Errorf("parameter %s: given to a function is %t", p.Name, given)
		}

		if p.Means == "" || p.Required && p.Default != "" {
			t.Errorf("parameter %s means nothing, or has a default and is required: %+v", p.Name, p)
		}
	}
}

func TestTablesHaveKeysAndIndexesThatDynamoDBTakes(t *testing.T) {
	for _, table := range Latchkey.Tables {
		keys := []string{table.Partition}
		if table.Sort != "" {
			keys = append(keys, table.Sort)
		}

		if table.Partition == "" || len(repeated(keys)) > 0 {
			t.Errorf("table %s has the key %q", table.Name, keys)
		}

		if table.Expires != "" && table.Expires != "delete_at" {
			t.Errorf("table %s expires by %q", table.Name, table.Expires)
		}

		var names []string
		for _, index := range table.Indexes {
			names = append(names, index.Name)
			if index.Name == "" || index.Partition == "" || index.All && index.Include != nil {
				t.Errorf("table %s has the index %+v", table.Name, index)
			}

			if index.Partition == table.Partition && index.Sort == table.Sort {
				t.Errorf("table %s: index %s has the table's own key", table.Name, index.Name)
			}
		}

		if twice := repeated(names); twice != nil {
			t.Errorf("table %s has these indexes twice: %v", table.Name, twice)
		}
	}
}

// One writer per item is what keeps passwords and links apart from what a file says.
func TestWhoMayWriteWhatIsKeptApart(t *testing.T) {
	writes := []Verb{PutItem, UpdateItem, DeleteItem, BatchWriteItem}
	for _, test := range []struct {
		name, table string
		writers     []string
	}{
		{
			"only redeem and signin write passwords, and walk erases them",
			"credentials",
			[]string{"redeem", "signin", "walk"},
		},
		{"only process writes profiles", "directory", []string{"process"}},
		{
			"only who sends, redeem and signin write tokens, users ends sessions, and walk erases",
			"tokens",
			[]string{"answer", "deliver", "redeem", "signin", "users", "walk"},
		},
		{
			"only who sends and feedback write deliveries",
			"deliveries",
			[]string{"answer", "deliver", "feedback"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, f := range Latchkey.Functions {
				mayWrite := slices.ContainsFunc(verbs(f, test.table), func(v Verb) bool {
					return slices.Contains(writes, v)
				})
				if mayWrite {
					got = append(got, f.Name)
				}
			}

			slices.Sort(got)

			if !slices.Equal(got, test.writers) {
				t.Errorf("writers are %v, want %v", got, test.writers)
			}
		})
	}

	for _, f := range Latchkey.Functions {
		for _, right := range f.Tables {
			if right.Table == "credentials" && f.Name != "redeem" && f.Name != "signin" &&
				(right.Attributes == nil || slices.Contains(right.Attributes, "hash")) {
				fault(t, f, "may see password hashes: %v", right.Attributes)
			}
		}
	}
}

func TestOnlyWhoMakesAndChecksCodesReadsTheirKey(t *testing.T) {
	var got []string
	for _, f := range Latchkey.Functions {
		if f.NeedsCodeKey {
			got = append(got, f.Name)
		}
	}

	slices.Sort(got)
	if want := []string{"answer", "redeem"}; !slices.Equal(got, want) {
		t.Errorf("the key of the codes is read by %v, want %v", got, want)
	}
}

func TestTheAuditIsOnlyAddedTo(t *testing.T) {
	for _, f := range Latchkey.Functions {
		for _, verb := range verbs(f, "audit") {
			lists := verb == Query && f.Name == "users"
			looks := verb == GetItem && f.Name == "answer" // whether an entry is there
			if verb != PutItem && !lists && !looks {
				fault(t, f, "has %s on the audit", verb)
			}
		}

		administers := slices.ContainsFunc(f.Routes, func(r Route) bool {
			return r.Access == Administrator
		})
		if administers && !slices.Contains(verbs(f, "audit"), PutItem) {
			fault(t, f, "has an administrator's routes and can't record them")
		}

		if f.Name == "users" && slices.Contains(verbs(f, "tokens"), PutItem) {
			fault(t, f, "may write tokens, not only end sessions")
		}
		if f.Name == "walk" && slices.ContainsFunc(
			slices.Concat(verbs(f, "credentials"), verbs(f, "tokens")),
			func(v Verb) bool { return v == PutItem || v == UpdateItem || v == BatchWriteItem },
		) {
			fault(t, f, "may write passwords or tokens, not only erase them")
		}
	}
}

func TestUploadsAreReadByWhoIsStartedByThem(t *testing.T) {
	started := 0
	for _, f := range Latchkey.Functions {
		for _, prefix := range f.Uploads {
			started++

			reads := slices.ContainsFunc(f.Objects, func(r ObjectRight) bool {
				return r.Prefix == prefix && slices.Contains(r.Verbs, GetObjectVersion)
			})
			if !reads {
				fault(t, f, "is started by objects under %s that it may not get", prefix)
			}
			// An object that a function writes must not start one.
			for _, writer := range Latchkey.Functions {
				for _, right := range writer.Objects {
					if writer.Name != "jobs" && right.Prefix == prefix &&
						slices.Contains(right.Verbs, PutObject) {
						fault(t, writer, "writes under %s, which starts %s", prefix, f.Name)
					}
				}
			}
		}
	}

	if started == 0 {
		t.Error("no function is started by an upload")
	}
}

func TestWhoMayComeBackToItselfLoops(t *testing.T) {
	queues := []Queue{{Name: "a"}, {Name: "b"}}

	tests := []struct {
		name      string
		functions []Function
		want      []string
	}{
		{
			"nobody who sends to another",
			[]Function{
				{Name: "first", Sends: []string{"a"}},
				{Name: "second", Sources: []Source{{Queue: "a"}}},
			},
			nil,
		},
		{
			"who sends to itself",
			[]Function{{Name: "one", Sends: []string{"a"}, Sources: []Source{{Queue: "a"}}}},
			[]string{"one"},
		},
		{"both of two that send to each other", []Function{
			{Name: "one", Sends: []string{"b"}, Sources: []Source{{Queue: "a"}}},
			{Name: "two", Sends: []string{"a"}, Sources: []Source{{Queue: "b"}}},
		}, []string{"one", "two"}},
		{"not who sends to one that loops", []Function{
			{Name: "first", Sends: []string{"a"}},
			{Name: "loop", Sends: []string{"a"}, Sources: []Source{{Queue: "a"}}},
		}, []string{"loop"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			all := Topology{Functions: test.functions, Queues: queues}

			var got []string
			for _, f := range all.Functions {
				if all.Loops(f) {
					got = append(got, f.Name)
				}
			}

			if !slices.Equal(got, test.want) {
				t.Errorf("%v loop, want %v", got, test.want)
			}
		})
	}
}

func TestVariable(t *testing.T) {
	for _, test := range []struct{ name, kind, of, want string }{
		{"a name in upper case follows its kind", "TABLE", "jobs", "TABLE_JOBS"},
		{"a hyphen becomes an underscore", "QUEUE", "rows-dead", "QUEUE_ROWS_DEAD"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := Variable(test.kind, test.of); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestWhatIsNotThereIsNotFound(t *testing.T) {
	if _, ok := Latchkey.Function("nobody"); ok {
		t.Error("there is a function nobody")
	}

	if _, _, ok := Latchkey.Consumer("nothing"); ok {
		t.Error("the queue nothing has a consumer")
	}

	redeem, ok := Latchkey.Function("redeem")
	sets := slices.ContainsFunc(redeem.Routes, func(r Route) bool {
		return r.Key == "POST /api/password"
	})
	if !ok || !sets {
		t.Error("redeem doesn't set passwords")
	}
}
