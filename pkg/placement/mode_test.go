package placement_test

import (
	"fmt"
	"testing"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestWhoeverSaysLessAboutTheModeWins(t *testing.T) {
	tests := map[string]struct {
		consent placement.Consent
		want    placement.Mode
	}{
		"all that have a say, and the Namespace, say enforce": {
			placement.Consent{Flag: placement.Enforce, Operator: "enforce", Namespace: "enforce", Pods: "enforce"}, placement.Enforce,
		},
		"the Namespace's word is enough":           {placement.Consent{Flag: placement.Enforce, Namespace: "enforce"}, placement.Enforce},
		"the Pods' word is enough":                 {placement.Consent{Flag: placement.Enforce, Pods: "enforce"}, placement.Enforce},
		"nobody asked for it":                      {placement.Consent{Flag: placement.Enforce}, placement.Observe},
		"the operator's Namespace can't ask":       {placement.Consent{Flag: placement.Enforce, Operator: "enforce"}, placement.Observe},
		"the flag is a ceiling":                    {placement.Consent{Flag: placement.Shadow, Namespace: "enforce", Pods: "enforce"}, placement.Shadow},
		"a flag of observe is one too":             {placement.Consent{Flag: placement.Observe, Namespace: "enforce"}, placement.Observe},
		"the Pods say less than their Namespace":   {placement.Consent{Flag: placement.Enforce, Namespace: "enforce", Pods: "shadow"}, placement.Shadow},
		"the Namespace says less than the Pods":    {placement.Consent{Flag: placement.Enforce, Namespace: "observe", Pods: "enforce"}, placement.Observe},
		"the kill switch":                          {placement.Consent{Flag: placement.Enforce, Operator: "observe", Namespace: "enforce"}, placement.Observe},
		"the kill switch may go to shadow only":    {placement.Consent{Flag: placement.Enforce, Operator: "shadow", Namespace: "enforce"}, placement.Shadow},
		"the kill switch may be off":               {placement.Consent{Flag: placement.Enforce, Operator: "off", Namespace: "enforce"}, placement.Off},
		"off hides an app that is observed only":   {placement.Consent{Flag: placement.Observe, Pods: "off"}, placement.Off},
		"off of the Namespace hides its Pods":      {placement.Consent{Flag: placement.Enforce, Namespace: "off", Pods: "enforce"}, placement.Off},
		"what is malformed is as if absent":        {placement.Consent{Flag: placement.Enforce, Namespace: "Enforce", Pods: "enforce "}, placement.Observe},
		"malformed at one, enforce at the other":   {placement.Consent{Flag: placement.Enforce, Namespace: "yes", Pods: "enforce"}, placement.Enforce},
		"a malformed kill switch switches nothing": {placement.Consent{Flag: placement.Enforce, Operator: "stop", Namespace: "enforce"}, placement.Enforce},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.consent.Mode(); got != test.want {
				t.Errorf("%+v is %s, want %s", test.consent, got, test.want)
			}
		})
	}
}

// said are all the ways in which an annotation can speak.
func said() []string { return []string{"", "off", "observe", "shadow", "enforce", "malformed"} }

func TestOfAllCombinationsOnlyThoseThatAgreeAreEnforced(t *testing.T) {
	wellFormed := func(s string) bool { return s != "" && s != "malformed" }
	allows := func(s string) bool { return s == "enforce" || !wellFormed(s) }
	for _, flag := range placement.Modes() {
		for _, operator := range said() {
			for _, namespace := range said() {
				for _, pods := range said() {
					c := placement.Consent{Flag: flag, Operator: operator, Namespace: namespace, Pods: pods}
					asked := namespace == "enforce" || pods == "enforce"
					want := flag == placement.Enforce && asked && allows(operator) && allows(namespace) && allows(pods)
					got := c.Mode()
					if (got == placement.Enforce) != want {
						t.Errorf("%+v is %s, and should it be enforced: %t", c, got, want)
					}
					for _, text := range []string{flag.String(), operator, namespace, pods} {
						if m, ok := placement.ParseMode(text); ok && got > m {
							t.Errorf("%+v is %s, more than %s", c, got, m)
						}
					}
					if !wellFormed(namespace) && !wellFormed(pods) && got > placement.Observe {
						t.Errorf("%+v is %s, though nobody asked for more than observe", c, got)
					}
				}
			}
		}
	}
}

func TestEveryModeIsParsedFromItsOwnNameAlone(t *testing.T) {
	for _, m := range placement.Modes() {
		if got, ok := placement.ParseMode(m.String()); !ok || got != m {
			t.Errorf("%s is read as %s, %t", m, got, ok)
		}
		_, invalid := placement.DefaultPolicy().Override(map[string]string{placement.ModeAnnotation: m.String()})
		if len(invalid) > 0 {
			t.Errorf("the policy does not know %s", m)
		}
	}
	for _, name := range []string{"", "ENFORCE", " enforce", "on", fmt.Sprint(placement.Mode(9))} {
		if m, ok := placement.ParseMode(name); ok {
			t.Errorf("%q is read as %s", name, m)
		}
	}
}
