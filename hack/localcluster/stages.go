package localcluster

import (
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
)

//go:embed stages/node.yaml
var nodeStages []byte

//go:embed stages/pod.yaml
var podStages []byte

// writeStages writes what kwok shall do to nodes and Pods, and returns the
// files' paths.
func writeStages(dir string) ([]string, error) {
	var paths []string
	for _, stages := range []struct {
		name    string
		content []byte
	}{{"node.yaml", nodeStages}, {"pod.yaml", podStages}} {
		path := filepath.Join(dir, stages.name)
		if err := os.WriteFile(path, stages.content, 0o600); err != nil {
			return nil, fmt.Errorf("writing the stages for kwok: %w", err)
		}
		paths = append(paths, path)
	}
	return paths, nil
}
