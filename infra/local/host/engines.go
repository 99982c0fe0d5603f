package host

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"latchkey/infra/local/engine"
	"latchkey/infra/local/outbox"
	"latchkey/shared/topology"
)

// Engines are the endpoints that the functions call in the place of AWS's:
// "http://127.0.0.1:<port>". Each is that of a gate, which enforces what AWS would, or
// that of the engine itself where nothing is enforced.
type Engines struct {
	DynamoDB, SQS, S3, SES, SNS, Secrets string
}

// startEngines starts all engines at once, and returns the endpoint of that of SES, which
// has a gate before it.
func (h *Host) startEngines(ctx context.Context) (sesEngine string, err error) {
	var dynamoDB, sqs, ses, s3 *engine.Engine
	var group errgroup.Group
	group.Go(func() (err error) { dynamoDB, err = engine.DynamoDB(ctx); return err })
	group.Go(func() (err error) { sqs, err = engine.SQS(ctx); return err })
	group.Go(func() (err error) { ses, err = engine.SES(ctx); return err })
	group.Go(func() (err error) { s3, err = engine.S3(h.created); return err })
	err = group.Wait()

	// Those that did start are stopped even if another one did not.
	h.onStop(func() {
		var wait sync.WaitGroup
		for _, e := range []*engine.Engine{dynamoDB, sqs, ses, s3} {
			if e != nil {
				wait.Go(e.Stop)
			}
		}
		wait.Wait()
	})
	if err != nil {
		return "", err
	}

	h.Engines = Engines{DynamoDB: dynamoDB.Endpoint, SQS: sqs.Endpoint, S3: s3.Endpoint}
	return ses.Endpoint, nil
}

// create creates the tables, the queues and the bucket.
func (h *Host) create(ctx context.Context) error {
	for _, table := range topology.Latchkey.Tables {
		h.Tables[table.Name] = name(table.Name)
	}

	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		client := engine.DynamoDBClient(h.Engines.DynamoDB)
		return engine.CreateTables(ctx, client, topology.Latchkey.Tables, name)
	})
	group.Go(func() (err error) {
		h.Queues, err = engine.CreateQueues(ctx, h.queueClient(), topology.Latchkey, name)
		return err
	})
	group.Go(func() error {
		return engine.CreateBucket(ctx, engine.S3Client(h.Engines.S3), h.Bucket)
	})
	return group.Wait()
}

// startGates starts the gate before SES's engine, with the events of emails, and what
// stands for SNS and Secrets Manager.
func (h *Host) startGates(sesEngine string) error {
	ses := outbox.NewSES(sesEngine, h.log, h.settings.sesRate)
	ses.Quota = h.settings.sesQuota
	ses.Sandbox = h.settings.sesSandbox
	ses.Clock = h.sesClock
	for _, q := range topology.Latchkey.Queues {
		if !q.MailEvents {
			continue
		}
		events, err := outbox.NewEvents(h.queueClient(), h.Queues[q.Name])
		if err != nil {
			return err
		}
		h.onStop(func() { _ = events.Close() })
		ses.Events = events
	}

	var err error
	if h.Engines.SES, err = h.serve(ses); err != nil {
		return err
	}
	if h.Engines.SNS, err = h.serve(outbox.NewSNS(h.log)); err != nil {
		return err
	}
	h.Engines.Secrets, err = h.serve(newSecrets())
	return err
}
