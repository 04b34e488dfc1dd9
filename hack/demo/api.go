package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// item is a workload as the operator's API gives it, as far as the demo shows
// it.
type item struct {
	Namespace string `json:"namespace"`
	App       string `json:"app"`
	Workload  struct {
		Kind string `json:"kind"`
		Name string `json:"name"`
	} `json:"workload"`
	Replicas  int                `json:"replicas"`
	Ready     int                `json:"ready"`
	Verdict   placement.Verdict  `json:"verdict"`
	Severity  placement.Severity `json:"severity"`
	WorstNode loss               `json:"worstNode"`
	WorstZone loss               `json:"worstZone"`
	Fixable   bool               `json:"fixable"`
	Because   string             `json:"because"`
	Since     time.Time          `json:"since"`
}

// loss is what one domain's failure takes away.
type loss struct {
	Name string  `json:"name"`
	Loss float64 `json:"loss"`
}

func (i item) key() key { return key{i.Namespace, i.Workload.Name} }

// picture is all that the operator said at one time.
type picture struct {
	at    time.Time
	items []item
	// plan is what repair would do; nil where the operator only observes.
	plan *plan
}

// of returns what was said of a workload; the zero value where nothing was.
func (p picture) of(k key) item {
	for _, it := range p.items {
		if it.key() == k {
			return it
		}
	}
	return item{}
}

// counts returns how many workloads hold each verdict.
func (p picture) counts() map[placement.Verdict]int {
	counts := make(map[placement.Verdict]int)
	for _, it := range p.items {
		counts[it.Verdict]++
	}
	return counts
}

// sameCounts is a picture in which the counts have not moved.
func (p picture) sameCounts(other picture) bool { return maps.Equal(p.counts(), other.counts()) }

// reader reads the operator's API.
type reader struct {
	client *http.Client
	// apps is the address of the list, plan of what repair would do; empty where
	// nothing is repaired.
	apps, plan string
}

func newReader(apps string) *reader {
	return &reader{client: &http.Client{Timeout: 5 * time.Second}, apps: apps}
}

// read asks once for all that there is to know.
func (r *reader) read(ctx context.Context) (picture, error) {
	p, err := r.readItems(ctx)
	if err != nil || r.plan == "" {
		return p, err
	}
	var answer planAnswer
	if err := r.get(ctx, r.plan, &answer); err != nil {
		return picture{}, fmt.Errorf("reading %s: %w", r.plan, err)
	}
	p.plan = answer.plan()
	return p, nil
}

// readItems asks for the whole list, page after page.
func (r *reader) readItems(ctx context.Context) (picture, error) {
	var p picture
	address := r.apps
	for {
		var page struct {
			Items    []item `json:"items"`
			Continue string `json:"continue"`
		}
		if err := r.get(ctx, address, &page); err != nil {
			return picture{}, fmt.Errorf("reading %s: %w", address, err)
		}
		p.items = append(p.items, page.Items...)
		if page.Continue == "" {
			p.at = time.Now()
			return p, nil
		}
		address = r.apps + "?continue=" + url.QueryEscape(page.Continue)
	}
}

func (r *reader) get(ctx context.Context, address string, into any) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	response, err := r.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, 512))
		return fmt.Errorf("%s: %s", response.Status, body)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

const (
	// pollInterval is how often the operator is asked: the precision of what
	// is measured.
	pollInterval = 100 * time.Millisecond
	// silenceLimit is how long it may go without an answer.
	silenceLimit = 10 * time.Second
)

// poll keeps reading, until ctx ends or the API has not answered for long.
func (r *reader) poll(ctx context.Context, into *feed[picture]) error {
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	answered := time.Now()
	for {
		p, err := r.read(ctx)
		switch {
		case err == nil:
			answered = p.at
			into.set(p)
		case ctx.Err() != nil:
			return nil
		case time.Since(answered) > silenceLimit:
			return errors.Join(fmt.Errorf("the operator's API has not answered for %s", silenceLimit), err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
