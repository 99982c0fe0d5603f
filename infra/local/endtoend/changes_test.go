package endtoend

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// planned counts what a file's rows would do.
type planned struct{ Add, Update, Unchanged, Remove int }

func (c client) planned(j job) planned {
	c.t.Helper()

	got := get[struct {
		Rows struct{ Planned *planned }
	}](c, j.Path())
	if got.Rows.Planned == nil {
		c.t.Fatal("nothing is planned")
	}

	return *got.Rows.Planned
}

type change struct {
	Row                 int
	Username, Operation string
	Changes             json.RawMessage
}

func (ch change) String() string {
	return fmt.Sprintf("%d %s %s %s", ch.Row, ch.Username, ch.Operation, ch.Changes)
}

func TestWhatEachRowWouldDo(t *testing.T) {
	t.Parallel()
	c := administrator(t)
	first := "User,First Name,Site,Work Email,Language\n" +
		"Plan0,Ada,Here,plan0@example.com,German\n" +
		"plan1,Bo,Here,plan1@example.com,\n" +
		"plan2,Cy,Here,plan2@example.com,\n" +
		"plan3,Di,,plan3@example.com,\n"
	// The row of plan0 has a field cleared, one the same, and one gained. The columns of
	// the name and the language aren't there.
	second := "Operation,User,Site,Work Email,SMS Phone\n" +
		"process,PLAN0,,plan0@example.com,+1 650 253 0150\n" +
		",plan1,Here,nowhere,\n" +
		",plan1,Here,plan1@example.com,\n" +
		"remove,plan2,,,\n" +
		"\n" +
		",plan3,There,other@example.com,\n" +
		"remove,plan9,,,\n" +
		",plan4,,plan4@example.com,\n"

	j := c.validated(first)
	if got := c.planned(j); got != (planned{Add: 4}) {
		t.Errorf("of the first file: %+v", got)
	}

	added := `2 Plan0 add {"First Name":[null,"Ada"],"Language":[null,"German"],` +
		`"Site":[null,"Here"],"Work Email":[null,"plan0@example.com"]}`
	if got := all[change](c, j.Path()+"/changes"); len(got) != 4 || got[0].String() != added {
		t.Errorf("of the first file: %v", got)
	}

	waiting := c.validated(second) // before the first is processed, all of its users are new
	if got := c.planned(waiting); got != (planned{Add: 4, Unchanged: 2}) {
		t.Errorf("of the second, before the first: %+v", got)
	}

	c.call("POST", j.Path()+"/process", nil).want(http.StatusAccepted, "")
	c.reaches(j.ID, "processed")

	j = c.validated(second)
	if got := c.planned(j); got != (planned{Add: 1, Update: 2, Unchanged: 2, Remove: 1}) {
		t.Errorf("of the second: %+v", got)
	}

	want := []string{
		`2 Plan0 update {"SMS Phone":[null,"+16502530150"],"Site":["Here",null]}`,
		`4 plan1 unchanged {}`,
		`5 plan2 remove {"First Name":["Cy",null],"Site":["Here",null],` +
			`"Work Email":["plan2@example.com",null]}`,
		`7 plan3 update {"Site":[null,"There"],` +
			`"Work Email":["plan3@example.com","other@example.com"]}`,
		`8 plan9 unchanged {}`,
		`9 plan4 add {"Work Email":[null,"plan4@example.com"]}`,
	}
	for query, want := range map[string][]string{
		"":                             want,
		"?limit=1":                     want,
		"?operation=update":            {want[0], want[3]},
		"?operation=unchanged&limit=1": {want[1], want[4]},
		"?operation=remove":            {want[2]},
		"?operation=add":               {want[5]},
	} {
		var got []string

		path := j.Path() + "/changes" + query
		if query == "" {
			path += "?limit=200"
		}

		for _, ch := range all[change](c, path) {
			got = append(got, ch.String())
		}

		if !slices.Equal(got, want) {
			t.Errorf("%s: got\n%s", query, strings.Join(got, "\n"))
		}
	}

	var now []string // of the job that was validated before: the directory as it is now counts
	for _, ch := range all[change](c, waiting.Path()+"/changes?limit=200") {
		now = append(now, ch.String())
	}

	if !slices.Equal(now, want) {
		t.Errorf("of the job that waited: got\n%s", strings.Join(now, "\n"))
	}

	c.call("GET", j.Path()+"/changes?operation=process", nil).
		wantField(http.StatusUnprocessableEntity, "invalid_request", "operation")
	c.call("POST", j.Path()+"/process", nil).want(http.StatusAccepted, "")
	c.call("GET", j.Path()+"/changes", nil).want(http.StatusConflict, "job_processed")

	done := c.reaches(j.ID, "processed")
	if r := done.Rows; r.Added != 1 || r.Updated != 2 || r.Unchanged != 2 || r.Removed != 1 {
		t.Errorf("processing did %+v", r)
	}

	c.call("GET", j.Path()+"/changes", nil).want(http.StatusConflict, "job_processed")

	if got := c.planned(done); got != (planned{Add: 1, Update: 2, Unchanged: 2, Remove: 1}) {
		t.Errorf("afterwards it was planned %+v", got)
	}

	c.call("GET", c.validated("User,Work Email\nbad,nowhere\n").Path()+"/changes", nil).
		want(http.StatusConflict, "job_not_validated")
}

