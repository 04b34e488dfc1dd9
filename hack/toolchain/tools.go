package toolchain

import (
	"fmt"
	"slices"
	"strings"
)

// tool says how one program is built and how it is asked for its version.
type tool struct {
	name string
	// folder is the tool's module, below hack/tools.
	folder string
	// module is the module in that go.mod whose version is the tool's version.
	module string
	// pkg is the package to build.
	pkg string
	// ldflags returns the linker flags for a version.
	ldflags func(version string) string
	// tags are build tags, separated by commas.
	tags string
	// cgo is for programs that need C; all others are built without it.
	cgo bool
	// versionArgs makes the program print its version. A tool without them is
	// never taken from KUBEBUILDER_ASSETS.
	versionArgs []string
}

// table lists every tool. It is a function and not a variable so that nothing
// can change it.
func table() []tool {
	kubernetes := func(name string, versionArgs ...string) tool {
		return tool{
			name: name, folder: "kubernetes", module: "k8s.io/kubernetes",
			pkg: "k8s.io/kubernetes/cmd/" + name, ldflags: kubernetesLDFlags, versionArgs: versionArgs,
		}
	}
	containerd := func(name string) tool {
		return tool{
			name: name, folder: "containerd", module: "github.com/containerd/containerd/v2",
			pkg: "github.com/containerd/containerd/v2/cmd/" + name, ldflags: plainLDFlags,
		}
	}
	prometheus := func(name string) tool {
		return tool{
			name: name, folder: "prometheus", module: "github.com/prometheus/prometheus",
			pkg: "github.com/prometheus/prometheus/cmd/" + name, ldflags: prometheusLDFlags,
			// It finds its targets by Kubernetes alone here.
			tags: "remove_all_sd,enable_kubernetes_sd,netgo",
		}
	}
	return []tool{
		kubernetes("kube-apiserver", "--version"),
		kubernetes("kube-controller-manager", "--version"),
		kubernetes("kube-scheduler", "--version"),
		kubernetes("kubectl", "version", "--client"),
		// What a node of a kind cluster needs besides.
		kubernetes("kube-proxy", "--version"),
		kubernetes("kubeadm", "version", "--output=short"),
		kubernetes("kubelet", "--version"),
		prometheus("prometheus"),
		prometheus("promtool"),
		containerd("containerd"),
		containerd("containerd-shim-runc-v2"),
		containerd("ctr"),
		{
			name: "runc", folder: "runc", module: "github.com/opencontainers/runc",
			pkg: "github.com/opencontainers/runc", ldflags: staticLDFlags,
			// Without seccomp, no Pod with a seccomp profile starts. Static, since
			// it runs in an image that has another C library than this machine.
			tags: "seccomp,netgo,osusergo", cgo: true,
		},
		{
			name: "etcd", folder: "etcd", module: "go.etcd.io/etcd/server/v3",
			pkg: "go.etcd.io/etcd/server/v3", ldflags: plainLDFlags, versionArgs: []string{"--version"},
		},
		{
			name: "kwok", folder: "kwok", module: "sigs.k8s.io/kwok",
			pkg: "sigs.k8s.io/kwok/cmd/kwok", ldflags: plainLDFlags, versionArgs: []string{"--version"},
		},
		{
			// The benchmark of repair runs it beside the operator.
			name: "descheduler", folder: "descheduler", module: "sigs.k8s.io/descheduler",
			pkg: "sigs.k8s.io/descheduler/cmd/descheduler", ldflags: plainLDFlags,
		},
		{
			name: "actionlint", folder: "actionlint", module: "github.com/rhysd/actionlint",
			pkg: "github.com/rhysd/actionlint/cmd/actionlint", ldflags: plainLDFlags,
		},
		{
			name: "golangci-lint", folder: "lint", module: "github.com/golangci/golangci-lint/v2",
			pkg: "github.com/golangci/golangci-lint/v2/cmd/golangci-lint", ldflags: plainLDFlags,
		},
	}
}

// Names returns the names that Ensure knows, sorted.
func Names() []string {
	var names []string
	for _, t := range table() {
		names = append(names, t.name)
	}
	slices.Sort(names)
	return names
}

func find(name string) (tool, error) {
	for _, t := range table() {
		if t.name == name {
			return t, nil
		}
	}
	return tool{}, fmt.Errorf("unknown tool %q: there are %s", name, strings.Join(Names(), ", "))
}

func plainLDFlags(string) string { return "-s -w" }

func staticLDFlags(string) string { return "-s -w -extldflags=-static" }

// prometheusLDFlags sets the version that Prometheus says it is, 3.x, by that
// of its module, which is v0.3xx so that nobody takes it for a stable library.
func prometheusLDFlags(version string) string {
	release := version
	var minor, patch int
	if _, err := fmt.Sscanf(version, "v0.3%02d.%d", &minor, &patch); err == nil {
		release = fmt.Sprintf("3.%d.%d", minor, patch)
	}
	return "-s -w -X github.com/prometheus/common/version.Version=" + release
}

// kubernetesLDFlags sets the version, which a Kubernetes release has from its
// linker flags alone: without them a component takes itself for v0.0.0 and
// refuses its own feature gates.
func kubernetesLDFlags(version string) string {
	const variables = "k8s.io/component-base/version."
	major, rest, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	minor, _, _ := strings.Cut(rest, ".")
	flags := []string{"-s -w"}
	for _, v := range [][2]string{
		{"gitVersion", version},
		{"gitMajor", major},
		{"gitMinor", minor},
		{"gitTreeState", "clean"},
		{"gitCommit", strings.Repeat("0", 40)},
	} {
		flags = append(flags, "-X "+variables+v[0]+"="+v[1])
	}
	return strings.Join(flags, " ")
}
