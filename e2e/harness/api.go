package harness

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/portforward"
)

// apiPort is where the operator's API listens, on its Pod's loopback.
const apiPort = 8081

// API is a Pod's, reached through a port-forward.
type API struct{ base string }

// API forwards a port to a Pod's API until the test ends.
func (s *Suite) API(t *testing.T, pod string) *API {
	t.Helper()
	url := s.Client.CoreV1().RESTClient().Post().Resource("pods").Namespace(Namespace).Name(pod).SubResource("portforward").URL()
	dialer, err := portforward.NewSPDYOverWebsocketDialer(url, s.Config)
	if err != nil {
		t.Fatalf("forward a port to %s: %v", pod, err)
	}
	stop, ready, ended := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	forwarder, err := portforward.NewOnAddresses(dialer, []string{"127.0.0.1"}, []string{fmt.Sprintf("0:%d", apiPort)}, stop, ready, io.Discard, io.Discard)
	if err != nil {
		t.Fatalf("forward a port to %s: %v", pod, err)
	}
	go func() { ended <- forwarder.ForwardPorts() }()
	t.Cleanup(func() { close(stop) })
	select {
	case <-ready:
	case err := <-ended:
		t.Fatalf("forward a port to %s: %v", pod, err)
	case <-time.After(20 * time.Second):
		t.Fatalf("forward a port to %s: no answer", pod)
	}
	ports, err := forwarder.GetPorts()
	if err != nil {
		t.Fatalf("forward a port to %s: %v", pod, err)
	}
	return &API{base: fmt.Sprintf("http://127.0.0.1:%d", ports[0].Local)}
}

// Item is an item of the API.
type Item struct {
	Namespace, App string
	Workload       struct{ Kind, Name string }
	Replicas       int
	Ready          int
	Verdict        string
	Severity       string
	WorstNode      Domain
	WorstZone      Domain
	Since          time.Time
}

// Domain is a node or zone and the share that is lost with it.
type Domain struct {
	Name string
	Loss float64
}

// ID names an item's workload.
func (i Item) ID() string { return i.Namespace + "/" + i.Workload.Kind + "/" + i.Workload.Name }

// IDs are those of items, sorted.
func IDs(items []Item) []string {
	var ids []string
	for _, item := range items {
		ids = append(ids, item.ID())
	}
	slices.Sort(ids)
	return ids
}

// Apps returns the items that a query, such as verdict=Unavailable, selects.
func (a *API) Apps(ctx context.Context, query string) ([]Item, error) {
	var page struct {
		Items    []Item
		Continue string
	}
	err := a.get(ctx, "/api/v1/apps?limit=1000&"+query, &page)
	if err == nil && page.Continue != "" {
		err = errors.New("there are more apps than fit on a page")
	}
	return page.Items, err
}

// App returns the one workload of an app.
func (a *API) App(ctx context.Context, namespace, app string) (Item, error) {
	var page struct{ Items []Item }
	if err := a.get(ctx, "/api/v1/apps/"+namespace+"/"+app, &page); err != nil {
		return Item{}, err
	}
	if len(page.Items) != 1 {
		return Item{}, fmt.Errorf("%s/%s has the workloads %v, want one", namespace, app, IDs(page.Items))
	}
	return page.Items[0], nil
}

// WhatIf is what the death of a node would do.
type WhatIf struct {
	Lost, Degraded []Item
	Survives       int
}

// WhatIf asks what the death of a node would do.
func (a *API) WhatIf(ctx context.Context, node string) (WhatIf, error) {
	var answer WhatIf
	err := a.get(ctx, "/api/v1/what-if?node="+node, &answer)
	return answer, err
}

// WaitVerdict waits until an app is judged so.
func (a *API) WaitVerdict(t *testing.T, namespace, app, verdict string) Item {
	t.Helper()
	var item Item
	// Nothing is settled before --settle has passed, 30 s by default.
	Eventually(t, 90*time.Second, func(ctx context.Context) error {
		var err error
		if item, err = a.App(ctx, namespace, app); err == nil && item.Verdict != verdict {
			err = fmt.Errorf("%s is %s, want %s", item.ID(), item.Verdict, verdict)
		}
		return err
	})
	return item
}

func (a *API) get(ctx context.Context, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.base+path, nil)
	if err != nil {
		return fmt.Errorf("GET %s: %w", path, err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("GET %s: %w", path, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("GET %s: %w", path, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("GET %s: %s: %s", path, response.Status, strings.TrimSpace(string(body)))
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("GET %s: %w", path, err)
	}
	return nil
}
