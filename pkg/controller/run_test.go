package controller

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A bubble ends with an error where anything started in it has not stopped.

func TestRunThatNeverSyncsReturnsAndLeavesNothingBehind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		w.pods.down.Store(true)
		ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
		defer cancel()
		begun := time.Now()
		w.startEach(ctx, ctx, func() { t.Error("it says that it has synced") })
		w.stop()
		if took := time.Since(begun); took > time.Hour+time.Second {
			t.Errorf("it took %v", took)
		}
	})
}

func TestRunWaitsForEveryHandlerBeforeTheFirstVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		w.add(shop()...)
		w.nodes.down.Store(true)
		var synced atomic.Bool
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		w.startEach(ctx, ctx, func() { synced.Store(true) })
		defer w.stop()
		defer cancel()
		time.Sleep(time.Minute)
		if got := w.reconciled(); synced.Load() || got != nil {
			t.Errorf("without nodes synced is %t and reconciled are %v", synced.Load(), got)
		}
		w.nodes.down.Store(false)
		time.Sleep(time.Minute)
		w.rest()
		if got := w.reconciled(); !synced.Load() || len(got) != 2 {
			t.Errorf("with nodes synced is %t and reconciled are %v", synced.Load(), got)
		}
		w.expectVerdict("web", "Healthy")
	})
}

func TestRunUnregistersItsHandlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		w.add(shop()...)
		ctx, cancel := context.WithCancel(context.Background())
		informers, endInformers := context.WithCancel(context.Background())
		w.startEach(informers, ctx, func() {})
		defer w.stop()
		defer endInformers()
		w.rest()
		w.reconciled()
		cancel()
		w.rest()
		w.change(pod("web", "web-1", "a", unready))
		w.rest()
		if n := w.controller.memory.len(); n != 0 {
			t.Errorf("%d apps were heard of after Run has returned", n)
		}
		for _, informer := range w.informers.all() {
			if informer.IsStopped() {
				t.Error("an informer was stopped, which is not Run's")
			}
		}
	})
}

func TestHandlersThatCanNotBeRegisteredAreAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		w.informers.Nodes.RunWithContext(ended)
		if err := w.controller.Run(context.Background(), func() { t.Error("it says that it has synced") }); err == nil {
			t.Error("Run says nothing of an informer that has been stopped")
		}
		w.shutDown()
	})
}

func TestWhatIsQueuedIsDoneBeforeRunReturns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 0)
		w.add(shop()...)
		w.start()
		for range 50 {
			for _, app := range w.controller.pods.AppsIn("shop") {
				w.controller.enqueue(time.Now(), app)
			}
		}
		w.stop()
		if got := w.reconciled(); len(got) != 2 || w.controller.pool.Depth() != 0 {
			t.Errorf("reconciled are %v, %d wait", got, w.controller.pool.Depth())
		}
	})
}
