package host

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"

	"latchkey/infra/local/engine"
	"latchkey/shared/topology"
)

// enginesOf returns the engines as one function is to call them: each behind what
// Options.Before puts there.
func (h *Host) enginesOf(f topology.Function) (topology.Endpoints, error) {
	e := h.Engines
	if h.options.Before == nil {
		return e, nil
	}

	for service, endpoint := range map[string]*string{
		"dynamodb":       &e.DynamoDB,
		"s3":             &e.S3,
		"sqs":            &e.SQS,
		"ses":            &e.SES,
		"sns":            &e.SNS,
		"secretsmanager": &e.Secrets,
	} {
		guarded, ok := h.guarded[service]
		if !ok {
			var err error
			guarded, err = forward(*endpoint)
			if err != nil {
				return topology.Endpoints{}, err
			}
		}

		var err error
		*endpoint, err = h.serve(h.options.Before(f, service, guarded))
		if err != nil {
			return topology.Endpoints{}, err
		}
	}

	return e, nil
}

// forward returns a handler that hands requests to the engine at an endpoint. They keep
// their Host header: S3 finds the bucket by it, and it is signed.
func forward(endpoint string) (http.Handler, error) {
	target, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("forward to an engine: %w", err)
	}

	return &httputil.ReverseProxy{
		Transport: engine.Transport(),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			w.WriteHeader(http.StatusBadGateway) // most callers have gone
		},
	}, nil
}
