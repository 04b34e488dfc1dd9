package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"evenkeel.dev/evenkeel/hack/localcluster"
)

// Who the two programs are on their clusters, for the audit log to tell them from
// all others.
const (
	operatorUser    = "evenkeel"
	deschedulerUser = "descheduler"
)

const (
	nodes, zones = 20, 3
	// gracePeriod spares the machine heartbeats: nobody falls silent here.
	gracePeriod = 40 * time.Second
)

// world is a whole cluster, with the real scheduler and controllers and simulated
// nodes, and what is seen of it.
type world struct {
	cluster *localcluster.Cluster
	client  kubernetes.Interface
	sight   *sight
	// dir is for files; it goes with the world.
	dir string
}

func newWorld(ctx context.Context) (*world, error) {
	dir, err := os.MkdirTemp("", "evenkeel-bench-")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	w := &world{dir: dir}
	w.cluster, err = localcluster.Start(ctx, localcluster.Options{
		Progress: os.Stderr, AuditLog: true, NodeGracePeriod: gracePeriod,
		Users: []localcluster.User{{Name: operatorUser}, {Name: deschedulerUser}},
	})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := w.furnish(ctx); err != nil {
		return nil, errors.Join(err, w.close())
	}
	return w, nil
}

// furnish gives the programs their rights and the cluster its nodes.
func (w *world) furnish(ctx context.Context) (err error) {
	if w.client, err = kubernetes.NewForConfig(w.cluster.RESTConfig()); err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	if err := w.grant(ctx); err != nil {
		return err
	}
	if w.sight, err = newSight(ctx, w.client); err != nil {
		return err
	}
	if err := w.cluster.AddNodes(ctx, localcluster.Nodes(nodes, zones)...); err != nil {
		return err
	}
	return w.eligible(ctx, nodes)
}

// grant lets both programs do anything, but within the API server's limits of
// flow, as anyone: a group of administrators would be exempt.
func (w *world) grant(ctx context.Context) error {
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "bench"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "cluster-admin"},
		Subjects: []rbacv1.Subject{
			{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: operatorUser},
			{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: deschedulerUser},
		},
	}
	if _, err := w.client.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("giving the programs their rights: %w", err)
	}
	return nil
}

// close takes everything down.
func (w *world) close() error {
	if w.sight != nil {
		w.sight.close()
	}
	return errors.Join(w.cluster.Stop(), os.RemoveAll(w.dir))
}

// until asks again and again until the answer is yes.
func until(ctx context.Context, limit, every time.Duration, ask func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("gave up after %s", limit))
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if yes, err := ask(); yes || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// rest does nothing for a while.
func rest(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
