package kindcluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/kind/pkg/apis/config/v1alpha4"
)

// answerTime is how long the API server may take to answer after its container
// started, requestTime how long one request of many may take.
const (
	answerTime  = 2 * time.Minute
	requestTime = 10 * time.Second
	pollTime    = 500 * time.Millisecond
)

// attach connects to the cluster. It writes the kubeconfig anew, unless the
// control plane does not run: kind reads it from there.
func (c *Cluster) attach(f found) error {
	if f.foreign() {
		return foreignError(c.name)
	}
	c.routed = f.built()
	if controlPlaneRuns(f.containers) {
		if err := c.writeKubeconfig(); err != nil {
			return err
		}
	}
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig())
	if err != nil {
		return fmt.Errorf("reading the kubeconfig of cluster %s: %w", c.name, err)
	}
	config.QPS, config.Burst = 50, 100
	if c.client, err = kubernetes.NewForConfig(config); err != nil {
		return fmt.Errorf("making a client for cluster %s: %w", c.name, err)
	}
	return nil
}

// attachWhenUp is attach for a cluster whose nodes were just started.
func (c *Cluster) attachWhenUp(ctx context.Context, f found) error {
	for i := range f.containers {
		f.containers[i].running = true
	}
	return poll(ctx, answerTime, func(context.Context) error { return c.attach(f) })
}

func (c *Cluster) writeKubeconfig() error {
	text, err := c.provider.KubeConfig(c.name, false)
	if err != nil {
		return fmt.Errorf("reading the kubeconfig of cluster %s: %w", c.name, explainCreate(err))
	}
	if err := c.state.prepare(); err != nil {
		return err
	}
	// Somebody may be reading it.
	fresh := c.Kubeconfig() + ".new"
	if err := os.WriteFile(fresh, []byte(text), 0o600); err != nil {
		return fmt.Errorf("writing the kubeconfig: %w", err)
	}
	if err := os.Rename(fresh, c.Kubeconfig()); err != nil {
		return fmt.Errorf("writing the kubeconfig: %w", err)
	}
	return nil
}

func controlPlaneRuns(containers []container) bool {
	return slices.ContainsFunc(containers, func(c container) bool {
		return c.role == string(v1alpha4.ControlPlaneRole) && c.running
	})
}

// restoreNetwork waits until the API server answers and sets the routes. While
// the control plane does not run, that waits for its start.
func (c *Cluster) restoreNetwork(ctx context.Context) error {
	containers, err := c.engine.containers(ctx, c.name)
	if err != nil {
		return err
	}
	if !controlPlaneRuns(containers) {
		return nil
	}
	err = poll(ctx, answerTime, func(ctx context.Context) error {
		_, err := c.client.Discovery().RESTClient().Get().AbsPath("/readyz").DoRaw(ctx)
		return err
	})
	if err != nil {
		return fmt.Errorf("waiting for the API server of cluster %s: %w", c.name, err)
	}
	// A node that has just joined gets its range in a moment.
	err = poll(ctx, readyTime, func(ctx context.Context) error { return c.setRoutes(ctx) })
	if err != nil {
		return fmt.Errorf("connecting the nodes of cluster %s: %w", c.name, err)
	}
	err = poll(ctx, answerTime, c.checkService)
	if err != nil {
		return fmt.Errorf("waiting for the Service of the API server of cluster %s: %w", c.name, err)
	}
	return nil
}

// checkService fails while the API server's Service leads elsewhere than to the
// control plane: if that has got another address, to the old one as well.
func (c *Cluster) checkService(ctx context.Context) error {
	containers, err := c.engine.containers(ctx, c.name)
	if err != nil {
		return err
	}
	slice, err := c.client.DiscoveryV1().EndpointSlices(metav1.NamespaceDefault).Get(ctx, "kubernetes", metav1.GetOptions{})
	if err != nil {
		return fmt.Errorf("reading where the Service leads: %w", err)
	}
	var have []string
	for _, endpoint := range slice.Endpoints {
		have = append(have, endpoint.Addresses...)
	}
	for _, container := range containers {
		if container.role == string(v1alpha4.ControlPlaneRole) && !slices.Equal(have, []string{container.address()}) {
			return fmt.Errorf("it leads to %v, the control plane is at %s", have, container.address())
		}
	}
	return nil
}

// waitReady waits until every node is Ready.
func (c *Cluster) waitReady(ctx context.Context) error {
	want, err := c.Nodes(ctx)
	if err != nil {
		return err
	}
	err = poll(ctx, readyTime, func(ctx context.Context) error {
		nodes, err := c.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
		if err != nil {
			return fmt.Errorf("listing the nodes: %w", err)
		}
		return allReady(want, nodes.Items)
	})
	if err != nil {
		return fmt.Errorf("waiting for the nodes of cluster %s: %w", c.name, err)
	}
	c.log.linef("cluster %s: %d nodes are Ready", c.name, len(want))
	return nil
}

// allReady fails if one of the nodes that should be there is not Ready.
func allReady(want []string, nodes []corev1.Node) error {
	var missing []string
	for _, name := range want {
		if !slices.ContainsFunc(nodes, func(n corev1.Node) bool { return n.Name == name && isReady(n) }) {
			missing = append(missing, name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("not Ready: %s", strings.Join(missing, ", "))
	}
	return nil
}

func isReady(node corev1.Node) bool {
	return slices.ContainsFunc(node.Status.Conditions, func(condition corev1.NodeCondition) bool {
		return condition.Type == corev1.NodeReady && condition.Status == corev1.ConditionTrue
	})
}

// lasting is an error that waiting does not make better.
type lasting struct{ error }

func (l lasting) Unwrap() error { return l.error }

// poll tries until there is no error or only a lasting one. When the time is up
// it returns the last error.
func poll(ctx context.Context, most time.Duration, try func(context.Context) error) error {
	var last error
	err := wait.PollUntilContextTimeout(ctx, pollTime, most, true, func(ctx context.Context) (bool, error) {
		once, cancel := context.WithTimeout(ctx, requestTime)
		defer cancel()
		err := try(once)
		if enough := (lasting{}); errors.As(err, &enough) {
			return false, enough
		}
		if err != nil {
			last = err
		}
		return err == nil, nil
	})
	enough := lasting{}
	switch {
	case err == nil:
		return nil
	case errors.As(err, &enough):
		return enough.error
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case last != nil:
		return fmt.Errorf("not within %s: %w", most, last)
	}
	return err
}
