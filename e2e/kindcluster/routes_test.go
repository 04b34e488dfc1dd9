package kindcluster

import (
	"reflect"
	"testing"
)

func TestEachNodeGetsARouteToThePodsOfEveryOther(t *testing.T) {
	for sentence, tc := range map[string]struct {
		endpoints []endpoint
		want      map[string][][]string
	}{
		"two nodes lead to each other": {
			[]endpoint{{"a", "10.89.0.2", "10.244.0.0/24"}, {"b", "10.89.0.3", "10.244.1.0/24"}},
			map[string][][]string{
				"a": {{"ip", "route", "replace", "10.244.1.0/24", "via", "10.89.0.3"}},
				"b": {{"ip", "route", "replace", "10.244.0.0/24", "via", "10.89.0.2"}},
			},
		},
		"no route leads to a node that has no range yet": {
			[]endpoint{{"a", "10.89.0.2", "10.244.0.0/24"}, {"b", "10.89.0.3", ""}},
			map[string][][]string{"b": {{"ip", "route", "replace", "10.244.0.0/24", "via", "10.89.0.2"}}},
		},
		"one node alone needs none": {[]endpoint{{"a", "10.89.0.2", "10.244.0.0/24"}}, map[string][][]string{}},
	} {
		t.Run(sentence, func(t *testing.T) {
			if got := planRoutes(tc.endpoints); !reflect.DeepEqual(got, tc.want) {
				t.Errorf("the routes are %v, not %v", got, tc.want)
			}
		})
	}
}
