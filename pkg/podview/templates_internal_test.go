package podview

import (
	"fmt"
	"runtime"
	"sync"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/randfill"
)

func labelledPod(app string) *corev1.Pod {
	return &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: app, Labels: map[string]string{"app": app}}}
}

// collect collects garbage until the templates number want, or for long enough.
func collect(ts *templates, want int) int {
	for range 10_000 {
		runtime.GC()
		if ts.len() == want {
			break
		}
		runtime.Gosched() // cleanups run on a goroutine of their own
	}
	return ts.len()
}

func TestTemplatesThatNoPodPointsToAreFreed(t *testing.T) {
	by := NewTransformer(DefaultAppLabels())
	kept := by.Pod(labelledPod("kept"))
	for i := range 1000 {
		by.Pod(labelledPod(fmt.Sprint("gone-", i)))
	}
	if n := collect(by.templates, 1); n != 1 {
		t.Errorf("%d templates are left, want the one in use", n)
	}
	if again := by.Pod(labelledPod("kept")); again.Template != kept.Template {
		t.Error("the one in use was replaced")
	}
	runtime.KeepAlive(kept)
}

func TestPodsOfAnyShapeLeaveNoTemplate(t *testing.T) {
	by := NewTransformer(DefaultAppLabels())
	for seed := range int64(300) {
		pod := &corev1.Pod{}
		randfill.NewWithSeed(seed).NilChance(0.3).NumElements(0, 3).Fill(pod)
		by.Pod(pod)
	}
	if n := collect(by.templates, 0); n != 0 {
		t.Errorf("%d templates are left", n)
	}
}

func TestATemplateThatComesBackIsNotForgotten(t *testing.T) {
	by := NewTransformer(DefaultAppLabels())
	for range 100 {
		by.Pod(labelledPod("web")) // garbage at once
		runtime.GC()
		one := by.Pod(labelledPod("web"))
		runtime.GC()
		if two := by.Pod(labelledPod("web")); one.Template != two.Template {
			t.Fatal("replicas have two templates")
		}
		runtime.KeepAlive(one)
	}
}

func TestTemplatesMayBeSharedByManyAtOnce(t *testing.T) {
	by := NewTransformer(DefaultAppLabels())
	var together sync.WaitGroup
	for range 4 {
		together.Go(func() {
			for i := range 2000 {
				app := fmt.Sprint("app-", i%10)
				one, two := by.Pod(labelledPod(app)), by.Pod(labelledPod(app))
				if one.Template != two.Template {
					t.Error("replicas have two templates")
					return
				}
				if i%500 == 0 {
					runtime.GC()
				}
			}
		})
	}
	together.Wait()
	if n := collect(by.templates, 0); n != 0 {
		t.Errorf("%d templates are left", n)
	}
}
