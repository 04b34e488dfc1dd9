package images

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// kindFolder is the module that pins kind, whose own files make a node of a
// Debian system.
const (
	kindFolder = "e2e"
	kindModule = "sigs.k8s.io/kind"
)

func nodeTools() []string {
	return []string{
		"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "etcd",
		"kubeadm", "kubelet", "kubectl", "containerd", "containerd-shim-runc-v2", "ctr", "runc",
	}
}

// nodePackages are those of kind's own base image, without the clients of
// network file systems, and with Debian's CNI plugins.
func nodePackages() []string {
	return []string{
		"systemd", "systemd-sysv", "dbus",
		"conntrack", "iptables", "nftables", "iproute2", "ethtool", "util-linux", "mount", "kmod",
		"libseccomp2", "pigz", "e2fsprogs",
		"bash", "ca-certificates", "curl", "jq", "procps",
		"containernetworking-plugins",
	}
}

// makeNode makes the image of a node of a kind cluster, with the images of the
// control plane in its containerd, as "kind build node-image" would.
func makeNode(ctx context.Context, k kitchen, archive string) error {
	files, err := k.kindFiles(ctx)
	if err != nil {
		return err
	}
	system, err := newDebian(ctx, filepath.Join(k.temp, "system"), nodePackages())
	if err != nil {
		return err
	}
	n := node{kitchen: k, debian: system}
	for _, step := range []func(context.Context) error{
		func(context.Context) error { return n.addKindFiles(files) },
		n.setUnits, n.addPrograms, n.addVersion, n.configureContainerd, n.loadImages,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	layer := filepath.Join(k.temp, "layer.tar")
	if err := system.layer(ctx, layer); err != nil {
		return err
	}
	return writeArchive(archive, k.image, config{
		Entrypoint: []string{"/usr/local/bin/entrypoint", "/sbin/init"},
		// By this systemd knows that it is in a container.
		Env:        []string{"container=docker", "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
		StopSignal: "SIGRTMIN+3",
	}, layer)
}

// node is a node image in the making.
type node struct {
	kitchen
	debian
}

// kindFiles returns the folder of the files that kind puts into its base image.
func (k kitchen) kindFiles(ctx context.Context) (string, error) {
	download := command(ctx, "go", "mod", "download", "-json", kindModule)
	download.Dir = filepath.Join(k.root, kindFolder)
	download.Env = append(download.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly")
	said, err := output(download)
	if err != nil {
		return "", err
	}
	var module struct{ Dir string }
	if err := json.Unmarshal([]byte(said), &module); err != nil {
		return "", fmt.Errorf("finding kind's files: %w", err)
	}
	return filepath.Join(module.Dir, "images", "base", "files"), nil
}

// addKindFiles copies kind's files: programs and scripts are executable, all
// else is not, whatever the module cache says.
func (n node) addKindFiles(files string) error {
	err := filepath.WalkDir(files, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(files, path)
		if err != nil {
			return err
		}
		mode := os.FileMode(0o644)
		if dir := filepath.Base(filepath.Dir(name)); dir == "bin" {
			mode = 0o755
		}
		return n.copy(path, name, mode)
	})
	if err != nil {
		return fmt.Errorf("copying kind's files: %w", err)
	}
	return nil
}

// setUnits leaves systemd with what a node needs, as kind's base image does.
func (n node) setUnits(ctx context.Context) error {
	for _, pattern := range []string{
		"lib/systemd/system/sysinit.target.wants/systemd-tmpfiles-setup.service",
		"lib/systemd/system/multi-user.target.wants/*",
		"etc/systemd/system/*.wants/*",
		"lib/systemd/system/local-fs.target.wants/*",
		"lib/systemd/system/sockets.target.wants/*udev*",
		"lib/systemd/system/sockets.target.wants/*initctl*",
		"lib/systemd/system/basic.target.wants/*",
	} {
		units, err := filepath.Glob(n.path(pattern))
		if err != nil {
			return fmt.Errorf("disabling units: %w", err)
		}
		for _, unit := range units {
			if err := os.Remove(unit); err != nil {
				return fmt.Errorf("disabling units: %w", err)
			}
		}
	}
	// What the host's kernel says would be taken for the node's.
	if err := n.write("etc/systemd/journald.conf.d/kmsg.conf", "[Journal]\nReadKMsg=no\n", 0o644); err != nil {
		return err
	}
	if _, err := n.run(ctx, "systemctl", "enable", "kubelet.service", "containerd.service", "undo-mount-hacks.service"); err != nil {
		return err
	}
	// It would register formats with the kernel, which all containers share.
	if _, err := n.run(ctx, "systemctl", "mask", "systemd-binfmt.service"); err != nil {
		return err
	}
	// Every container gets an identity of its own when it starts.
	return n.write("etc/machine-id", "", 0o444)
}

func (n node) addPrograms(context.Context) error {
	for folder, programs := range map[string][]string{
		"usr/bin":        {"kubeadm", "kubelet", "kubectl"},
		"usr/local/bin":  {"containerd", "containerd-shim-runc-v2", "ctr"},
		"usr/local/sbin": {"runc"},
	} {
		for _, program := range programs {
			if err := n.copy(n.tools[program], filepath.Join(folder, program), 0o755); err != nil {
				return err
			}
		}
	}
	for _, plugin := range []string{"host-local", "loopback", "portmap", "ptp"} {
		if err := n.copy(n.path("usr/lib/cni/"+plugin), "opt/cni/bin/"+plugin, 0o755); err != nil {
			return err
		}
	}
	return os.MkdirAll(n.path("etc/kubernetes/manifests"), 0o755)
}

// addVersion writes what kind asks a node image for: the version of Kubernetes
// and the manifests of its add-ons. There is no provisioner of volumes here.
func (n node) addVersion(ctx context.Context) error {
	version, err := n.kubernetesVersion(ctx)
	if err != nil {
		return err
	}
	if err := n.write("kind/version", version, 0o644); err != nil {
		return err
	}
	return n.write("kind/manifests/default-storage.yaml", `apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: standard
  annotations:
    storageclass.kubernetes.io/is-default-class: "true"
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
`, 0o644)
}

func (k kitchen) kubernetesVersion(ctx context.Context) (string, error) {
	said, err := output(command(ctx, k.tools["kubeadm"], "version", "--output=short"))
	return strings.TrimSpace(said), err
}
