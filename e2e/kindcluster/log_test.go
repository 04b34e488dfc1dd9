package kindcluster

import (
	"strings"
	"testing"
)

func TestKindsLogIsPlainText(t *testing.T) {
	var out strings.Builder
	log := newLogger(&out)
	log.Warn("enabling experimental podman provider")
	log.Warn("cgroup v1 is deprecated")
	log.V(0).Infof(" • %s  ...\n", "Preparing nodes 📦 📦 ")
	log.V(0).Infof(" ✓ %s\n", "Preparing nodes 📦 📦 ")
	log.V(1).Info("what goes deeper")
	log.V(0).Info("")
	want := "kind: warning: cgroup v1 is deprecated\nkind: Preparing nodes ...\n"
	if out.String() != want {
		t.Errorf("it says %q, not %q", out.String(), want)
	}
	newLogger(nil).linef("nobody hears")
}
