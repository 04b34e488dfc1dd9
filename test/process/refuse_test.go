package process_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/test/harness"
)

// refuses runs the operator with these arguments and sees it end with exit
// code 1 and one line, which it returns, of its own beside the log's.
func refuses(t *testing.T, args ...string) string {
	t.Helper()
	o := suite.Launch(t, args...)
	if code := o.ExitCode(t, 20*time.Second); code != 1 {
		t.Errorf("exit code %d, want 1:\n%s", code, o.Log())
	}
	var said []string
	for line := range strings.Lines(o.Log()) {
		if strings.HasPrefix(line, "operator: ") {
			said = append(said, line)
		}
	}
	if len(said) != 1 {
		t.Fatalf("said %d lines, want one:\n%s", len(said), o.Log())
	}
	return said[0]
}

func TestAMissingPermissionIsNamed(t *testing.T) {
	kubeconfig, err := suite.Cluster.KubeconfigFor(nobody)
	if err != nil {
		t.Fatal(err)
	}
	said := refuses(t, "--kubeconfig", kubeconfig)
	for _, want := range []string{"list", "watch", "pods", "nodes", "namespaces", "create", "events.events.k8s.io"} {
		if !strings.Contains(said, want) {
			t.Errorf("does not name %s: %s", want, said)
		}
	}
	grant(t, watcher, rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"pods", "namespaces"}, Verbs: []string{"get", "list", "watch"}},
		rbacv1.PolicyRule{APIGroups: []string{"events.k8s.io"}, Resources: []string{"events"}, Verbs: []string{"create"}})
	kubeconfig, err = suite.Cluster.KubeconfigFor(watcher)
	if err != nil {
		t.Fatal(err)
	}
	said = refuses(t, "--kubeconfig", kubeconfig)
	if !strings.Contains(said, "nodes") || strings.Contains(said, "pods") {
		t.Errorf("all but nodes is allowed, but it says: %s", said)
	}
}

// grant allows a user what the rules say, cluster-wide.
func grant(t *testing.T, user string, rules ...rbacv1.PolicyRule) {
	t.Helper()
	role := &rbacv1.ClusterRole{ObjectMeta: metav1.ObjectMeta{Name: user}, Rules: rules}
	if _, err := suite.Client.RbacV1().ClusterRoles().Create(t.Context(), role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: user},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: user},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.UserKind, Name: user}},
	}
	if _, err := suite.Client.RbacV1().ClusterRoleBindings().Create(t.Context(), binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func TestANamespaceThatDoesNotExistIsNamed(t *testing.T) {
	said := refuses(t, "--kubeconfig", suite.Cluster.Kubeconfig(), "--namespace", "no-such-place")
	if !strings.Contains(said, "no-such-place") {
		t.Errorf("does not name the namespace: %s", said)
	}
}

func TestAContextThatDoesNotExistIsNamed(t *testing.T) {
	said := refuses(t, "--kubeconfig", suite.Cluster.Kubeconfig(), "--context", "elsewhere")
	if !strings.Contains(said, "elsewhere") {
		t.Errorf("does not name the context: %s", said)
	}
}

func TestAMalformedKubeconfigIsNamed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "broken.yaml")
	if err := os.WriteFile(path, []byte("clusters: {["), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := refuses(t, "--kubeconfig", path); !strings.Contains(said, path) {
		t.Errorf("does not name the file: %s", said)
	}
}

func TestAPortInUseIsNamed(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	addr := taken.Addr().String()
	if said := refuses(t, "--kubeconfig", suite.Cluster.Kubeconfig(), "--api-addr", addr); !strings.Contains(said, addr) {
		t.Errorf("does not name the address: %s", said)
	}
}

func TestAServerThatIsTooOldIsNamed(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"major":"1","minor":"29","gitVersion":"v1.29.4"}`))
	}))
	defer server.Close()
	said := refuses(t, "--kubeconfig", kubeconfig(t, server.URL))
	if !strings.Contains(said, "1.29") || !strings.Contains(said, "1.30") {
		t.Errorf("names not both versions: %s", said)
	}
}

// kubeconfig writes one for a server without any credentials.
func kubeconfig(t *testing.T, server string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	content := `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "` + server + `"}}]
contexts: [{name: c, context: {cluster: c}}]
current-context: c
`
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAServerThatCanNotBeReachedIsSaidOnceAndTriedAgain(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := "http://" + free.Addr().String()
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	o := suite.Launch(t, "--kubeconfig", kubeconfig(t, server))
	harness.Eventually(t, 10*time.Second, func() error {
		if !strings.Contains(o.Log(), "not reachable") {
			return errNotYet
		}
		return nil
	})
	harness.Always(t, 4*time.Second, func() error {
		if n := strings.Count(o.Log(), "not reachable"); n != 1 {
			return errSaid(n)
		}
		return nil
	})
	if code := o.Terminate(t, 10*time.Second); code != 0 {
		t.Errorf("exit code %d after SIGTERM, want 0", code)
	}
}
