package localcluster

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// probes ask components whether they serve. They trust only the cluster's own
// certificates, so that nobody else answers for them.
type probes struct {
	client *http.Client
	token  string
}

// probeTimeout bounds one question.
const probeTimeout = 2 * time.Second

func (c *Cluster) newProbes() probes {
	transport := &http.Transport{
		TLSClientConfig: c.pki.client.Clone(),
		// Each probe is of another process than the last one, or soon will be.
		DisableKeepAlives: true,
	}
	return probes{client: &http.Client{Transport: transport, Timeout: probeTimeout}, token: c.Token()}
}

func (p probes) etcd(ctx context.Context, port int) error {
	return p.get(ctx, port, "/health")
}

func (p probes) apiServer(ctx context.Context, port int) error {
	return p.get(ctx, port, "/readyz")
}

// bootstrapped asks whether what every cluster has is there: the namespace
// that the API server makes after it is ready, and the service account that
// the controller manager makes in it.
func (p probes) bootstrapped(ctx context.Context, port int, controllers bool) error {
	path := "/api/v1/namespaces/default"
	if controllers {
		path += "/serviceaccounts/default"
	}
	return p.get(ctx, port, path)
}

func (p probes) get(ctx context.Context, port int, path string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, fmt.Sprintf("https://127.0.0.1:%d%s", port, path), nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+p.token)
	response, err := p.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		body, _ := io.ReadAll(io.LimitReader(response.Body, 2000)) // for a person only
		return fmt.Errorf("%s says %s: %s", path, response.Status, strings.Join(strings.Fields(string(body)), " "))
	}
	return nil
}
