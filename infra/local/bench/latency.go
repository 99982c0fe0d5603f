package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"latchkey/infra/local/client"
	"latchkey/infra/local/engine"
)

// clientCounts are the clients at once by which latencies are measured.
var clientCounts = []int{1, 8, 32}

// Limits of the time of an answer beside the bare one: about twice what it took. A list of
// jobs counts the users of each, which many clients at once make the engine do many times.
const (
	listLimit = 300
	pageLimit = 40
)

// quantile returns the value that a share of the numbers doesn't pass.
func quantile(of []float64, share float64) float64 {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

// calls returns how many calls a take has by so many clients.
func calls(clients int) int { return 16 + clients }

// measureLatency measures how long an answer of the API and a page take.
func (b *bench) measureLatency(ctx context.Context) error {
	page, err := client.Client{URL: b.host.URL}.Send(ctx, http.MethodGet, "/sign-in", nil)
	if err != nil {
		return err
	}
	bare, err := engine.Serve(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Write(page.Body)
	}))
	if err != nil {
		return err
	}
	defer bare.Stop()

	for _, clients := range clientCounts {
		err := b.measureAnswer(ctx, clients, answered("GET /api/jobs", "GetItem", listLimit),
			func() ([]float64, error) { return bareGet(ctx, b.system, clients, calls(clients)) },
			func(ctx context.Context, _ int) error {
				return b.api.Do(ctx, http.MethodGet, "/api/jobs", nil, nil)
			})
		if err != nil {
			return err
		}

		get := func(ctx context.Context, c client.Client, url string) error {
			c.URL = url
			_, err := c.Send(ctx, http.MethodGet, "/sign-in", nil)
			return err
		}
		err = b.measureAnswer(ctx, clients, answered("GET /sign-in", "net/http", pageLimit),
			func() ([]float64, error) {
				each, _, err := together(ctx, clients, calls(clients),
					func(ctx context.Context, c, _ int) error {
						return get(ctx, b.visitors[c], bare.Endpoint)
					})
				return each, err
			},
			func(ctx context.Context, c int) error {
				return get(ctx, b.visitors[c], b.host.URL)
			})
		if err != nil {
			return err
		}
	}
	return nil
}

// measureAnswer measures the half and the 95th percentile of the times of a call.
func (b *bench) measureAnswer(
	ctx context.Context, clients int, what Figure,
	bare func() ([]float64, error), call func(ctx context.Context, c int) error,
) error {
	half := b.report.figure(what)
	half.Name += fmt.Sprintf(", %d at once, p50", clients)
	most := b.report.figure(what)
	most.Name += fmt.Sprintf(", %d at once, p95", clients)
	for range takes {
		alone, err := bare()
		if err != nil {
			return err
		}
		each, _, err := together(ctx, clients, calls(clients),
			func(ctx context.Context, c, _ int) error { return call(ctx, c) })
		if err != nil {
			return err
		}

		half.add(quantile(each, 0.5), quantile(alone, 0.5))
		most.add(quantile(each, 0.95), quantile(alone, 0.95))
	}
	return nil
}

// answered returns a figure of the time of an answer.
func answered(name, beside string, limit float64) Figure {
	return Figure{Name: name, Unit: "ms", Beside: beside, Less: true, Limit: limit}
}
