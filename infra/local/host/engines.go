package host

import (
	"context"
	"crypto/rand"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"golang.org/x/sync/errgroup"

	"latchkey/infra/local/dynamodb"
	"latchkey/infra/local/engine"
	"latchkey/infra/local/s3"
	"latchkey/infra/local/secretsmanager"
	"latchkey/infra/local/ses"
	"latchkey/infra/local/sns"
	"latchkey/infra/local/sqs"
	"latchkey/shared/topology"
)

// startEngines starts all engines at once, and returns the endpoint of that of SES, which
// has a gate before it.
func (h *Host) startEngines(ctx context.Context) (sesEngine string, err error) {
	var tables, queues, mail, objects *engine.Engine
	var group errgroup.Group
	group.Go(func() (err error) { tables, err = dynamodb.Start(ctx); return err })
	group.Go(func() (err error) { queues, err = sqs.Start(ctx); return err })
	group.Go(func() (err error) { mail, err = ses.Start(ctx); return err })
	group.Go(func() (err error) {
		objects, err = s3.Start(h.credentials, h.dropped, h.created)
		return err
	})
	group.Go(func() error { return h.startIAM(ctx) })
	err = group.Wait()

	// Those that did start are stopped even if another one did not.
	h.onStop(func() {
		var wait sync.WaitGroup
		for _, e := range []*engine.Engine{tables, queues, mail, objects} {
			if e != nil {
				wait.Go(e.Stop)
			}
		}
		wait.Wait()
	})
	if err != nil {
		return "", err
	}

	h.Engines = topology.Endpoints{
		DynamoDB: tables.Endpoint,
		SQS:      queues.Endpoint,
		S3:       objects.Endpoint,
	}
	h.own = h.Engines
	return mail.Endpoint, nil
}

// credentials finds what a function or the account signs with.
func (h *Host) credentials(id string) (aws.Credentials, bool) {
	key, ok := h.keys.Find(id)
	return aws.Credentials{
		AccessKeyID:     key.ID,
		SecretAccessKey: key.Secret,
		SessionToken:    key.Token,
	}, ok
}

// createTables creates the tables, before any gate: one may have copies of them.
func (h *Host) createTables(ctx context.Context) error {
	for _, table := range h.topology.Tables {
		h.Tables[table.Name] = name(table.Name)
	}

	client := dynamodb.Client(h.own.DynamoDB)
	return dynamodb.CreateTables(ctx, client, h.topology.Tables, name)
}

// create creates the queues and the bucket, through the gates: a queue's URL begins with
// the address that it was asked for at.
func (h *Host) create(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return h.createQueues(ctx) })
	group.Go(func() error {
		return s3.CreateBucket(ctx, s3.Client(h.Engines.S3), h.Bucket)
	})
	return group.Wait()
}

// createQueues creates the queues, and bounds their visibility if the options say so.
func (h *Host) createQueues(ctx context.Context) (err error) {
	client := sqs.Client(h.Engines.SQS)
	h.Queues, err = sqs.CreateQueues(ctx, client, h.topology, name)
	if err != nil || h.options.MostHidden == 0 {
		return err
	}

	for _, q := range h.topology.Queues {
		span := min(h.topology.Visibility(q.Name), h.options.MostHidden)
		if err := sqs.Hide(ctx, client, h.Queues[q.Name], span); err != nil {
			return err
		}
	}
	return nil
}

// codeKeySecret is the name of the one secret that there is, and configurationSet that of
// the one configuration set.
var (
	codeKeySecret    = name("code-key")
	configurationSet = name("mail")
)

// startTablesGate starts the gate before DynamoDB Local, if it has anything to do.
func (h *Host) startTablesGate(ctx context.Context) (err error) {
	faults := h.settings.tables
	if faults.Throttle == 0 && faults.Lag == 0 {
		return nil
	}

	gate := dynamodb.NewGate(h.own.DynamoDB, faults)
	if faults.Lag > 0 {
		// The copies follow until the host stops, and not only while it starts.
		stop, err := gate.Follow(context.WithoutCancel(ctx), h.topology.Tables, name)
		if err != nil {
			return err
		}
		h.onStop(stop)
	}

	h.Engines.DynamoDB, err = h.serve(gate)
	return err
}

// startGates starts the gate before SES's engine, with the events of emails, and what
// stands for SNS and Secrets Manager.
func (h *Host) startGates(sesEngine string) error {
	gate := ses.NewGate(sesEngine, h.log, h.settings.sesRate)
	gate.Quota = h.settings.sesQuota
	gate.Sandbox = h.settings.sesSandbox
	gate.Clock = h.sesClock
	gate.Identities = h.settings.sesIdentities
	gate.ConfigurationSets = []string{configurationSet}
	for _, q := range h.topology.Queues {
		if !q.MailEvents {
			continue
		}
		events, err := ses.NewEvents(sqs.Client(h.own.SQS), h.Queues[q.Name])
		if err != nil {
			return err
		}
		h.onStop(func() { _ = events.Close() })
		gate.Events = events
		h.mail = events
	}

	var err error
	h.Engines.SES, err = h.serve(h.guard("ses", gate))
	if err != nil {
		return err
	}

	texts := sns.New(h.log)
	texts.Sandbox = h.settings.sms.sandbox
	texts.Verified = h.settings.sms.verified
	texts.OptedOut = h.settings.sms.optedOut
	texts.MonthlyLimit = h.settings.sms.limit
	h.Engines.SNS, err = h.serve(h.guard("sns", texts))
	if err != nil {
		return err
	}

	secrets := secretsmanager.New(codeKeySecret, rand.Text()+rand.Text())
	h.Engines.Secrets, err = h.serve(h.guard("secretsmanager", secrets))
	return err
}
