package harness

import (
	"context"
	"encoding/json"
	"fmt"
)

// Sample is one of the series that a PromQL query gives.
type Sample struct {
	Labels map[string]string
	Value  string
}

// PromQL asks the cluster's Prometheus.
func (s *Suite) PromQL(ctx context.Context, query string) ([]Sample, error) {
	out, err := s.Cluster.Query(ctx, "api/v1/query", map[string]string{"query": query})
	if err != nil {
		return nil, err
	}
	return parseVector(out)
}

func parseVector(response []byte) ([]Sample, error) {
	var parsed struct {
		Status string
		Data   struct {
			ResultType string
			Result     []struct {
				Metric map[string]string
				Value  [2]any
			}
		}
	}
	if err := json.Unmarshal(response, &parsed); err != nil {
		return nil, fmt.Errorf("reading Prometheus' answer: %w", err)
	}
	if parsed.Status != "success" || parsed.Data.ResultType != "vector" {
		return nil, fmt.Errorf("prometheus answers %s with a %s", parsed.Status, parsed.Data.ResultType)
	}
	var samples []Sample
	for _, r := range parsed.Data.Result {
		samples = append(samples, Sample{Labels: r.Metric, Value: fmt.Sprint(r.Value[1])})
	}
	return samples, nil
}