func TestWhatIsPlannedIsWhatProcessingDoes(t *testing.T) {
	t.Parallel()
	c := administrator(t)

	const rows = 3000

	var first, second strings.Builder
	first.WriteString("User,First Name,Site,Work Email\n")
	second.WriteString("Operation,User,First Name,Site\n")

	var want planned
	for i := range rows {
		fmt.Fprintf(&first, "many%d,Sam,Here,many%d@example.com\n", i, i)

		switch {
		case i%10 == 0:
			fmt.Fprintf(&second, "remove,many%d,,\n", i)
			want.Remove++
		case i%10 == 1:
			fmt.Fprintf(&second, ",other%d,Kim,\n", i)
			want.Add++
		case i%10 == 2:
			fmt.Fprintf(&second, ",many%d,Kim,Here\n", i)
			want.Update++
		case i%10 == 3:
			fmt.Fprintf(&second, ",MANY%d,Sam,\n", i)
			want.Update++
		case i == 4: // the only one
			fmt.Fprintf(&second, "remove,nobody%d,,\n", i)
			want.Unchanged++
		default:
			fmt.Fprintf(&second, ",many%d,Sam,Here\n", i)
			want.Unchanged++
		}
	}

	do := func(file string, want planned) {
		t.Helper()

		j := c.validated(file)
		if got := c.planned(j); got != want {
			t.Fatalf("planned is %+v, want %+v", got, want)
		}

		listed := map[string]int{}
		for _, ch := range all[change](c, j.Path()+"/changes?limit=200") {
			listed[ch.Operation]++
		}

		for _, operation := range []string{"add", "update", "unchanged", "remove"} {
			n := len(all[change](c, j.Path()+"/changes?limit=200&operation="+operation))
			if n != listed[operation] {
				t.Errorf(
					"of %s, %d rows are listed alone, %d among all",
					operation,
					n,
					listed[operation],
				)
			}
		}

		got := planned{listed["add"], listed["update"], listed["unchanged"], listed["remove"]}
		if got != want {
			t.Errorf("%+v are listed, want %+v", got, want)
		}

		c.call("POST", j.Path()+"/process", nil).want(http.StatusAccepted, "")

		r := c.reaches(j.ID, "processed").Rows
		if got := (planned{r.Added, r.Updated, r.Unchanged, r.Removed}); got != want ||
			r.Failed != 0 {
			t.Errorf("processing did %+v, want %+v", r, want)
		}
	}
	do(first.String(), planned{Add: rows})
	do(first.String(), planned{Unchanged: rows})
	do(second.String(), want)
}
