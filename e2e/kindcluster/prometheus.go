package kindcluster

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Query asks the cluster's Prometheus, through the API server, for a path of its
// HTTP API, as "api/v1/query" with the parameter "query".
func (c *Cluster) Query(ctx context.Context, path string, params map[string]string) ([]byte, error) {
	out, err := c.client.CoreV1().Services(PrometheusNamespace).
		ProxyGet("http", PrometheusName, "9090", path, params).DoRaw(ctx)
	if err != nil {
		return nil, fmt.Errorf("asking Prometheus for %s: %w", path, err)
	}
	return out, nil
}

// waitScraped waits until Prometheus scrapes every replica of the operator.
func (c *Cluster) waitScraped(ctx context.Context) error {
	began := time.Now()
	want := 0
	err := poll(ctx, scrapeTime, func(ctx context.Context) error {
		operator, err := c.operator(ctx)
		if err != nil {
			return fmt.Errorf("reading the operator: %w", err)
		}
		want = int(operator.Status.Replicas)
		found, err := c.targets(ctx)
		if err != nil {
			return err
		}
		return scraped(found, want)
	})
	if err != nil {
		return fmt.Errorf("waiting for Prometheus: %w", err)
	}
	c.log.linef("prometheus scrapes all %d replicas of the operator (%s)", want, time.Since(began).Round(time.Second))
	return nil
}

// target is something that Prometheus scrapes.
type target struct{ pod, health, lastError string }

// targets returns those of Prometheus' targets that are Pods of the operator.
func (c *Cluster) targets(ctx context.Context) ([]target, error) {
	out, err := c.Query(ctx, "api/v1/targets", map[string]string{"state": "active"})
	if err != nil {
		return nil, err
	}
	return parseTargets(out)
}

func parseTargets(response []byte) ([]target, error) {
	var parsed struct {
		Data struct {
			ActiveTargets []struct {
				DiscoveredLabels  map[string]string
				Health, LastError string
			}
		}
	}
	if err := json.Unmarshal(response, &parsed); err != nil {
		return nil, fmt.Errorf("reading Prometheus' targets: %w", err)
	}
	var targets []target
	for _, active := range parsed.Data.ActiveTargets {
		if active.DiscoveredLabels["__meta_kubernetes_namespace"] != OperatorNamespace {
			continue
		}
		targets = append(targets, target{active.DiscoveredLabels["__meta_kubernetes_pod_name"], active.Health, active.LastError})
	}
	return targets, nil
}

// scraped fails unless so many targets were scraped and none failed.
func scraped(targets []target, want int) error {
	up, bad := 0, []string{}
	for _, t := range targets {
		if t.health == "up" {
			up++
			continue
		}
		said := t.health
		if t.lastError != "" {
			said += ", " + t.lastError
		}
		bad = append(bad, fmt.Sprintf("%s is %s", t.pod, said))
	}
	switch {
	case len(bad) > 0:
		return fmt.Errorf("%d of %d targets are scraped: %s", up, len(targets), strings.Join(bad, "; "))
	case up < want || want == 0:
		return fmt.Errorf("%d of %d replicas are scraped", up, want)
	}
	return nil
}
