package main

import (
	"bytes"
	"math"
	"strings"
	"testing"
	"time"
)

// counted is a report of steps of ten users each: a user takes ten times what the numbers
// say divided by ten.
func reported() *Report {
	mailed := func(name string, mails int) *Step {
		return &Step{Name: name, Users: 10, Mails: mails, MailEvents: 2 * mails}
	}
	r := &Report{
		Counted: []*Step{
			{
				Name: fileStep, Users: 10,
				Units: []Units{
					{"process", "members", "", 5, 20},
					{"process", "directory", "by_address", 0, 10},
				},
				Calls: []Calls{
					{"process", "s3", "GET", 10, 0, 0},
					{"jobs", "s3", "PUT", 10, 1000, 0},
					{"process", "sqs", "SendMessage", 10, 10, 0},
				},
				Functions: []Work{{"process", 10, 0, 0, 1000}},
			},
			mailed(notifyStep, 10),
			mailed(passwordStep, 10),
		},
		Timed: []*Step{
			{Name: fileStep, Users: 10, Functions: []Work{{"process", 10, 1000, 100, 0}}},
			{Name: notifyStep, Users: 10},
			{Name: passwordStep, Users: 10},
		},
	}
	return r
}

// dollars returns what a line of the bill asks, and how much of it there is.
func (b *Bill) find(service, what string) Line {
	for _, l := range b.Lines {
		if l.Service == service && strings.HasPrefix(l.What, what) {
			return l
		}
	}
	return Line{}
}

func TestTheBill(t *testing.T) {
	b, err := reported().bill()
	if err != nil {
		t.Fatal(err)
	}

	for _, test := range []struct {
		service, what     string
		quantity, dollars float64
	}{
		{"SES", "emails", 2.8e6, 280},              // two, and the notice to 80 %
		{"DynamoDB", "write", 3e6, 1.875},          // three a user
		{"DynamoDB", "read", 0.5e6, 0.0625},        // half of one
		{"Lambda", "invocations", 1e6, 0.2},        // one
		{"SNS", "events", 5.6e6, 2.8},              // two for each email
		{"SQS", "requests", 8.6e6, 3.44},           // one sent, two of Lambda's, 5.6 of SNS
		{"S3", "PUT", 1e6, 5},                      // one
		{"S3", "GET", 1e6, 0.4},                    // one
		{"CloudWatch", "GB", 0.1, 0.05},            // 100 bytes
		{"API Gateway", "requests", 0, 0},          // process has no route
		{"Secrets Manager", "secret", 1, 0.4},      // nobody calls
		{"Data transfer", "GB of pages", 0, 0},     // and nobody loads a page
		{"DynamoDB", "GB stored and backed", 0, 0}, // nor was anything stored
	} {
		got := b.find(test.service, test.what)
		if !near(got.Quantity, test.quantity) || !near(got.Dollars, test.dollars) {
			t.Errorf("%s, %s: %g for $%g, want %g for $%g", test.service, test.what,
				got.Quantity, got.Dollars, test.quantity, test.dollars)
		}
	}

	sum := 0.0
	for _, l := range b.Lines {
		sum += l.Dollars
	}
	if !near(b.Mail, 280) || !near(b.Total, sum) || !near(b.Ratio, sum/280) {
		t.Errorf("mail $%g, all $%g of $%g, ratio %g", b.Mail, b.Total, sum, b.Ratio)
	}
}

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(1, math.Abs(b)) }

func TestAProcessorsTimeIsStretchedToAShareOfACore(t *testing.T) {
	// process has 512 MB: half a GB, and 0.289 of a core. 1,000 ms of which 100 are work are
	// 900 of waiting and 345.5 of work.
	s := reported().Timed[0]
	want := (900 + 100*1769.0/512) / 1000 / 2
	if got := s.gbSeconds(); !near(got, want) {
		t.Errorf("%g GB-seconds, want %g", got, want)
	}
}

func TestAnUnmeasuredStepIsNotBilled(t *testing.T) {
	r := reported()
	r.Counted = r.Counted[:2]
	if _, err := r.bill(); err == nil {
		t.Error("a bill without the passwords")
	}
}

func TestUnitsAreSummedByTableAndIndex(t *testing.T) {
	r := reported()
	s := r.Counted[0]
	s.Units = []Units{
		{"deliver", "tokens", "", 1, 10},
		{"redeem", "tokens", "", 2, 20},
		{"redeem", "tokens", "by_owner", 4, 40},
	}
	if s.read() != 0.7 || s.written() != 7 {
		t.Errorf("a user reads %g and writes %g", s.read(), s.written())
	}

	var out bytes.Buffer
	r.print(&out)
	for _, want := range []string{"0.30  3.00", "0.40  4.00", "0.70  7.00"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, &out)
		}
	}
}

func TestARowThatTakesMoreThanBeforeIsMarked(t *testing.T) {
	sizes := []Size{{Write: 1}, {Write: 1.09}, {Write: 1.3}, {}}
	write := func(s Size) float64 { return s.Write }
	for i, want := range []string{"1", "1.09", "1.3 (not flat)", "–"} {
		if got := cell(sizes, i, write); got != want {
			t.Errorf("size %d is %q, want %q", i, got, want)
		}
	}
}

func TestWindows(t *testing.T) {
	begin := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	var even, uneven []time.Time
	for n := range 121 {
		even = append(even, begin.Add(time.Duration(n)*100*time.Millisecond))
		if n < 60 || n > 69 {
			uneven = append(uneven, even[n])
		}
	}
	for _, test := range []struct {
		name string
		at   []time.Time
		want []float64
	}{
		{"ten a second for twelve seconds", even, []float64{10, 10, 10}},
		{"with a second's pause in each window", uneven, []float64{9, 9, 9}},
		{"all within one window", even[:51], []float64{10}},
		{"one alone", even[:1], nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := windows(test.at, 10*time.Second)
			if len(got) != len(test.want) {
				t.Fatalf("got %v, want %v", got, test.want)
			}
			for i := range got {
				if !near(got[i], test.want[i]) {
					t.Errorf("got %v, want %v", got, test.want)
				}
			}
		})
	}
}
