package toolchain

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// modulePath names the module whose root folder holds hack/tools.
const modulePath = "evenkeel.dev/evenkeel"

// FindRoot returns the repository's root folder: the first one from dir
// upwards whose go.mod is that of this module. Tests run in sub folders, and
// the tools' own modules are in between.
func FindRoot(dir string) (string, error) {
	start, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("finding the repository's root: %w", err)
	}
	for at := start; ; at = filepath.Dir(at) {
		content, err := os.ReadFile(filepath.Join(at, "go.mod"))
		switch {
		case err == nil:
			if moduleName(content) == modulePath {
				return at, nil
			}
		case !errors.Is(err, fs.ErrNotExist):
			return "", fmt.Errorf("finding the repository's root: %w", err)
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("no go.mod of module %s in %s or above: run this inside a clone", modulePath, start)
		}
	}
}

// moduleName returns what a go.mod declares itself to be.
func moduleName(gomod []byte) string {
	lines := bufio.NewScanner(bytes.NewReader(gomod))
	for lines.Scan() {
		if fields := strings.Fields(lines.Text()); len(fields) >= 2 && fields[0] == "module" {
			return strings.Trim(fields[1], `"`)
		}
	}
	return ""
}

// RequiredVersion returns the version in which a go.mod requires a module.
// Its format is simple enough that asking the go command, a process for each
// tool at every start, is not worth it.
func RequiredVersion(gomod []byte, module string) (string, error) {
	lines := bufio.NewScanner(bytes.NewReader(gomod))
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "//")
		if strings.Contains(line, "=>") {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) == 3 && fields[0] == "require" {
			fields = fields[1:]
		}
		if len(fields) == 2 && fields[0] == module && strings.HasPrefix(fields[1], "v") {
			return fields[1], nil
		}
	}
	return "", fmt.Errorf("no version of %s is required there", module)
}
