package converge_test

import (
	"fmt"
	"maps"
	"net/http"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/test/harness"
)

// crowd is a world whose apps are all fragile: each has all its replicas on one
// of the first few nodes, though there are others with room. One of each may be
// away.
type crowd struct {
	*harness.World
	*witness
	// wanted are the replicas of each app.
	wanted map[string]int
}

// crowdOf says what crowd there is to be.
type crowdOf struct {
	apps, nodes, crowded int
	// replicas is how many the i-th app has; nil for two.
	replicas func(i int) int
	// change changes the i-th app before it is made; may be nil.
	change func(c *crowd, i int, d *appsv1.Deployment)
}

// zones are those of the nodes, in turn.
var zones = [...]string{"a", "b", "c"}

// crowdTaint keeps everybody but its own apps off a node, as long as these are
// made.
const crowdTaint = "test.evenkeel.dev/crowd"

func newCrowd(t *testing.T, of crowdOf) *crowd {
	t.Helper()
	c := &crowd{World: newWorld(t), wanted: make(map[string]int)}
	for n := 1; n <= of.nodes; n++ {
		c.addNode(t, n, n <= of.crowded)
	}
	c.waitNodes(t, of.nodes)
	c.witness = newWitness(t, c.Namespace)
	all := 0
	for i := range of.apps {
		replicas := 2
		if of.replicas != nil {
			replicas = of.replicas(i)
		}
		all += replicas
		c.wanted[app(i)] = replicas
		c.Deployment(t, app(i), int32(replicas), tolerating(c.Node(1+i%of.crowded)), func(d *appsv1.Deployment) {
			if of.change != nil {
				of.change(c, i, d)
			}
		})
		budget(t, c.World, app(i))
	}
	c.allReady(t, all)
	for n := 1; n <= of.nodes; n++ {
		c.PatchNode(t, n, `{"spec":{"taints":null,"unschedulable":null}}`)
	}
	c.begin()
	return c
}

// newWorld makes a world without nodes, and a cluster without a memory.
func newWorld(t *testing.T) *harness.World {
	t.Helper()
	noMemory(t)
	return suite.World(t, 0)
}

func app(i int) string { return fmt.Sprintf("app-%d", i) }

// addNode adds the n-th node, which takes nobody yet but, where it is to be
// crowded, the apps that are to crowd it.
func (c *crowd) addNode(t *testing.T, n int, crowded bool) {
	t.Helper()
	node := localcluster.Node(c.Node(n), zones[(n-1)%len(zones)])
	maps.Copy(node.Labels, c.NodeSelector())
	localcluster.SetCapacity(node, corev1.ResourceList{
		corev1.ResourceCPU:    resource.MustParse("32"),
		corev1.ResourceMemory: resource.MustParse("256Gi"),
		corev1.ResourcePods:   resource.MustParse("250"),
	})
	if node.Spec.Unschedulable = !crowded; crowded {
		node.Spec.Taints = []corev1.Taint{{Key: crowdTaint, Value: node.Name, Effect: corev1.TaintEffectNoSchedule}}
	}
	if err := c.Cluster.AddNodes(t.Context(), node); err != nil {
		t.Fatal(err)
	}
}

func tolerating(node string) func(*appsv1.Deployment) {
	return func(d *appsv1.Deployment) {
		d.Spec.Template.Spec.Tolerations = []corev1.Toleration{{Key: crowdTaint, Value: node, Effect: corev1.TaintEffectNoSchedule}}
	}
}

func (c *crowd) waitNodes(t *testing.T, nodes int) {
	t.Helper()
	for n := 1; n <= nodes; n++ {
		c.WaitNode(t, n, true)
	}
}

func (w *witness) allReady(t *testing.T, all int) {
	t.Helper()
	harness.Eventually(t, soon, func() error {
		if n := w.ready(); n != all {
			return fmt.Errorf("%d Pods are ready, of %d", n, all)
		}
		return nil
	})
}

// budget lets one replica of a Deployment be away.
func budget(t *testing.T, w *harness.World, name string) {
	t.Helper()
	_, err := w.Client.PolicyV1().PodDisruptionBudgets(w.Namespace).Create(t.Context(), &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: policyv1.PodDisruptionBudgetSpec{
			MaxUnavailable: new(intstr.FromInt32(1)), Selector: metav1.SetAsLabelSelector(map[string]string{"app": name}),
		},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// mode says how far the apps may be repaired.
func mode(t *testing.T, w *harness.World, says string) {
	t.Helper()
	w.Annotate(t, "evenkeel.dev/mode", says)
}

// unwell adds a zone whose one node is dead: as long as it is there, repair plans
// and moves nothing. It returns what takes the node away again, and waits until an
// operator knows.
func (c *crowd) unwell(t *testing.T) (well func(*harness.Operator)) {
	t.Helper()
	node := localcluster.Node(c.Namespace+"-dead", "dead")
	maps.Copy(node.Labels, c.NodeSelector())
	node.Labels[localcluster.HeartbeatLabel] = localcluster.HeartbeatStopped
	if err := c.Cluster.AddNodes(t.Context(), node); err != nil {
		t.Fatal(err)
	}
	return func(o *harness.Operator) {
		t.Helper()
		if err := c.Client.CoreV1().Nodes().Delete(t.Context(), node.Name, metav1.DeleteOptions{}); err != nil {
			t.Fatal(err)
		}
		harness.Eventually(t, soon, func() error {
			if status, _ := o.Get(t, o.API+"/api/v1/nodes/"+node.Name); status != http.StatusNotFound {
				return fmt.Errorf("it still knows of node %s", node.Name)
			}
			return nil
		})
	}
}

// healthy waits until an operator finds every app at rest and well.
func (c *crowd) healthy(t *testing.T, o *harness.Operator, within time.Duration) {
	t.Helper()
	harness.Eventually(t, within, func() error {
		// One item of each kind will do: there may be very many.
		for _, kind := range []string{"severity=critical", "severity=warning", "verdict=Settling"} {
			var page struct{ Items []harness.Item }
			o.GetJSON(t, "/api/v1/apps?limit=1&namespace="+c.Namespace+"&"+kind, &page)
			for _, item := range page.Items {
				return fmt.Errorf("%s is %s", item.Workload.Name, item.Verdict)
			}
		}
		return nil
	})
	items := o.Apps(t, c.Namespace)
	if len(items) != len(c.wanted) {
		t.Errorf("%d apps are judged, of %d", len(items), len(c.wanted))
	}
	for _, item := range items {
		if item.Verdict != "Healthy" || item.Ready != c.wanted[item.App] {
			t.Errorf("%s is %s with %d of %d ready", item.App, item.Verdict, item.Ready, c.wanted[item.App])
		}
	}
}
