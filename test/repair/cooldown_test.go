package repair_test

import (
	"strings"
	"testing"
)

func TestAWorkloadIsLeftAloneForAWhileAfterAMove(t *testing.T) {
	w := suite.World(t, 1, "a", "b", "c")
	crowded(t, w, "web", 4, 3) // two moves away from well
	w.Annotate(t, "evenkeel.dev/mode", "enforce")
	o := operator(t, "enforce")
	planOf(t, o, w.Namespace, "web", blockedAs("cool-down", "its last move was less than 1m0s ago"))
	if note := told(t, w.Namespace, "web", "Rebalanced"); !strings.Contains(note, "75%") {
		t.Errorf("told: %s", note)
	}
	stays(t, w, uids(w.Pods(t, "web")), "web")
	wantAsked(t, w.Namespace, 1)
}
