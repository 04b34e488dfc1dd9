package kindcluster

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
)

// facts are what about the machine decides how the cluster is configured.
type facts struct {
	// cgroupV1 says that the engine's containers are in cgroups of version 1,
	// which the kubelet refuses unless it is told not to.
	cgroupV1 bool
	// noSysResource says that not even root may lower the OOM score of a
	// process, as containerd does for Pods.
	noSysResource bool
}

// capSysResource is the bit of CAP_SYS_RESOURCE in a set of capabilities.
const capSysResource = 24

func detect(ctx context.Context, e engine) (facts, error) {
	format := "{{.CgroupVersion}}"
	if e == podman {
		format = "{{.Host.CgroupsVersion}}"
	}
	out, err := e.output(ctx, "info", "--format", format)
	if err != nil {
		return facts{}, fmt.Errorf("asking the container engine about the machine: %w", err)
	}
	f := facts{cgroupV1: isCgroupV1(string(out))}
	// A docker engine has capabilities of its own, and may be on another
	// machine; podman's containers have those of whoever starts them. Without
	// root, the node image's entrypoint sees to it.
	if e == podman && os.Getuid() == 0 {
		status, err := os.ReadFile("/proc/self/status")
		f.noSysResource = err == nil && lacksCapability(string(status), capSysResource)
	}
	return f, nil
}

// modules is where kind's nodes expect the kernel's modules.
const modules = "/lib/modules"

// provideModules makes the folder that kind mounts into its nodes, where the
// kernel has no modules: docker would make it, podman does not.
func provideModules(e engine, folder string) error {
	if e != podman || runtime.GOOS != "linux" {
		return nil
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("podman needs the folder %s: make it as root (sudo mkdir %[1]s): %[2]w", folder, err)
	}
	return nil
}

// isCgroupV1 reads what docker ("1") and podman ("v1") call the version.
func isCgroupV1(said string) bool {
	return strings.TrimPrefix(strings.TrimSpace(said), "v") == "1"
}

// lacksCapability looks for a capability in the effective set of a process, as
// the kernel shows it in the file status.
func lacksCapability(status string, bit int) bool {
	for line := range strings.Lines(status) {
		value, found := strings.CutPrefix(line, "CapEff:")
		if !found {
			continue
		}
		set, err := strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		return err == nil && set&(1<<bit) == 0
	}
	return false
}
