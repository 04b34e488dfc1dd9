package repair

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
)

const (
	// readTime bounds each read. evictTime is longer: the server itself tries an
	// eviction for ten seconds where a budget is written by several.
	readTime  = 10 * time.Second
	evictTime = 15 * time.Second
	// pageSize and mostPages bound the list of one workload's Pods.
	pageSize  = 500
	mostPages = 20
)

// Client is the Server that is one.
type Client struct {
	kubernetes kubernetes.Interface
	dynamic    dynamic.Interface
	mapper     Mapper
}

// NewClient makes a Client. The dynamic client and the mapper serve owners of
// kinds that are not Kubernetes' own.
func NewClient(client kubernetes.Interface, dynamic dynamic.Interface, mapper Mapper) *Client {
	return &Client{kubernetes: client, dynamic: dynamic, mapper: mapper}
}

// errTooMany is a list that did not come to its end.
var errTooMany = errors.New("there are too many")

// Replicas lists an owner's Pods as they are now, past the server's own caches
// where it has any that lag.
func (c *Client) Replicas(ctx context.Context, namespace string, owner metav1.OwnerReference, selector string) ([]Replica, error) {
	ctx, cancel := context.WithTimeout(ctx, readTime)
	defer cancel()
	var replicas []Replica
	options := metav1.ListOptions{LabelSelector: selector, Limit: pageSize}
	for range mostPages {
		pods, err := c.kubernetes.CoreV1().Pods(namespace).List(ctx, options)
		if err != nil {
			return nil, fmt.Errorf("list Pods in %s: %w", namespace, err)
		}
		for i := range pods.Items {
			if p := &pods.Items[i]; isReplica(p, owner.UID) {
				replicas = append(replicas, Replica{UID: string(p.UID), Node: p.Spec.NodeName, Ready: isReady(p)})
			}
		}
		if options.Continue = pods.Continue; options.Continue == "" {
			return replicas, nil
		}
	}
	return nil, fmt.Errorf("list Pods in %s: %w", namespace, errTooMany)
}

func isReplica(p *corev1.Pod, owner types.UID) bool {
	controller := metav1.GetControllerOfNoCopy(p)
	return controller != nil && controller.UID == owner && p.DeletionTimestamp == nil &&
		p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed
}

func isReady(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// Evict asks for an eviction once. The typed client's own method would sleep on a
// Retry-After and ask again, up to ten times, and takes a Status that tells of a
// failure for a success where the server sends it with a 201.
func (c *Client) Evict(ctx context.Context, namespace, name, uid string) error {
	ctx, cancel := context.WithTimeout(ctx, evictTime)
	defer cancel()
	eviction := &policyv1.Eviction{
		ObjectMeta:    metav1.ObjectMeta{Namespace: namespace, Name: name},
		DeleteOptions: &metav1.DeleteOptions{Preconditions: metav1.NewUIDPreconditions(uid)},
	}
	_, err := c.kubernetes.CoreV1().RESTClient().Post().
		Namespace(namespace).Resource("pods").Name(name).SubResource("eviction").
		Body(eviction).MaxRetries(0).Do(ctx).Get()
	if err != nil {
		return fmt.Errorf("evict %s/%s: %w", namespace, name, err)
	}
	return nil
}
