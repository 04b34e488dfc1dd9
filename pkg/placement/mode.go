package placement

// Mode is how far Evenkeel may go with a workload. A lesser mode allows less.
type Mode int

// The modes, from the least to the most that is allowed.
const (
	// Off hides a workload from Events and repair.
	Off Mode = iota
	// Observe reports, and evicts nothing.
	Observe
	// Shadow does all that Enforce does but the eviction.
	Shadow
	// Enforce evicts.
	Enforce
)

// Modes lists every mode, the least first.
func Modes() []Mode { return []Mode{Off, Observe, Shadow, Enforce} }

// String gives the mode as flags and annotations write it.
func (m Mode) String() string {
	switch m {
	case Off:
		return "off"
	case Observe:
		return "observe"
	case Shadow:
		return "shadow"
	case Enforce:
		return "enforce"
	default:
		return "unknown"
	}
}

// ParseMode returns the mode of that name, and false where there is none.
func ParseMode(name string) (Mode, bool) {
	for _, m := range Modes() {
		if m.String() == name {
			return m, true
		}
	}
	return Off, false
}

// Consent is what each of those says that have a say in a workload's mode.
type Consent struct {
	// Flag is the operator's own: no workload's mode is above it.
	Flag Mode
	// Operator, Namespace and Pods are the values of the mode annotation of the
	// operator's own Namespace, of the workload's and of its Pods; empty where
	// there is none. A malformed one counts as none.
	Operator, Namespace, Pods string
}

// Mode is what all of them allow: whoever says less wins. A workload's Namespace
// or its Pods must ask for more than to be observed. The operator's own Namespace
// need not: it is there to say less, which stops repair without a restart.
func (c Consent) Mode() Mode {
	app, asked := least(c.Namespace, c.Pods)
	if !asked {
		app = Observe
	}
	mode := min(c.Flag, app)
	if kill, said := least(c.Operator); said {
		mode = min(mode, kill)
	}
	return mode
}

// least is the least mode that any of them says, and whether one says any.
func least(values ...string) (mode Mode, said bool) {
	for _, v := range values {
		if m, ok := ParseMode(v); ok && (!said || m < mode) {
			mode, said = m, true
		}
	}
	return mode, said
}

// Lesser is which of two values of the mode annotation says less; one that says
// nothing, or is malformed, does not count.
func Lesser(a, b string) string {
	mode, said := least(a, b)
	if !said {
		return ""
	}
	return mode.String()
}
