package localcluster

import (
	"context"
	"fmt"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// What simulated nodes and their Pods can be told.
const (
	// HeartbeatLabel on a node, with the value HeartbeatStopped, silences it.
	// As with a real node that is lost, kube-controller-manager makes it
	// NotReady after Options.NodeGracePeriod, and its Pods with it; Pods that
	// are deleted then stay, and new ones do not start. Without the label the
	// node comes back with its Pods. Cluster.StopHeartbeat and ResumeHeartbeat
	// set it.
	HeartbeatLabel = "evenkeel.dev/heartbeat"
	// HeartbeatStopped is the value of HeartbeatLabel.
	HeartbeatStopped = "stopped"

	// ReadyAnnotation on a Pod, with the value ReadyNever, makes it Running
	// but not Ready. It may be set and removed while the Pod runs.
	ReadyAnnotation = "evenkeel.dev/ready"
	// ReadyNever is the value of ReadyAnnotation.
	ReadyNever = "never"

	// kwok looks after nodes with this annotation.
	simulatedAnnotation = "kwok.x-k8s.io/node"
	simulatedValue      = "fake"
)

// Nodes returns n simulated nodes, node-1 to node-n, for AddNodes, spread over
// the given number of zones, zone-a onwards; no zones means no zone labels.
// The caller may change them.
func Nodes(n, zones int) []*v1.Node {
	nodes := make([]*v1.Node, 0, n)
	for i := range n {
		zone := ""
		if zones > 0 {
			zone = zoneName(i % zones)
		}
		nodes = append(nodes, Node(fmt.Sprintf("node-%d", i+1), zone))
	}
	return nodes
}

// zoneName returns zone-a to zone-z, and then zone-27 onwards.
func zoneName(i int) string {
	if i < 26 {
		return "zone-" + string(rune('a'+i))
	}
	return fmt.Sprintf("zone-%d", i+1)
}

// Node returns a simulated node for AddNodes with the labels that a real one
// has and room for 32 CPUs, 256 GiB and 110 Pods. An empty zone means no zone
// label. The caller may change it; see SetCapacity.
func Node(name, zone string) *v1.Node {
	node := &v1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name,
			Labels: map[string]string{
				v1.LabelHostname:   name,
				v1.LabelOSStable:   "linux",
				v1.LabelArchStable: "amd64",
			},
			Annotations: map[string]string{simulatedAnnotation: simulatedValue},
		},
		Status: v1.NodeStatus{
			Addresses: []v1.NodeAddress{{Type: v1.NodeHostName, Address: name}},
			NodeInfo: v1.NodeSystemInfo{
				OperatingSystem: "linux", Architecture: "amd64",
				KubeletVersion: "kwok", ContainerRuntimeVersion: "kwok", KernelVersion: "kwok", OSImage: "kwok",
			},
		},
	}
	if zone != "" {
		node.Labels[v1.LabelTopologyZone] = zone
	}
	SetCapacity(node, v1.ResourceList{
		v1.ResourceCPU:    resource.MustParse("32"),
		v1.ResourceMemory: resource.MustParse("256Gi"),
		v1.ResourcePods:   resource.MustParse("110"),
	})
	return node
}

// SetCapacity gives a node the room for these resources and no others.
func SetCapacity(node *v1.Node, resources v1.ResourceList) {
	node.Status.Capacity = resources
	node.Status.Allocatable = resources.DeepCopy()
}

// AddNodes creates nodes, and does not wait until they are Ready, which takes
// about a second. It fails at the first that cannot be created.
func (c *Cluster) AddNodes(ctx context.Context, nodes ...*v1.Node) error {
	client, err := c.nodeClient()
	if err != nil {
		return fmt.Errorf("adding nodes: %w", err)
	}
	for _, node := range nodes {
		if _, err := client.CoreV1().Nodes().Create(ctx, node, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("adding node %s: %w", node.Name, err)
		}
	}
	return nil
}

// StopHeartbeat silences a node as HeartbeatLabel says. It does not wait until
// the node is NotReady.
func (c *Cluster) StopHeartbeat(ctx context.Context, node string) error {
	return c.patchHeartbeat(ctx, node, `"`+HeartbeatStopped+`"`)
}

// ResumeHeartbeat makes a silenced node come back. It does not wait until the
// node is Ready.
func (c *Cluster) ResumeHeartbeat(ctx context.Context, node string) error {
	return c.patchHeartbeat(ctx, node, "null")
}

func (c *Cluster) patchHeartbeat(ctx context.Context, node, value string) error {
	client, err := c.nodeClient()
	if err != nil {
		return fmt.Errorf("setting the heartbeat of node %s: %w", node, err)
	}
	patch := fmt.Appendf(nil, `{"metadata":{"labels":{%q:%s}}}`, HeartbeatLabel, value)
	if _, err := client.CoreV1().Nodes().Patch(ctx, node, types.MergePatchType, patch, metav1.PatchOptions{}); err != nil {
		return fmt.Errorf("setting the heartbeat of node %s: %w", node, err)
	}
	return nil
}

func (c *Cluster) nodeClient() (kubernetes.Interface, error) {
	return kubernetes.NewForConfig(c.RESTConfig())
}
