package topology

import (
	"slices"
	"strings"
)

// defaultKey is the key of the route that takes what no other does.
const defaultKey = "$default"

// Ranks of a segment's match. API Gateway chooses the lowest.
const (
	rankExact = "0" // the very text
	rankOne   = "1" // {x}, one segment
	rankRest  = "2" // {x+}, the rest of the path
	rankNone  = "3" // $default
)

// Find returns the route that API Gateway chooses for a request, and the parameters that
// the path has. ok is false if there is none.
//
// Segment by segment an exact one goes before {x}, that one before {x+}, and $default
// comes last. Of two routes with one path, the one that names the method wins.
// (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html)
func Find(
	routes []Route, method, path string,
) (found Route, parameters map[string]string, ok bool) {
	best := ""
	for _, r := range routes {
		rank, given, matches := r.match(method, path)
		if !matches || ok && rank >= best {
			continue
		}
		found = r
		parameters = given
		best = rank
		ok = true
	}
	return found, parameters, ok
}

// Valid reports whether the route's key is a method and a path, or $default.
func (r Route) Valid() bool {
	method, path, ok := strings.Cut(r.Key, " ")
	return r.Key == defaultKey || ok && method != "" && strings.HasPrefix(path, "/")
}

// match returns how well the route fits a request, lower being better, and the path's
// parameters. ok is false if it doesn't fit at all.
func (r Route) match(method, path string) (rank string, parameters map[string]string, ok bool) {
	if r.Key == defaultKey {
		return rankNone, nil, true
	}
	own, pattern, _ := strings.Cut(r.Key, " ")
	methodRank := rankExact
	if own == "ANY" {
		methodRank = rankOne
	} else if own != method {
		return "", nil, false
	}

	rank, parameters, ok = matchPath(pattern, path)
	return rank + methodRank, parameters, ok
}

// MatchPath reports whether a path is one of a pattern's, like /api/jobs/{id}.
func MatchPath(pattern, path string) bool {
	_, _, ok := matchPath(pattern, path)
	return ok
}

// matchPath holds a path against a pattern, segment by segment.
func matchPath(pattern, path string) (rank string, parameters map[string]string, ok bool) {
	wanted := strings.Split(strings.TrimPrefix(pattern, "/"), "/")
	given := strings.Split(strings.TrimPrefix(path, "/"), "/")
	parameters = map[string]string{}

	for n, segment := range wanted {
		if n >= len(given) {
			return "", nil, false
		}
		name, isParameter := parameter(segment)

		switch {
		case isParameter && strings.HasSuffix(name, "+"):
			rest := strings.Join(given[n:], "/")
			parameters[strings.TrimSuffix(name, "+")] = rest
			return rank + rankRest, parameters, rest != ""
		case isParameter && given[n] != "":
			parameters[name] = given[n]
			rank += rankOne
		case segment == given[n]:
			rank += rankExact
		default:
			return "", nil, false
		}
	}
	return rank, parameters, len(given) == len(wanted)
}

// parameter returns the name of a segment like {name}.
func parameter(segment string) (name string, ok bool) {
	inner, opened := strings.CutPrefix(segment, "{")
	return strings.TrimSuffix(inner, "}"), opened
}

// Routes returns the routes of all functions.
func (t Topology) Routes() []Route {
	var all []Route
	for _, f := range t.Functions {
		all = append(all, f.Routes...)
	}
	return all
}

// Methods returns the methods that a path takes, sorted, but for routes of any method.
func (t Topology) Methods(path string) []string {
	var all []string
	for _, r := range t.Routes() {
		method, pattern, named := strings.Cut(r.Key, " ")
		if !named || method == "ANY" {
			continue
		}
		if _, _, ok := matchPath(pattern, path); ok {
			all = append(all, method)
		}
	}
	slices.Sort(all)
	return all
}

// Action returns what the audit calls a request to a route; "" for one that only reads.
func (t Topology) Action(routeKey string) string {
	for _, r := range t.Routes() {
		if r.Key == routeKey {
			return r.Action
		}
	}
	return ""
}
