package scale

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"evenkeel.dev/evenkeel/hack/localcluster"
	"evenkeel.dev/evenkeel/hack/toolchain"
)

// user is whom the operator is on the cluster: someone with the rights that it
// needs, held to the API server's limits like anyone.
const user = "evenkeel-bench"

// World is a control plane that nothing but this program changes, and the
// programs to measure.
type World struct {
	Cluster    *localcluster.Cluster
	Etcd       *Etcd
	Client     kubernetes.Interface
	Kubeconfig string
	// Dir is for files; it goes with the world.
	Dir string
}

// NewWorld starts etcd and kube-apiserver alone: controllers would delete Pods
// that nobody made, and use the machine.
func NewWorld(ctx context.Context, progress io.Writer, apiServerArgs ...string) (*World, error) {
	dir, err := os.MkdirTemp("", "evenkeel-scale-")
	if err != nil {
		return nil, fmt.Errorf("making a folder: %w", err)
	}
	w := &World{Dir: dir}
	w.Cluster, err = localcluster.Start(ctx, localcluster.Options{
		Progress: progress, Users: []localcluster.User{{Name: user}}, APIServerArgs: apiServerArgs,
		WithoutControllerManager: true, WithoutScheduler: true, WithoutKwok: true,
	})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	if err := w.connect(ctx); err != nil {
		return nil, errors.Join(err, w.Close())
	}
	return w, nil
}

func (w *World) connect(ctx context.Context) (err error) {
	if w.Etcd, err = NewEtcd(w.Cluster); err != nil {
		return err
	}
	if w.Kubeconfig, err = w.Cluster.KubeconfigFor(user); err != nil {
		return err
	}
	if w.Client, err = kubernetes.NewForConfig(w.Cluster.RESTConfig()); err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	return w.grant(ctx)
}

// grant gives the user the rights that README.md names.
func (w *World) grant(ctx context.Context) error {
	meta := metav1.ObjectMeta{Name: user}
	rule := func(group string, resources, verbs []string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{APIGroups: []string{group}, Resources: resources, Verbs: verbs}
	}
	role := &rbacv1.ClusterRole{ObjectMeta: meta, Rules: []rbacv1.PolicyRule{
		rule("", []string{"pods", "nodes", "namespaces"}, []string{"get", "list", "watch"}),
		rule("apps", []string{"replicasets", "deployments"}, []string{"get"}),
		rule("events.k8s.io", []string{"events"}, []string{"create", "list"}),
		rule("coordination.k8s.io", []string{"leases"}, []string{"create", "get", "update"}),
	}}
	if _, err := w.Client.RbacV1().ClusterRoles().Create(ctx, role, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("giving the operator its rights: %w", err)
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: meta,
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: user},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	}
	if _, err := w.Client.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("giving the operator its rights: %w", err)
	}
	return nil
}

// Close takes everything down.
func (w *World) Close() error {
	if w.Etcd != nil {
		w.Etcd.Close()
	}
	return errors.Join(w.Cluster.Stop(), os.RemoveAll(w.Dir))
}

// softLimit is the GOMEMLIMIT of deploy/base.
const softLimit = "GOMEMLIMIT=230MiB"

// Operator starts the operator as deploy/base does: it leads by a Lease, and knows
// its limit.
func (w *World) Operator(ctx context.Context, binary, name string, env ...string) (*Subject, error) {
	return StartSubject(ctx, w.Dir, name, append([]string{softLimit}, env...), binary, "--kubeconfig", w.Kubeconfig, "--leader-elect",
		// Free ports, which it tells in its log.
		"--metrics-addr", "127.0.0.1:0", "--api-addr", "127.0.0.1:0", "--logging-format", "json")
}

// Build builds a command of this clone into a folder, as a release is built.
func Build(ctx context.Context, into, name, pkg string) (string, error) {
	root, err := toolchain.FindRoot(".")
	if err != nil {
		return "", err
	}
	binary := filepath.Join(into, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-o", binary, pkg)
	cmd.Dir, cmd.Env = root, append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	return binary, nil
}
