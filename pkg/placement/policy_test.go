package placement_test

import (
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestParseLossReadsPercentagesAndNothingElse(t *testing.T) {
	const (
		noPercentage = "want a percentage such as 34%"
		outOfRange   = "a percentage must be above 0% and at most 100%"
	)
	tests := map[string]struct {
		loss float64
		err  string
	}{
		"34%":    {loss: 0.34},
		"33.4%":  {loss: 0.334},
		"100%":   {loss: 1},
		"0100%":  {loss: 1},
		" 34% ":  {loss: 0.34},
		"0.001%": {loss: 0.00001},

		"0%":                                   {err: outOfRange},
		"0.0%":                                 {err: outOfRange},
		"100.1%":                               {err: outOfRange},
		"140%":                                 {err: outOfRange},
		"0." + strings.Repeat("0", 323) + "5%": {err: outOfRange}, // a hundredth of it is nothing

		"":                             {err: noPercentage},
		"%":                            {err: noPercentage},
		".%":                           {err: noPercentage},
		"34":                           {err: noPercentage},
		"0.34":                         {err: noPercentage},
		"34 %":                         {err: noPercentage},
		"34%%":                         {err: noPercentage},
		"%34":                          {err: noPercentage},
		"-3%":                          {err: noPercentage},
		"+3%":                          {err: noPercentage},
		"3,4%":                         {err: noPercentage},
		"3.4.5%":                       {err: noPercentage},
		"1_0%":                         {err: noPercentage},
		"0x10%":                        {err: noPercentage},
		"1e1%":                         {err: noPercentage},
		"1e400%":                       {err: noPercentage},
		"NaN%":                         {err: noPercentage},
		"Inf%":                         {err: noPercentage},
		"٣٤%":                          {err: noPercentage},
		"half":                         {err: noPercentage},
		"34%\x00":                      {err: noPercentage},
		strings.Repeat("9", 400) + "%": {err: noPercentage},
	}
	for text, tt := range tests {
		t.Run(text, func(t *testing.T) {
			loss, err := placement.ParseLoss(text)
			if message(err) != tt.err || math.Abs(loss-tt.loss) > 1e-12 {
				t.Errorf("is %v, %q; want %v, %q", loss, message(err), tt.loss, tt.err)
			}
		})
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestOverridePutsAnnotationsOverThePolicy(t *testing.T) {
	const (
		node   = "evenkeel.dev/max-node-loss"
		zone   = "evenkeel.dev/max-zone-loss"
		settle = "evenkeel.dev/settle"
		mode   = "evenkeel.dev/mode"
	)
	policy := func(node, zone float64, settle time.Duration) placement.Policy {
		return placement.Policy{MaxNodeLoss: node, MaxZoneLoss: zone, Settle: settle, SettleMax: 10 * time.Minute}
	}
	unchanged := policy(0.5, 1, 30*time.Second)
	tests := map[string]struct {
		annotations map[string]string
		want        placement.Policy
		invalid     []string
	}{
		"no annotation": {
			nil, unchanged, nil},
		"annotations of others": {
			map[string]string{"example.com/settle": "x", "settle": "y", "evenkeel.dev/other": "z"}, unchanged, nil},
		"all of them": {
			map[string]string{node: "34%", zone: "67%", settle: "2m", mode: "enforce"}, policy(0.34, 0.67, 2*time.Minute), nil},
		"one of them": {
			map[string]string{zone: "67%"}, policy(0.5, 0.67, 30*time.Second), nil},
		"settling for no time, and space around it": {
			map[string]string{settle: " 0 "}, policy(0.5, 1, 0), nil},
		"settling for all of settle-max": {
			map[string]string{settle: "10m"}, policy(0.5, 1, 10*time.Minute), nil},
		"settling for longer than settle-max": {
			map[string]string{settle: "10m1s"}, unchanged,
			[]string{`annotation evenkeel.dev/settle: "10m1s" is ignored: longer than --settle-max (10m0s)`}},
		"settling for less than nothing": {
			map[string]string{settle: "-1s"}, unchanged,
			[]string{`annotation evenkeel.dev/settle: "-1s" is ignored: a duration must not be negative`}},
		"settling for 30 of no unit": {
			map[string]string{settle: "30"}, unchanged,
			[]string{`annotation evenkeel.dev/settle: "30" is ignored: want a duration such as 30s or 2m`}},
		"settling for longer than a duration holds": {
			map[string]string{settle: "9999999h"}, unchanged,
			[]string{`annotation evenkeel.dev/settle: "9999999h" is ignored: want a duration such as 30s or 2m`}},
		"an unknown mode": {
			map[string]string{mode: "Enforce"}, unchanged,
			[]string{`annotation evenkeel.dev/mode: "Enforce" is ignored: want one of off, observe, shadow, enforce`}},
		"an empty value": {
			map[string]string{node: ""}, unchanged,
			[]string{`annotation evenkeel.dev/max-node-loss: "" is ignored: want a percentage such as 34%`}},
		"malformed ones leave the others in force": {
			map[string]string{node: "140%", zone: "67%", settle: "soon", mode: "on"}, policy(0.5, 0.67, 30*time.Second),
			[]string{
				`annotation evenkeel.dev/max-node-loss: "140%" is ignored: a percentage must be above 0% and at most 100%`,
				`annotation evenkeel.dev/settle: "soon" is ignored: want a duration such as 30s or 2m`,
				`annotation evenkeel.dev/mode: "on" is ignored: want one of off, observe, shadow, enforce`,
			}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, invalid := placement.DefaultPolicy().Override(tt.annotations)
			if got != tt.want {
				t.Errorf("policy is %+v, want %+v", got, tt.want)
			}
			var said []string
			for _, i := range invalid {
				said = append(said, i.Error())
			}
			if !equal(said, tt.invalid) {
				t.Errorf("invalid are %q,\nwant %q", said, tt.invalid)
			}
		})
	}
}

func TestOverrideOfAPodsAnnotationsKeepsWhatTheNamespaceSaid(t *testing.T) {
	p, _ := placement.DefaultPolicy().Override(map[string]string{placement.MaxNodeLossAnnotation: "34%", placement.SettleAnnotation: "2m"})
	p, invalid := p.Override(map[string]string{placement.MaxNodeLossAnnotation: "a third", placement.SettleAnnotation: "1m"})
	if p.MaxNodeLoss != 0.34 || p.Settle != time.Minute || len(invalid) != 1 {
		t.Errorf("policy is %+v with %d invalid, want 34%% and 1m with one", p, len(invalid))
	}
}

func TestEveryModeIsValid(t *testing.T) {
	for _, mode := range []string{"off", "observe", "shadow", "enforce"} {
		if _, invalid := placement.DefaultPolicy().Override(map[string]string{placement.ModeAnnotation: mode}); invalid != nil {
			t.Errorf("%s: %v", mode, invalid)
		}
	}
}

func TestInvalidQuotesAValueCutToFit(t *testing.T) {
	tests := map[string]struct{ value, want string }{
		"one that fits":                      {strings.Repeat("x", 64), `"` + strings.Repeat("x", 64) + `"`},
		"one that is too long":               {strings.Repeat("x", 65), `"` + strings.Repeat("x", 64) + `…"`},
		"one that is cut between characters": {"x" + strings.Repeat("é", 40), `"x` + strings.Repeat("é", 31) + `…"`},
		"one of several lines":               {"a\nb\t\"c\"", `"a\nb\t\"c\""`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := placement.Invalid{Annotation: placement.SettleAnnotation, Value: tt.value, Why: "why"}.Error()
			if want := "annotation evenkeel.dev/settle: " + tt.want + " is ignored: why"; got != want {
				t.Errorf("it says %s\nwant %s", got, want)
			}
			if !utf8.ValidString(got) || strings.ContainsAny(got, "\n\t") {
				t.Errorf("%q is not one line of valid UTF-8", got)
			}
		})
	}
}

func TestEveryAnnotationThatIsListedIsReadAndNoOther(t *testing.T) {
	malformed := map[string]string{"evenkeel.dev/other": "?"}
	for _, a := range placement.Annotations() {
		malformed[a] = "?"
	}
	var read []string
	_, invalid := placement.DefaultPolicy().Override(malformed)
	for _, i := range invalid {
		read = append(read, i.Annotation)
	}
	if !equal(read, placement.Annotations()) {
		t.Errorf("read %q, listed %q", read, placement.Annotations())
	}
}
