package repair_test

import "testing"

func TestNodesThatAreAboutToGoAreLeftToWhoeverEmptiesThem(t *testing.T) {
	w := suite.World(t, 1, "a", "b", "c")
	crowded(t, w, "web", 2, 3)
	const taint = "DeletionCandidateOfClusterAutoscaler"
	for n := 2; n <= 3; n++ {
		w.PatchNode(t, n, `{"spec":{"taints":[{"key":"`+taint+`","value":"1","effect":"PreferNoSchedule"}]}}`)
	}
	before := uids(w.Pods(t, "web"))
	w.Annotate(t, "evenkeel.dev/mode", "enforce")
	o := operator(t, "enforce")
	planOf(t, o, w.Namespace, "web", blockedAs("node-leaving", "every other node that would take it is about to go: "+w.Node(3)+" bears the taint "+taint))
	w.Cordon(t, 1, true)
	planOf(t, o, w.Namespace, "web", blockedAs("node-leaving", "its node "+w.Node(1)+" is cordoned"))
	w.PatchNode(t, 2, `{"spec":{"taints":null}}`)
	stays(t, w, before, "web")
	wantAsked(t, w.Namespace, 0)
	w.Cordon(t, 1, false)
	says(t, o, w.Namespace, "web", "Healthy")
	wantAsked(t, w.Namespace, 1)
}
