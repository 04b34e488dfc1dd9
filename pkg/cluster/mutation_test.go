package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/tools/cache"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
)

// What is done to a cached object in a process of its own, which client-go's
// mutation detector is to end: it reads its switch at the start of a process.
const (
	detector  = "KUBE_CACHE_MUTATION_DETECTOR"
	mutantEnv = "EVENKEEL_TEST_MUTATION"
	survived  = "nothing was noticed"
)

func mutations() map[string]func(*Factory) {
	return map[string]func(*Factory){
		"nothing":                               func(*Factory) {},
		"a Pod's node":                          ofPod(func(p *podview.Pod) { p.Node = "elsewhere" }),
		"a Pod's own labels":                    ofPod(func(p *podview.Pod) { p.Own.Labels[0].Value = "b" }),
		"the name of a template's workload":     ofPod(func(p *podview.Pod) { p.Template.Workload.Name = "other" }),
		"a template's labels":                   ofPod(func(p *podview.Pod) { p.Template.Labels["a"] = "b" }),
		"a template's annotations":              ofPod(func(p *podview.Pod) { delete(p.Template.Annotations, placement.SettleAnnotation) }),
		"a template's owner":                    ofPod(func(p *podview.Pod) { p.Template.Owner.UID = "other" }),
		"a template's tolerations":              ofPod(func(p *podview.Pod) { p.Template.Tolerations[0].Key = "other" }),
		"what a verdict reads of a template":    ofPod(func(p *podview.Pod) { p.Template.Placement.Spread[0].Hard = true }),
		"what the index reads of a template":    ofPod(func(p *podview.Pod) { p.Template.AppIndex[0] = "other" }),
		"a Node's taints":                       ofNode(func(n *corev1.Node) { n.Spec.Taints[0].Effect = corev1.TaintEffectNoExecute }),
		"a Node's labels":                       ofNode(func(n *corev1.Node) { n.Labels["a"] = "b" }),
		"a Namespace's annotations, made anew":  ofNamespace(func(n *corev1.Namespace) { n.Annotations = nil }),
		"an annotation of a Namespace's policy": ofNamespace(func(n *corev1.Namespace) { n.Annotations[placement.SettleAnnotation] = "1m" }),
	}
}

func ofPod(change func(*podview.Pod)) func(*Factory) {
	return func(f *Factory) { change(only[*podview.Pod](f.Pods())) }
}

func ofNode(change func(*corev1.Node)) func(*Factory) {
	return func(f *Factory) { change(only[*corev1.Node](f.Nodes())) }
}

func ofNamespace(change func(*corev1.Namespace)) func(*Factory) {
	return func(f *Factory) { change(only[*corev1.Namespace](f.Namespaces())) }
}

func only[T any](informer cache.SharedIndexInformer) T { return informer.GetStore().List()[0].(T) }

// TestAMutatedCachedObjectIsCaught has a process do each, as the tests run with
// the detector on, and sees it end: what is in the stores, our own Pods among
// it, is compared with copies.
func TestAMutatedCachedObjectIsCaught(t *testing.T) {
	for name := range mutations() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := mutate(t, name)
			if name == "nothing" {
				if err != nil || !strings.Contains(out, survived) {
					t.Errorf("a process that changes nothing ends with %v:\n%s", err, out)
				}
				return
			}
			if err == nil || strings.Contains(out, survived) {
				t.Errorf("the process goes on:\n%s", out)
			}
			if !strings.Contains(out, "CACHE *v1.") || !strings.Contains(out, "panic: cache *v1.") {
				t.Errorf("the process ended with %v, not by the detector:\n%s", err, out)
			}
		})
	}
}

// mutate runs TestMutant in a process of its own.
func mutate(t *testing.T, what string) (output string, err error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "-test.run=^TestMutant$")
	cmd.Env = append(os.Environ(), detector+"=true", mutantEnv+"="+what)
	data, err := cmd.CombinedOutput()
	return string(data), err
}

// TestMutant is that process. In any other it has nothing to do.
func TestMutant(t *testing.T) {
	change := mutations()[os.Getenv(mutantEnv)]
	if change == nil {
		return
	}
	synctest.Test(t, func(t *testing.T) {
		yes := true
		pod := &corev1.Pod{
			ObjectMeta: meta("shop", "web-0"),
			Spec: corev1.PodSpec{
				Tolerations: []corev1.Toleration{{Key: "gone"}},
				TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{
					TopologyKey: corev1.LabelHostname, LabelSelector: &metav1.LabelSelector{},
				}},
			},
		}
		pod.Labels = map[string]string{"app": "web", "statefulset.kubernetes.io/pod-name": "web-0"}
		pod.Annotations = map[string]string{placement.SettleAnnotation: "2m"}
		pod.OwnerReferences = []metav1.OwnerReference{{Kind: "StatefulSet", Name: "web", UID: "1", Controller: &yes}}
		node := &corev1.Node{ObjectMeta: meta("", "n"), Spec: corev1.NodeSpec{Taints: []corev1.Taint{{Key: "gone"}}}}
		node.Labels = map[string]string{"disk": "ssd"}
		namespace := &corev1.Namespace{ObjectMeta: meta("", "shop")}
		namespace.Annotations = map[string]string{placement.SettleAnnotation: "2m"}

		transform := podview.NewTransformer(podview.DefaultAppLabels()).Transform
		f, stop := run(t.Context(), t, fake.NewClientset(pod, node, namespace), FactoryOptions{Transforms: Transforms{Pod: transform}})
		defer stop()
		if err := f.WaitForCacheSyncWithContext(t.Context()).AsError(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		change(f)
		time.Sleep(10 * time.Second) // it compares once a second
		fmt.Fprintln(os.Stdout, survived)
	})
}
