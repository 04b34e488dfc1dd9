package placement

// Verdict is what a workload's placement means; the zero value is none.
type Verdict string

// The verdicts, in the order in which the truth table asks for them.
const (
	Unavailable Verdict = "Unavailable"
	Settling    Verdict = "Settling"
	Single      Verdict = "Single"
	NodeFragile Verdict = "NodeFragile"
	ZoneFragile Verdict = "ZoneFragile"
	Uneven      Verdict = "Uneven"
	Healthy     Verdict = "Healthy"
)

// Verdicts lists every verdict in the order of the truth table.
func Verdicts() []Verdict {
	return []Verdict{Unavailable, Settling, Single, NodeFragile, ZoneFragile, Uneven, Healthy}
}

// ParseVerdict returns the verdict of that name, and false where there is none.
func ParseVerdict(name string) (Verdict, bool) {
	for _, v := range Verdicts() {
		if string(v) == name {
			return v, true
		}
	}
	return "", false
}

// Severity is how much a verdict matters.
type Severity string

// The severities, worst first.
const (
	Critical Severity = "critical"
	Warning  Severity = "warning"
	Info     Severity = "info"
	None     Severity = "none"
)

// Severities lists every severity, worst first.
func Severities() []Severity { return []Severity{Critical, Warning, Info, None} }

// ParseSeverity returns the severity of that name, and false where there is none.
func ParseSeverity(name string) (Severity, bool) {
	for _, s := range Severities() {
		if string(s) == name {
			return s, true
		}
	}
	return "", false
}

// Severity gives the verdict's severity.
func (v Verdict) Severity() Severity {
	switch v {
	case Unavailable, NodeFragile:
		return Critical
	case ZoneFragile, Uneven:
		return Warning
	case Single:
		return Info
	default:
		return None
	}
}

// AtRisk is true for the verdicts that call for action: those of severity
// critical or warning.
func (v Verdict) AtRisk() bool {
	s := v.Severity()
	return s == Critical || s == Warning
}

// Rank orders verdicts by how bad they are: 0 is the worst. It is the truth
// table's order, with Settling after all that is at risk, since it may still
// end well.
func (v Verdict) Rank() int {
	switch v {
	case Unavailable:
		return 0
	case NodeFragile:
		return 1
	case ZoneFragile:
		return 2
	case Uneven:
		return 3
	case Settling:
		return 4
	case Single:
		return 5
	case Healthy:
		return 6
	default:
		return 7
	}
}
