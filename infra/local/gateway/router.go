package gateway

import (
	"fmt"
	"strings"

	"latchkey/infra/local/lambda"
)

// route is a parsed route key, and the function that it leads to.
type route struct {
	key      string
	method   string   // "" for ANY and $default
	segments []string // nil for $default
	function lambda.Invoker
}

// defaultKey is the key of the route that takes what no other does.
const defaultKey = "$default"

// parseRoute returns the route of a key such as "GET /api/jobs/{id}".
func parseRoute(key string, f lambda.Invoker) (route, error) {
	if key == defaultKey {
		return route{key: key, function: f}, nil
	}

	method, path, ok := strings.Cut(key, " ")
	if !ok || !strings.HasPrefix(path, "/") {
		return route{}, fmt.Errorf("route key %q isn't a method and a path", key)
	}
	if method == "ANY" {
		method = ""
	}

	return route{
		key:      key,
		method:   method,
		segments: strings.Split(path[1:], "/"),
		function: f,
	}, nil
}

// match reports whether the route fits a request. Of the routes that fit, the one with
// the lowest rank is taken. The parameters are those in the path.
//
// The rank says what API Gateway prefers: segment by segment an exact one goes before
// {x}, that before {x+}, and $default comes last; of two routes with one path the one
// that names the method wins
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html).
func (r route) match(method, path string) (rank string, parameters map[string]string, ok bool) {
	const exact, one, rest, last = "0", "1", "2", "3"
	if r.segments == nil {
		return last, nil, true
	}
	if r.method != "" && r.method != method {
		return "", nil, false
	}

	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	parameters = map[string]string{}
	for n, segment := range r.segments {
		name, isParameter := strings.CutPrefix(segment, "{")
		name = strings.TrimSuffix(name, "}")
		switch {
		case n >= len(parts):
			return "", nil, false
		case strings.HasSuffix(name, "+") && isParameter:
			value := strings.Join(parts[n:], "/")
			parameters[strings.TrimSuffix(name, "+")] = value
			return rank + rest + r.methodRank(), parameters, value != ""
		case isParameter && parts[n] != "":
			parameters[name] = parts[n]
			rank += one
		case segment == parts[n]:
			rank += exact
		default:
			return "", nil, false
		}
	}

	return rank + r.methodRank(), parameters, len(parts) == len(r.segments)
}

// methodRank is the last figure of a rank: a route that names its method goes first.
func (r route) methodRank() string {
	if r.method == "" {
		return "1"
	}
	return "0"
}

// find returns the route of a request, and the parameters in its path.
func (a *API) find(method, path string) (found route, parameters map[string]string, ok bool) {
	var best string
	for _, r := range a.routes {
		rank, inPath, matches := r.match(method, path)
		if !matches || ok && rank >= best {
			continue
		}
		found = r
		parameters = inPath
		best = rank
		ok = true
	}

	return found, parameters, ok
}
