package placement_test

import (
	"testing"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func TestEveryVerdictHasItsSeverityAndRank(t *testing.T) {
	tests := map[placement.Verdict]struct {
		severity placement.Severity
		atRisk   bool
		rank     int
	}{
		placement.Unavailable: {placement.Critical, true, 0},
		placement.NodeFragile: {placement.Critical, true, 1},
		placement.ZoneFragile: {placement.Warning, true, 2},
		placement.Uneven:      {placement.Warning, true, 3},
		placement.Settling:    {placement.None, false, 4},
		placement.Single:      {placement.Info, false, 5},
		placement.Healthy:     {placement.None, false, 6},
	}
	if len(placement.Verdicts()) != len(tests) {
		t.Errorf("%d verdicts, want %d", len(placement.Verdicts()), len(tests))
	}
	for _, v := range placement.Verdicts() {
		t.Run(string(v), func(t *testing.T) {
			want, ok := tests[v]
			if !ok {
				t.Fatal("not in the truth table")
			}
			if v.Severity() != want.severity || v.AtRisk() != want.atRisk || v.Rank() != want.rank {
				t.Errorf("severity %s, at risk %t, rank %d; want %+v", v.Severity(), v.AtRisk(), v.Rank(), want)
			}
			if parsed, ok := placement.ParseVerdict(string(v)); !ok || parsed != v {
				t.Errorf("parsed from its own name it is %q, %t", parsed, ok)
			}
		})
	}
}

func TestEverySeverityIsParsedFromItsName(t *testing.T) {
	for _, s := range placement.Severities() {
		if parsed, ok := placement.ParseSeverity(string(s)); !ok || parsed != s {
			t.Errorf("%q is parsed as %q, %t", s, parsed, ok)
		}
	}
}

func TestUnknownNamesAreNoVerdictAndNoSeverity(t *testing.T) {
	for _, name := range []string{"", "healthy", "CRITICAL", "Fine"} {
		if v, ok := placement.ParseVerdict(name); ok {
			t.Errorf("%q is verdict %q", name, v)
		}
		if s, ok := placement.ParseSeverity(name); ok {
			t.Errorf("%q is severity %q", name, s)
		}
	}
	if rank := placement.Verdict("Fine").Rank(); rank <= placement.Healthy.Rank() {
		t.Errorf("an unknown verdict ranks %d, before known ones", rank)
	}
}
