package kindcluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// statusTime bounds a look at one part: a cluster that does not answer is told
// soon.
const statusTime = 10 * time.Second

// errNotDeployed means that there is nothing whose state could be told.
var errNotDeployed = errors.New("not deployed")

// Status writes how the nodes, the operator, its leader and Prometheus are, a
// line each. It fails if one of them is not well. Where there is no operator,
// nothing depends on it either.
func (c *Cluster) Status(ctx context.Context, out io.Writer) error {
	var bad []string
	for _, part := range []struct {
		name string
		look func(context.Context) (string, error)
	}{
		{"nodes", c.nodesStatus},
		{"operator", c.operatorStatus},
		{"leader", c.leaderStatus},
		{"prometheus", c.prometheusStatus},
	} {
		once, cancel := context.WithTimeout(ctx, statusTime)
		said, err := part.look(once)
		cancel()
		if err != nil {
			bad = append(bad, part.name)
			said = "NOT WELL: " + firstLine(err).Error()
		}
		if _, err := fmt.Fprintf(out, "%-11s %s\n", part.name, said); err != nil {
			return fmt.Errorf("writing the status: %w", err)
		}
		if errors.Is(err, errNotDeployed) {
			break
		}
	}
	if len(bad) > 0 {
		return fmt.Errorf("cluster %s is not well: %s", c.name, strings.Join(bad, ", "))
	}
	return nil
}

func (c *Cluster) notDeployed() error {
	return fmt.Errorf("%w: run %s", errNotDeployed, ScriptCommand("deploy", c.name))
}

func (c *Cluster) nodesStatus(ctx context.Context) (string, error) {
	names, err := c.Nodes(ctx)
	if err != nil {
		return "", err
	}
	nodes, err := c.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return "", fmt.Errorf("listing the nodes: %w", err)
	}
	if err := allReady(names, nodes.Items); err != nil {
		return "", err
	}
	return fmt.Sprintf("%d Ready: %s", len(names), describeNodes(nodes.Items)), nil
}

func describeNodes(nodes []corev1.Node) string {
	var parts []string
	for _, node := range nodes {
		part := node.Name
		if zone := node.Labels[zoneLabel]; zone != "" {
			part += " (" + zone + ")"
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, ", ")
}

func (c *Cluster) operatorStatus(ctx context.Context) (string, error) {
	operator, err := c.operator(ctx)
	switch {
	case apierrors.IsNotFound(err):
		return "", c.notDeployed()
	case err != nil:
		return "", fmt.Errorf("reading Deployment %s: %w", OperatorName, err)
	}
	if err := rolledOut(operator); err != nil {
		pods, listErr := c.client.CoreV1().Pods(OperatorNamespace).List(ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(operator.Spec.Selector)})
		if listErr == nil {
			if stuck := stuckPod(c.name, pods.Items); stuck != nil {
				return "", stuck
			}
		}
		return "", err
	}
	if operator.Status.AvailableReplicas == 0 {
		return "", fmt.Errorf("it is scaled to no replicas: %s scales it up", ScriptCommand("deploy", c.name))
	}
	return fmt.Sprintf("%d of %d replicas available", operator.Status.AvailableReplicas, operator.Status.Replicas), nil
}

func (c *Cluster) leaderStatus(ctx context.Context) (string, error) {
	lease, err := c.client.CoordinationV1().Leases(OperatorNamespace).Get(ctx, OperatorName, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return "", errors.New("nobody has led so far: there is no Lease")
	case err != nil:
		return "", fmt.Errorf("reading the operator's Lease: %w", err)
	}
	spec := lease.Spec
	if spec.HolderIdentity == nil || *spec.HolderIdentity == "" || spec.RenewTime == nil || spec.LeaseDurationSeconds == nil {
		return "", errors.New("nobody leads")
	}
	age := time.Since(spec.RenewTime.Time)
	if age > time.Duration(*spec.LeaseDurationSeconds)*time.Second {
		return "", fmt.Errorf("%s has not renewed its Lease for %s", *spec.HolderIdentity, age.Round(time.Second))
	}
	return *spec.HolderIdentity, nil
}

func (c *Cluster) prometheusStatus(ctx context.Context) (string, error) {
	operator, err := c.operator(ctx)
	if err != nil {
		return "", fmt.Errorf("reading the operator: %w", err)
	}
	_, err = c.client.AppsV1().Deployments(PrometheusNamespace).Get(ctx, PrometheusName, metav1.GetOptions{})
	switch {
	case apierrors.IsNotFound(err):
		return "", c.notDeployed()
	case err != nil:
		return "", fmt.Errorf("reading Deployment %s: %w", PrometheusName, err)
	}
	found, err := c.targets(ctx)
	if err != nil {
		return "", err
	}
	if err := scraped(found, int(operator.Status.Replicas)); err != nil {
		return "", err
	}
	return fmt.Sprintf("scrapes %d replicas of the operator", len(found)), nil
}
