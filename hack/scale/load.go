package scale

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// batch is how many changes go into one transaction: etcd takes 128, and
// 1.5 MiB.
const batch = 64

// Load writes the whole fleet.
func (f Fleet) Load(ctx context.Context, etcd *Etcd) error {
	return f.load(ctx, etcd, func(put func(Change)) {
		for n := range f.Nodes {
			put(Put(f.Node(n, f.Now, time.Time{})))
		}
		for _, name := range f.Namespaces() {
			put(Put(f.NamespaceNamed(name)))
		}
	}, f.putApp)
}

// LoadApps writes apps that come on top of what is there.
func (f Fleet) LoadApps(ctx context.Context, etcd *Etcd) error {
	return f.load(ctx, etcd, func(put func(Change)) {
		for _, name := range f.Namespaces() {
			put(Put(f.NamespaceNamed(name)))
		}
	}, f.putApp)
}

// RemoveApps removes the apps and their namespaces, replicas of any round given
// by which.
func (f Fleet) RemoveApps(ctx context.Context, etcd *Etcd, round func(app, replica int) int) error {
	return f.load(ctx, etcd, func(func(Change)) {}, func(app int, put func(Change)) {
		for i := range f.PodsPerApp {
			put(Delete(f.Pod(Replica{App: app, Index: i, Round: round(app, i)})))
		}
		deployment, replicaSet := f.Owners(app)
		put(Delete(deployment))
		put(Delete(replicaSet))
		if app%f.appsPerNamespace() == 0 {
			put(Delete(f.NamespaceNamed(f.Namespace(app))))
		}
	})
}

func (f Fleet) putApp(app int, put func(Change)) {
	deployment, replicaSet := f.Owners(app)
	put(Put(deployment))
	put(Put(replicaSet))
	for i := range f.PodsPerApp {
		put(Put(f.Pod(Replica{App: app, Index: i})))
	}
}

// load writes what first gives and then what each gives of every app, the apps
// side by side. It returns the first error.
func (f Fleet) load(ctx context.Context, etcd *Etcd, first func(put func(Change)), each func(app int, put func(Change))) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if err := inBatches(ctx, etcd, first); err != nil {
		return err
	}
	var writers sync.WaitGroup
	n := 4 * runtime.NumCPU()
	for w := range n {
		writers.Go(func() {
			if err := inBatches(ctx, etcd, func(put func(Change)) {
				for app := w; app < f.Apps && ctx.Err() == nil; app += n {
					each(app, put)
				}
			}); err != nil {
				cancel(err)
			}
		})
	}
	writers.Wait()
	return context.Cause(ctx)
}

// inBatches writes what give puts, many changes to a transaction.
func inBatches(ctx context.Context, etcd *Etcd, give func(put func(Change))) error {
	var waiting []Change
	var failed error
	flush := func() {
		if len(waiting) > 0 && failed == nil {
			failed = etcd.Write(ctx, waiting...)
		}
		waiting = waiting[:0]
	}
	give(func(c Change) {
		if waiting = append(waiting, c); len(waiting) == batch {
			flush()
		}
	})
	flush()
	return failed
}
