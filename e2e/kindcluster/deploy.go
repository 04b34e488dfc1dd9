package kindcluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"evenkeel.dev/evenkeel/hack/toolchain"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Where the manifests put the operator and the Prometheus for trying out: each
// name is that of a Deployment, its Service and its ServiceAccount.
const (
	OperatorNamespace   = "evenkeel"
	OperatorName        = "evenkeel"
	PrometheusNamespace = "evenkeel-monitoring"
	PrometheusName      = "prometheus"
)

// rolloutTime is how long Pods may take to become available, scrapeTime how
// long Prometheus may take to find and scrape them.
const (
	rolloutTime = 3 * time.Minute
	scrapeTime  = 2 * time.Minute
)

// loadedImage is the annotation of a Deployment that says which build of its
// image was loaded: the image's name does not change with its content.
const loadedImage = "evenkeel.dev/loaded-image"

// installed is a Deployment of the manifests, with the image that is loaded
// for it.
type installed struct{ namespace, name, image string }

func deployments() []installed {
	return []installed{
		{OperatorNamespace, OperatorName, OperatorImage},
		{PrometheusNamespace, PrometheusName, PrometheusImage},
	}
}

// Deploy builds and loads the images as LoadImages does, applies deploy/base and
// deploy/prometheus, replaces the Pods of another build, and returns when the
// operator is available and Prometheus scrapes every replica of it.
func (c *Cluster) Deploy(ctx context.Context) error {
	if err := c.LoadImages(ctx); err != nil {
		return err
	}
	var before []*appsv1.Deployment
	for _, d := range deployments() {
		found, err := c.client.AppsV1().Deployments(d.namespace).Get(ctx, d.name, metav1.GetOptions{})
		if err != nil && !apierrors.IsNotFound(err) {
			return fmt.Errorf("looking for Deployment %s/%s: %w", d.namespace, d.name, err)
		}
		before = append(before, found)
	}
	for _, folder := range []string{"base", "prometheus"} {
		if err := c.apply(ctx, folder); err != nil {
			return err
		}
	}
	for i, d := range deployments() {
		if err := c.noteLoaded(ctx, d, before[i]); err != nil {
			return err
		}
	}
	for _, d := range deployments() {
		if err := c.waitRollout(ctx, d.namespace, d.name); err != nil {
			return err
		}
	}
	return c.waitScraped(ctx)
}

// retryPulls replaces the Pods that wait for an image: now it is there, but they
// would look for it only after minutes.
func (c *Cluster) retryPulls(ctx context.Context) error {
	for _, namespace := range []string{OperatorNamespace, PrometheusNamespace} {
		pods, err := c.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
		if err != nil {
			return fmt.Errorf("listing the Pods in %s: %w", namespace, err)
		}
		for _, pod := range pods.Items {
			if !slices.ContainsFunc(pod.Status.ContainerStatuses, lacksImage) {
				continue
			}
			err := c.client.CoreV1().Pods(namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{})
			if err != nil && !apierrors.IsNotFound(err) {
				return fmt.Errorf("replacing Pod %s: %w", pod.Name, err)
			}
		}
	}
	return nil
}

