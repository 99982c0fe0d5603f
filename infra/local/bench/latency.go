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

// latencyLimit is the most that an answer may take beside the bare one: about twice what it
// took.
const latencyLimit = 60

// quantile returns the value that a share of the numbers doesn't pass.
func quantile(of []float64, share float64) float64 {
	if len(of) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(of))
	return sorted[min(int(share*float64(len(sorted))), len(sorted)-1)]
}

// calls returns how many calls a take has by so many clients.
func calls(clients int) int { return 20 + 2*clients }

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
		err := b.measureAnswer(ctx, clients, "GET /api/jobs", "GetItem",
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
		err = b.measureAnswer(ctx, clients, "GET /sign-in", "net/http",
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
	ctx context.Context, clients int, what, beside string,
	bare func() ([]float64, error), call func(ctx context.Context, c int) error,
) error {
	half := b.latency(fmt.Sprintf("%s, %d clients, p50", what, clients), beside)
	most := b.latency(fmt.Sprintf("%s, %d clients, p95", what, clients), beside)
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

// latency adds a figure of times to the report.
func (b *bench) latency(name, beside string) *Figure {
	return b.report.figure(Figure{
		Name:   name,
		Unit:   "ms",
		Beside: beside,
		Less:   true,
		Limit:  latencyLimit,
	})
}
