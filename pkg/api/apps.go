package api

import (
	"net/http"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/report"
)

// page is a part of a list.
type page struct {
	Items []item `json:"items"`
	// Continue asks for the next page; empty on the last.
	Continue string `json:"continue"`
}

func (s server) apps(r *http.Request) (any, error) {
	q, err := parameters(r, "namespace", "verdict", "severity", "limit", "continue")
	if err != nil {
		return nil, err
	}
	wanted, err := filterOf(q)
	if err != nil {
		return nil, err
	}
	limit, err := q.limit()
	if err != nil {
		return nil, err
	}
	from, err := q.after()
	if err != nil {
		return nil, err
	}
	answer := page{Items: []item{}}
	var last report.Item
	for _, known := range s.report.Items() {
		if !wanted.has(known) || (from != nil && report.Compare(known, from.item()) <= 0) {
			continue
		}
		if len(answer.Items) == limit {
			answer.Continue = keyOf(last).token()
			break
		}
		answer.Items = append(answer.Items, itemOf(known))
		last = known
	}
	return answer, nil
}

// filter tells which items are wanted; a nil set is not asked.
type filter struct {
	namespaces map[string]bool
	verdicts   map[placement.Verdict]bool
	severities map[placement.Severity]bool
}

func filterOf(q query) (filter, error) {
	var f filter
	var err error
	asGiven := func(name string) (string, bool) { return name, true }
	if f.namespaces, err = set(q, "namespace", asGiven, nil); err != nil {
		return filter{}, err
	}
	if f.verdicts, err = set(q, "verdict", placement.ParseVerdict, placement.Verdicts()); err != nil {
		return filter{}, err
	}
	if f.severities, err = set(q, "severity", placement.ParseSeverity, placement.Severities()); err != nil {
		return filter{}, err
	}
	return f, nil
}

func (f filter) has(i report.Item) bool {
	return (f.namespaces == nil || f.namespaces[i.ID.Namespace]) &&
		(f.verdicts == nil || f.verdicts[i.Verdict]) &&
		(f.severities == nil || f.severities[i.Verdict.Severity()])
}

func (s server) app(r *http.Request) (any, error) {
	if _, err := parameters(r); err != nil {
		return nil, err
	}
	key := placement.AppKey{Namespace: r.PathValue("namespace"), App: r.PathValue("app")}
	known := s.report.App(key)
	if len(known) == 0 {
		return nil, notFound("unknown app %q", key)
	}
	answer := list[detail]{Items: make([]detail, len(known))}
	for i, k := range known {
		answer.Items[i] = detailOf(k)
	}
	return answer, nil
}