// Kubectl runs kubectl of the pinned version against the cluster and returns its
// standard output. The error holds what it wrote to standard error.
func (c *Cluster) Kubectl(ctx context.Context, args ...string) ([]byte, error) {
	path, err := toolchain.Ensure(ctx, "kubectl", c.log.out)
	if err != nil {
		return nil, fmt.Errorf("providing kubectl: %w", err)
	}
	var stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, path, append([]string{"--kubeconfig", c.Kubeconfig()}, args...)...)
	cmd.Stderr, cmd.WaitDelay = &stderr, 5*time.Second
	out, err := cmd.Output()
	if err != nil {
		return out, fmt.Errorf("kubectl %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return out, nil
}

func (c *Cluster) apply(ctx context.Context, folder string) error {
	root, err := repository()
	if err != nil {
		return err
	}
	c.log.linef("applying deploy/%s", folder)
	_, err = c.Kubectl(ctx, "apply", "-k", filepath.Join(root, "deploy", folder))
	return err
}

func (c *Cluster) operator(ctx context.Context) (*appsv1.Deployment, error) {
	return c.client.AppsV1().Deployments(OperatorNamespace).Get(ctx, OperatorName, metav1.GetOptions{})
}

// noteLoaded notes which build of a Deployment's image was loaded, and replaces
// the Pods of a Deployment that was there before with another one.
func (c *Cluster) noteLoaded(ctx context.Context, d installed, before *appsv1.Deployment) error {
	identity, err := c.heldIdentity(ctx, d.image)
	if err != nil {
		return err
	}
	replace := runsAnother(before, identity)
	if replace {
		c.log.linef("%s has changed: the Pods of %s/%s are replaced", d.image, d.namespace, d.name)
	}
	text, err := json.Marshal(loadedPatch(identity, replace, time.Now()))
	if err != nil {
		return fmt.Errorf("noting the image %s: %w", d.image, err)
	}
	_, err = c.client.AppsV1().Deployments(d.namespace).Patch(ctx, d.name, types.StrategicMergePatchType, text, metav1.PatchOptions{})
	if err != nil {
		return fmt.Errorf("noting the image of Deployment %s/%s: %w", d.namespace, d.name, err)
	}
	return nil
}

// Outdated returns the names, with their namespaces, of the Deployments whose
// Pods run another build of their image than the nodes have by now.
func (c *Cluster) Outdated(ctx context.Context) ([]string, error) {
	var names []string
	for _, d := range deployments() {
		found, err := c.client.AppsV1().Deployments(d.namespace).Get(ctx, d.name, metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("looking for Deployment %s/%s: %w", d.namespace, d.name, err)
		}
		identity, err := c.heldIdentity(ctx, d.image)
		if err != nil {
			return nil, err
		}
		if runsAnother(found, identity) {
			names = append(names, d.namespace+"/"+d.name)
		}
	}
	return names, nil
}

// runsAnother tells whether a Deployment was there with another build of its
// image.
func runsAnother(before *appsv1.Deployment, identity string) bool {
	return before != nil && before.UID != "" && before.Annotations[loadedImage] != identity
}

// loadedPatch notes a build at a Deployment, and has its Pods replaced as
// kubectl rollout restart does.
func loadedPatch(identity string, replace bool, now time.Time) map[string]any {
	patch := map[string]any{"metadata": map[string]any{"annotations": map[string]string{loadedImage: identity}}}
	if replace {
		again := map[string]string{"kubectl.kubernetes.io/restartedAt": now.Format(time.RFC3339)}
		patch["spec"] = map[string]any{"template": map[string]any{"metadata": map[string]any{"annotations": again}}}
	}
	return patch
}

// waitRollout waits until all of a Deployment's Pods are of its newest revision
// and available. It does not wait for what can not come about by itself.
func (c *Cluster) waitRollout(ctx context.Context, namespace, name string) error {
	began := time.Now()
	err := poll(ctx, rolloutTime, func(ctx context.Context) error {
		d, err := c.client.AppsV1().Deployments(namespace).Get(ctx, name, metav1.GetOptions{})
		if err != nil {
			return fmt.Errorf("reading Deployment %s: %w", name, err)
		}
		if err := rolledOut(d); err == nil {
			return nil
		}
		pods, err := c.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: metav1.FormatLabelSelector(d.Spec.Selector)})
		if err != nil {
			return fmt.Errorf("listing the Pods of Deployment %s: %w", name, err)
		}
		if stuck := stuckPod(c.name, pods.Items); stuck != nil {
			return stuck
		}
		return rolledOut(d)
	})
	if err != nil {
		return fmt.Errorf("rolling out %s/%s: %w", namespace, name, err)
	}
	c.log.linef("deployment %s/%s is available (%s)", namespace, name, time.Since(began).Round(time.Second))
	return nil
}

// rolledOut fails unless a Deployment's Pods are all new and available.
func rolledOut(d *appsv1.Deployment) error {
	want := int32(1)
	if d.Spec.Replicas != nil {
		want = *d.Spec.Replicas
	}
	s := d.Status
	if s.ObservedGeneration < d.Generation || s.UpdatedReplicas < want || s.Replicas > want || s.AvailableReplicas < want {
		return fmt.Errorf("%d of %d replicas are available", min(s.AvailableReplicas, s.UpdatedReplicas), want)
	}
	return nil
}

// stuckPod returns what keeps a Pod from running that does not pass, or nil.
func stuckPod(cluster string, pods []corev1.Pod) error {
	for _, pod := range pods {
		if pod.DeletionTimestamp != nil {
			continue
		}
		for _, status := range pod.Status.ContainerStatuses {
			if err := stuckContainer(cluster, pod, status); err != nil {
				return err
			}
		}
	}
	return nil
}

// fewRestarts is how often a container may have ended until that is not taken
// for the beginning any more.
const fewRestarts = 3

func stuckContainer(cluster string, pod corev1.Pod, status corev1.ContainerStatus) error {
	waiting := status.State.Waiting
	switch {
	case lacksImage(status):
		return lasting{fmt.Errorf("image %s is not on node %s (%s): run %s", status.Image, pod.Spec.NodeName, waiting.Reason, ScriptCommand("load", cluster))}
	case waiting != nil && waiting.Reason == "CrashLoopBackOff" && status.RestartCount >= fewRestarts:
		said := "see kubectl logs -n " + pod.Namespace + " " + pod.Name
		if ended := status.LastTerminationState.Terminated; ended != nil && ended.Message != "" {
			said = strings.TrimSpace(ended.Message)
		}
		return lasting{fmt.Errorf("container %s of Pod %s keeps ending: %s", status.Name, pod.Name, said)}
	}
	return nil
}

// lacksImage tells whether a container waits for an image that can not be had.
func lacksImage(status corev1.ContainerStatus) bool {
	if status.State.Waiting == nil {
		return false
	}
	switch status.State.Waiting.Reason {
	case "ErrImageNeverPull", "ErrImagePull", "ImagePullBackOff", "InvalidImageName", "ErrImageInspect":
		return true
	}
	return false
}
