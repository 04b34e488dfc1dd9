package localcluster

import (
	"strings"
	"testing"
	"time"
)

func TestOptionsThatCannotBeMeantAreRefused(t *testing.T) {
	for want, options := range map[string]Options{
		"without a name":        {Users: []User{{}}},
		`two users by the name`: {Users: []User{{Name: adminUser}}},
		"whole seconds":         {NodeGracePeriod: 1500 * time.Millisecond},
		"at least one":          {NodeGracePeriod: -time.Second},
	} {
		if _, err := options.withDefaults(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, want one that says %q", err, want)
		}
	}
}

func TestEveryUserHasATokenOfItsOwn(t *testing.T) {
	options, err := Options{Users: []User{{Name: "a"}, {Name: "b"}, {Name: "c", Token: "given"}}}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	tokens := map[string]string{}
	for _, user := range options.Users {
		if other, taken := tokens[user.Token]; taken || user.Token == "" {
			t.Errorf("%s has the token of %q", user.Name, other)
		}
		tokens[user.Token] = user.Name
	}
	if tokens["given"] != "c" {
		t.Error("a given token is not kept")
	}
}

func TestSimulatedNodesAreSpreadOverZones(t *testing.T) {
	zones := map[string]int{}
	for _, node := range Nodes(60, 30) {
		zones[node.Labels["topology.kubernetes.io/zone"]]++
	}
	if len(zones) != 30 || zones["zone-a"] != 2 || zones["zone-z"] != 2 || zones["zone-30"] != 2 {
		t.Errorf("the zones are %v, want two nodes in each of 30", zones)
	}
	if _, labelled := Nodes(1, 0)[0].Labels["topology.kubernetes.io/zone"]; labelled {
		t.Error("a node that is in no zone has a label for it")
	}
}
