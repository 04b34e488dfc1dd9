package images

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestANodesContainersHaveKindsHookAndContainerdsLimits(t *testing.T) {
	text, err := nodeSpec([]byte(`{"ociVersion":"1.3.0","process":{"cwd":"/","rlimits":[{"type":"RLIMIT_NOFILE"}]}}`))
	if err != nil {
		t.Fatal(err)
	}
	var spec struct {
		OCIVersion string `json:"ociVersion"`
		Process    map[string]any
		Hooks      struct {
			CreateContainer []struct{ Path string }
		}
	}
	if err := json.Unmarshal([]byte(text), &spec); err != nil {
		t.Fatal(err)
	}
	if _, limited := spec.Process["rlimits"]; limited || spec.Process["cwd"] != "/" || spec.OCIVersion != "1.3.0" {
		t.Errorf("the specification is %s, want the standard one without limits", text)
	}
	if hooks := spec.Hooks.CreateContainer; len(hooks) != 1 || hooks[0].Path != "/kind/bin/mount-product-files.sh" {
		t.Errorf("the hooks are %v", hooks)
	}
}

func TestTheSandboxImageIsTheOneThatKindNames(t *testing.T) {
	dir := t.TempDir()
	n := node{debian: debian(dir)}
	if err := n.write("etc/containerd/config.toml", "# sandbox_image = \"no\"\n  sandbox_image = \"example.test/pause:3\"\n", 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := n.sandboxImage(); err != nil || got != "example.test/pause:3" {
		t.Errorf("the sandbox image is %q, %v", got, err)
	}
	if err := n.write("etc/containerd/config.toml", "version = 2\n", 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := n.sandboxImage(); err == nil {
		t.Errorf("without one it is %q, want an error", got)
	}
}

func TestThePodNetworksTemplateIsJSON(t *testing.T) {
	var list struct{ Plugins []struct{ Type string } }
	if err := json.Unmarshal([]byte(strings.ReplaceAll(cniTemplate, "{{.PodCIDR}}", "10.0.0.0/24")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Plugins) != 2 || list.Plugins[0].Type != "ptp" {
		t.Errorf("the plugins are %v", list.Plugins)
	}
}

func TestAFileIsCopiedWithTheModeThatIsAskedFor(t *testing.T) {
	dir := t.TempDir()
	system := debian(filepath.Join(dir, "system"))
	if err := system.copy(write(t, filepath.Join(dir, "tool"), "x"), "usr/bin/tool", 0o755); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(system.path("usr/bin/tool"))
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("it is %v, %v; want 0755", info.Mode(), err)
	}
}

func TestTheKeyOfAnImageChangesWithWhatItIsMadeOf(t *testing.T) {
	k := kitchen{root: t.TempDir()}
	system := debian(k.root)
	keyOf := func(tool, content, kind string) string {
		t.Helper()
		if err := system.write(tool, content, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := system.write("e2e/go.mod", "module e2e\n\nrequire sigs.k8s.io/kind "+kind+"\n", 0o644); err != nil {
			t.Fatal(err)
		}
		k.tools = map[string]string{"runc": system.path(tool)}
		key, err := recipe{tools: []string{"runc"}, kind: true}.key(k)
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
	base := keyOf("v1-aaaa/runc", "x", "v0.1.0")
	if again := keyOf("v1-aaaa/runc", "x", "v0.1.0"); again != base {
		t.Errorf("the key is %s and then %s", base, again)
	}
	k.goVersion = "go1.99"
	otherGo := keyOf("v1-aaaa/runc", "x", "v0.1.0")
	k.goVersion = ""
	for what, key := range map[string]string{
		"another Go":              otherGo,
		"another build of a tool": keyOf("v1-bbbb/runc", "x", "v0.1.0"),
		"another prebuilt tool":   keyOf("v1-aaaa/runc", "xy", "v0.1.0"),
		"another kind":            keyOf("v1-aaaa/runc", "x", "v0.2.0"),
	} {
		if key == base {
			t.Errorf("%s gives the same key", what)
		}
	}
}

func TestAnUnknownImageIsAnErrorThatListsThoseKnown(t *testing.T) {
	_, err := Ensure(t.Context(), "nod", nil)
	if err == nil || !strings.Contains(err.Error(), "node, pause, prometheus") {
		t.Errorf("the error is %v", err)
	}
}
