package images

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// debianRelease is what the images that hold a Debian system are made of.
const debianRelease = "bookworm"

// debian is the root folder of an unpacked Debian system.
type debian string

// newDebian unpacks a minimal system with further packages, which takes a
// minute and must be root's work.
func newDebian(ctx context.Context, dir string, packages []string) (debian, error) {
	if os.Geteuid() != 0 {
		return "", errors.New("unpacking Debian's packages takes root: run this with sudo, or where the released images can be pulled")
	}
	if _, err := exec.LookPath("debootstrap"); err != nil {
		return "", errors.New("debootstrap is not installed: apt-get install debootstrap")
	}
	err := run(command(ctx, "debootstrap", "--variant=minbase", "--include="+strings.Join(packages, ","), debianRelease, dir))
	if err != nil {
		return "", err
	}
	system := debian(dir)
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", fmt.Errorf("opening the system's root folder: %w", err)
	}
	return system, system.clean()
}

// clean removes what the packages' installation leaves and nobody reads in a
// container.
func (d debian) clean() error {
	for _, pattern := range []string{
		"var/cache/apt/*", "var/cache/debconf/*", "var/lib/apt/lists/*", "var/log/*",
		"usr/share/doc/*", "usr/share/man/*", "usr/share/locale/*", "debootstrap",
	} {
		matches, err := filepath.Glob(d.path(pattern))
		if err != nil {
			return fmt.Errorf("cleaning the system: %w", err)
		}
		for _, match := range matches {
			if err := os.RemoveAll(match); err != nil {
				return fmt.Errorf("cleaning the system: %w", err)
			}
		}
	}
	return nil
}

// path returns where something in the system is on this machine.
func (d debian) path(name string) string { return filepath.Join(string(d), name) }

// run runs a command inside of the system.
func (d debian) run(ctx context.Context, name string, args ...string) (string, error) {
	cmd := command(ctx, "chroot", append([]string{string(d), name}, args...)...)
	cmd.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C", "DEBIAN_FRONTEND=noninteractive"}
	return output(cmd)
}

// write writes a file into the system.
func (d debian) write(name, content string, mode os.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(d.path(name)), 0o755); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	if err := os.WriteFile(d.path(name), []byte(content), mode); err != nil {
		return fmt.Errorf("writing %s: %w", name, err)
	}
	return os.Chmod(d.path(name), mode) // whatever the umask is
}

// copy copies a file of this machine into the system.
func (d debian) copy(source, name string, mode os.FileMode) error {
	content, err := os.ReadFile(source)
	if err != nil {
		return fmt.Errorf("copying %s: %w", name, err)
	}
	return d.write(name, string(content), mode)
}

// layer writes the whole system into a tar file.
func (d debian) layer(ctx context.Context, file string) error {
	return run(command(ctx, "tar", "--numeric-owner", "--xattrs", "--xattrs-include=*", "--one-file-system",
		"-C", string(d), "-cf", file, "."))
}

// extract writes files of the system into a tar file: those that load
// libraries, with these, and those that load none.
func (d debian) extract(ctx context.Context, file string, dynamic, static []string) error {
	files := slices.Concat(dynamic, static)
	libraries, err := d.run(ctx, "ldd", dynamic...)
	if err != nil {
		return fmt.Errorf("finding libraries: %w", err)
	}
	for _, word := range strings.Fields(libraries) {
		if strings.HasPrefix(word, "/") && !strings.HasSuffix(word, ":") {
			files = append(files, word)
		}
	}
	if err := d.write("/extract.list", strings.Join(files, "\n")+"\n", 0o644); err != nil {
		return err
	}
	// Inside of the system, where the links between its files lead to its own;
	// what they lead to is taken in their place.
	if _, err := d.run(ctx, "tar", "--dereference", "--hard-dereference", "--numeric-owner", "-cf", "/extract.tar", "-T", "/extract.list"); err != nil {
		return err
	}
	if err := os.Remove(d.path("/extract.list")); err != nil {
		return fmt.Errorf("cleaning up: %w", err)
	}
	if err := os.Rename(d.path("/extract.tar"), file); err != nil {
		return fmt.Errorf("moving the extract: %w", err)
	}
	return nil
}
