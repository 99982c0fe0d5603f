package main

import (
	"errors"
	"fmt"

	"latchkey/shared/topology"
)

// What is billed: so many users, each notified so often by email, of whom a share sets a
// password.
const (
	billedUsers   = 1_000_000
	notifications = 2
	redeeming     = 0.8
	// billBar is the most that all may cost beside the mail's own price.
	billBar = 1.10
)

// Bill is what AWS would ask.
type Bill struct {
	Users  int     `json:"users"`
	Prices string  `json:"prices"` // when they were looked up
	Lines  []Line  `json:"lines"`
	Mail   float64 `json:"mail"`  // dollars
	Total  float64 `json:"total"` // dollars
	Ratio  float64 `json:"ratio"`
}

// Line is what one service asks for one thing.
type Line struct {
	Service  string  `json:"service"`
	What     string  `json:"what"`
	Quantity float64 `json:"quantity"`
	Dollars  float64 `json:"dollars"`
}

// usage is what users take in all steps together.
type usage struct {
	emails, mailEvents                   float64
	reads, writes, stored                float64
	gbSeconds, invocations, apiRequests  float64
	queueRequests, puts, gets, putBytes  float64
	logBytes, secretCalls, downloadBytes float64
}

// bill works the bill out from what was counted, and from the durations of the run against
// the clock.
func (r *Report) bill() (*Bill, error) {
	var u usage
	for _, part := range []struct {
		step  string
		times float64
	}{
		{fileStep, billedUsers},
		{notifyStep, billedUsers * notifications},
		{passwordStep, billedUsers * redeeming},
	} {
		counted := step(r.Counted, part.step)
		timed := step(r.Timed, part.step)
		if counted == nil || timed == nil {
			return nil, fmt.Errorf("the step %q isn't measured", part.step)
		}
		u.add(counted, part.times/float64(counted.Users))
		u.gbSeconds += timed.gbSeconds() * part.times / float64(timed.Users)
	}
	if u.emails == 0 {
		return nil, errors.New("no email was counted")
	}

	b := &Bill{Users: billedUsers, Prices: pricedOn, Lines: u.lines(), Mail: u.emails * perEmail}
	for _, line := range b.Lines {
		b.Total += line.Dollars
	}
	b.Ratio = b.Total / b.Mail
	return b, nil
}

// add adds what a step took, so many times.
func (u *usage) add(s *Step, times float64) {
	u.emails += float64(s.Mails) * times
	u.mailEvents += float64(s.MailEvents) * times
	u.stored += float64(s.Stored) * times / notifications // of the first one, and no more
	u.downloadBytes += float64(s.Downloaded) * times
	for _, n := range s.Units {
		u.reads += n.Read * times
		u.writes += n.Write * times
	}

	for _, c := range s.Calls {
		n := float64(c.Calls) * times
		switch {
		case c.Service == "sqs":
			u.queueRequests += max(n, float64(c.BytesAsked)*times/queueRequestBytes)
		case c.Service == "secretsmanager":
			u.secretCalls += n
		case c.Service == "s3" && (c.Operation == "PUT" || c.Operation == "POST"):
			u.puts += n
			u.putBytes += float64(c.BytesAsked) * times
		case c.Service == "s3":
			u.gets += n
		}
	}

	for _, w := range s.Functions {
		n := float64(w.Invocations) * times
		u.invocations += n
		u.logBytes += float64(w.LogBytes) * times // of Lambda itself there are no lines
		f, _ := topology.Latchkey.Function(w.Function)
		if len(f.Routes) > 0 {
			u.apiRequests += n
			u.logBytes += n * accessLine
		}
		if len(f.Sources) > 0 {
			u.queueRequests += 2 * n // Lambda receives a batch, and deletes it
		}
	}
	u.queueRequests += float64(s.MailEvents) * times // what SNS puts there
}

// gbSeconds returns what Lambda bills for a step. The time of a processor is stretched to
// the share of a core that the function's memory gives it; waiting takes as long as here.
func (s *Step) gbSeconds() float64 {
	sum := 0.0
	for _, w := range s.Functions {
		f, _ := topology.Latchkey.Function(w.Function)
		share := min(1, float64(f.Memory)/fullCore)
		ms := w.BilledMS + w.CPUMS*(1/share-1)
		sum += ms / 1000 * float64(f.Memory) / megabytesInAGB
	}
	return sum
}

// lines returns what each service asks.
func (u usage) lines() []Line {
	transferred := u.downloadBytes / gigabyte
	storedGB := u.stored / gigabyte
	lines := []Line{
		{"SES", "emails", u.emails, u.emails * perEmail},
		{"DynamoDB", "write units", u.writes, u.writes * perWriteUnit},
		{"DynamoDB", "read units", u.reads, u.reads * perReadUnit},
		{
			"DynamoDB", "GB stored and backed up, a month", storedGB,
			storedGB * (perStoredGB + perBackedUpGB),
		},
		{"Lambda", "GB-seconds on Arm", u.gbSeconds, u.gbSeconds * perGBSecond},
		{"Lambda", "invocations", u.invocations, u.invocations * perInvocation},
		{"API Gateway", "requests", u.apiRequests, u.apiRequests * perRequest},
		{"SQS", "requests", u.queueRequests, u.queueRequests * perQueueRequest},
		{"SNS", "events of emails", u.mailEvents, u.mailEvents * perTopicRequest},
		{"S3", "PUT", u.puts, u.puts * perPut},
		{"S3", "GET", u.gets, u.gets * perGet},
		{"S3", "GB stored, a month", u.putBytes / gigabyte, u.putBytes / gigabyte * perObjectsGB},
		{"CloudWatch", "GB of logs", u.logBytes / gigabyte, u.logBytes / gigabyte * perLogGB},
		{"Data transfer", "GB of pages", transferred, transferred * perTransferGB},
		{
			"Secrets Manager", "secret, a month, and calls", 1,
			perSecret + u.secretCalls*perSecretCall,
		},
		{"EventBridge", "rule, a month", ticksInAMonth, ticksInAMonth * perRuleEvent},
	}
	return lines
}
