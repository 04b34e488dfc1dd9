package placement_test

import (
	"testing"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestSinceIsTheLastThingThatTheClusterSaysChanged(t *testing.T) {
	changed := func(r placement.Replica, placed, changed time.Duration) placement.Replica {
		r.Placed, r.Changed = ago(placed), ago(changed)
		return r
	}
	tests := map[string]struct {
		workload placement.Workload
		want     time.Time
	}{
		"the last placement": {
			workload(with(changed(ready("a", "1"), 3*time.Minute, 9*time.Minute), changed(ready("a", "1"), 5*time.Minute, 8*time.Minute))),
			ago(3 * time.Minute)},
		"the last change of readiness": {
			workload(with(changed(ready("a", "1"), 9*time.Minute, 4*time.Minute), changed(unready("a", "1"), 9*time.Minute, 2*time.Minute))),
			ago(2 * time.Minute)},
		"never later than now, whatever another clock says": {
			workload(with(changed(ready("a", "1"), time.Hour, -time.Minute), ready("a", "1"))),
			noon()},
		"the last creation where no replica was ever placed": {
			workload(with(waiting(20*time.Minute), waiting(15*time.Minute))),
			ago(15 * time.Minute)},
		"unknown where the cluster tells no time": {
			workload(several(2, placement.Replica{Node: "a", Ready: true})),
			time.Time{}},
		"not a removal, of which nothing is left after a restart": {
			workload(with(changed(ready("a", "1"), 9*time.Minute, 9*time.Minute)), removed(time.Minute)),
			ago(9 * time.Minute)},
		"the beginning of the settling while it settles": {
			workload(with(changed(ready("a", "1"), 9*time.Minute, 2*time.Minute)), terminating(time.Minute), settlingFor(5*time.Minute)),
			ago(5 * time.Minute)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if a := assess(t, tt.workload); !a.Since.Equal(tt.want) {
				t.Errorf("%s since %s, want %s", a.Verdict, a.Since, tt.want)
			}
		})
	}
}
