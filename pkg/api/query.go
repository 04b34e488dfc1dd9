package api

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// query is a request's parameters, each of which the endpoint knows.
type query map[string][]string

// parameters reads the query; all but the known parameters are refused.
func parameters(r *http.Request, known ...string) (query, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, badRequest("malformed query: %v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(known, name) {
			return nil, badRequest("unknown parameter %q: %s", name, want(known))
		}
	}
	return query(values), nil
}

func want(known []string) string {
	if len(known) == 0 {
		return "want none"
	}
	return "want one of " + strings.Join(known, ", ")
}

// list gives all values of a parameter, each once, in their order.
func (q query) list(name string) []string {
	var values []string
	for _, value := range q[name] {
		for part := range strings.SplitSeq(value, ",") {
			if part = strings.TrimSpace(part); part != "" && !slices.Contains(values, part) {
				values = append(values, part)
			}
		}
	}
	return values
}

// one gives the value of a parameter that takes one; empty where there is none.
func (q query) one(name string) (string, error) {
	switch values := q[name]; len(values) {
	case 0:
		return "", nil
	case 1:
		return values[0], nil
	default:
		return "", badRequest("parameter %q is given more than once", name)
	}
}

// How many items a page has.
const (
	defaultLimit = 500
	mostLimit    = 1000
)

func (q query) limit() (int, error) {
	value, err := q.one("limit")
	if err != nil {
		return 0, err
	}
	if value == "" {
		return defaultLimit, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > mostLimit {
		return 0, badRequest("limit %q: want a number from 1 to %d", value, mostLimit)
	}
	return n, nil
}

// set reads a parameter's values as members of a known set; nil where the
// parameter is absent.
func set[T ~string](q query, name string, parse func(string) (T, bool), all []T) (map[T]bool, error) {
	var members map[T]bool
	for _, value := range q.list(name) {
		member, ok := parse(value)
		if !ok {
			names := make([]string, len(all))
			for i, m := range all {
				names[i] = string(m)
			}
			return nil, badRequest("unknown %s %q: %s", name, value, want(names))
		}
		if members == nil {
			members = make(map[T]bool)
		}
		members[member] = true
	}
	return members, nil
}
