package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"latchkey/shared/api"
	"latchkey/shared/openapi"
	"latchkey/shared/topology"
)

// handler answers the requests that no other function's route takes. It has no clock: no
// answer depends on the time.
type handler struct {
	site
	*compressor
}

// newHandler makes ready what there is to serve. Pages are rendered when they are asked for.
func newHandler(s settings, bucketAddress, version string) (handler, error) {
	made, err := newSite(s, bucketAddress, files)
	if err != nil {
		return handler{}, fmt.Errorf("make pages: %w", err)
	}
	return serving(made, version), nil
}

// serving returns the handler of a site.
func serving(made site, version string) handler {
	h := handler{site: made, compressor: &compressor{}}
	h.answers["/"] = redirect("/sign-in")
	h.answers["/api/health"] = api.OK(map[string]string{"status": "ok", "version": version})
	h.answers["/api/openapi.json"] = api.Answer{
		Status: http.StatusOK,
		Body:   openapi.Document,
		Header: map[string]string{"Content-Type": "application/json"},
	}

	return h
}

func redirect(location string) api.Answer {
	return api.Answer{
		Status: http.StatusFound,
		Header: map[string]string{"Location": location},
	}
}

// handle answers one request, compressed if the browser takes that.
func (h handler) handle(ctx context.Context, event api.Event) (api.Response, error) {
	routes := api.Routes{event.RouteKey: h.answer}
	response, err := routes.Serve(ctx, event)
	if response.StatusCode == http.StatusMethodNotAllowed {
		response.Headers["Allow"] = strings.Join(h.methods(event.RawPath), ", ")
	}

	response = h.compress(event, response)
	if event.RequestContext.HTTP.Method == http.MethodHead {
		response.Body = ""
		response.IsBase64Encoded = false
	}

	return response, err
}

// answer picks the answer by the path. It doesn't go by the route key, because HEAD comes
// by another than GET.
func (h handler) answer(_ context.Context, event api.Event) (api.Answer, error) {
	path := event.RawPath
	method := event.RequestContext.HTTP.Method
	answer, known := h.answers[path]
	name, isPage := h.page(path)
	page, isMoved := meant(path, event.RawQueryString)
	isAPI := path == "/api" || strings.HasPrefix(path, "/api/")
	isRead := method == http.MethodGet || method == http.MethodHead
	switch {
	case known && isRead:
		return answer, nil
	case isPage && isRead:
		return h.edition(event).pages[name]()
	case isMoved && isRead:
		return redirect(page), nil
	case isAPI && len(h.methods(path)) > 0:
		const message = "This address doesn't take that method."
		return api.Answer{}, api.Fail(http.StatusMethodNotAllowed, "method_not_allowed", message)
	case isAPI:
		const message = "There is nothing at this address."
		return api.Answer{}, api.Fail(http.StatusNotFound, "not_found", message)
	case known || isPage:
		return h.edition(event).wrongMethod()
	default:
		return h.edition(event).notFound()
	}
}

// methods returns the methods that a path takes, in this function or in another, sorted.
func (h handler) methods(path string) []string {
	_, known := h.answers[path]
	if _, ok := h.page(path); ok || known {
		return []string{http.MethodGet, http.MethodHead}
	}

	return topology.Latchkey.Methods(path)
}
