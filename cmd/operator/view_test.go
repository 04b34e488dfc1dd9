package main

import (
	"reflect"
	"testing"

	"evenkeel.dev/evenkeel/pkg/eligibility"
	"evenkeel.dev/evenkeel/pkg/repair"
	"evenkeel.dev/evenkeel/pkg/snapshot"
)

func TestTheClustersHealthIsThatOfItsMachines(t *testing.T) {
	got := healthOf([]eligibility.Facts{
		{Name: "a", Zone: "1", Ready: true}, {Name: "b", Zone: "1"}, {Name: "c", Zone: "2"}, {Name: "d", Zone: "3"}, {Name: "e"},
		{Name: "v", Zone: "2", Ready: true, Virtual: true},
	})
	want := repair.Health{Nodes: 5, NotReady: 4, DeadZones: []string{"2", "3"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestPodsThatGoAreNoReplicas(t *testing.T) {
	got := replicasOf([]snapshot.Pod{
		{UID: "1", Name: "stays", Node: "a", Owner: "o", Ready: true, OptOuts: []string{"first", "second"}, Critical: true},
		{UID: "2", Name: "goes", Terminating: true},
	})
	want := []repair.Pod{{UID: "1", Name: "stays", Node: "a", Owner: "o", Ready: true, OptOut: "first", Critical: true}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
