// The Prometheus operator's CustomResourceDefinitions, which are YAML files in
// its module: test/deploy has the API server check deploy/prometheus/operator by
// them. The tool is never built. It is the module's smallest program, and keeps
// the requirement.
module evenkeel.dev/evenkeel/hack/tools/prometheus-operator

go 1.26.0

tool github.com/prometheus-operator/prometheus-operator/example/alertmanager-webhook

require github.com/prometheus-operator/prometheus-operator v0.85.0 // indirect
