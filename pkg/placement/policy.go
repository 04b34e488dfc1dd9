package placement

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Policy says what is tolerated of a workload.
type Policy struct {
	// MaxNodeLoss and MaxZoneLoss are the shares, above 0 and up to 1, of a
	// workload's ready replicas that one node's or one zone's failure may take.
	MaxNodeLoss, MaxZoneLoss float64
	// Settle is how long a placement must have been unchanged to be judged;
	// SettleMax is the longest that a workload may go unjudged.
	Settle, SettleMax time.Duration
}

// DefaultPolicy is the policy where neither flag nor annotation says more.
func DefaultPolicy() Policy {
	return Policy{MaxNodeLoss: 0.5, MaxZoneLoss: 1, Settle: 30 * time.Second, SettleMax: 10 * time.Minute}
}

// AnnotationPrefix begins every annotation that Evenkeel reads.
const AnnotationPrefix = "evenkeel.dev/"

// Annotations of a Namespace or a Pod template that override the policy.
const (
	MaxNodeLossAnnotation = AnnotationPrefix + "max-node-loss"
	MaxZoneLossAnnotation = AnnotationPrefix + "max-zone-loss"
	SettleAnnotation      = AnnotationPrefix + "settle"
	ModeAnnotation        = AnnotationPrefix + "mode"
)

// Annotations lists the annotations that Evenkeel reads.
func Annotations() []string {
	return []string{MaxNodeLossAnnotation, MaxZoneLossAnnotation, SettleAnnotation, ModeAnnotation}
}

// Invalid is an annotation that could not be read and is ignored.
type Invalid struct {
	Annotation, Value string
	// Why is the reason, without the value.
	Why string
}

// quoted is the longest part of a malformed value that a message repeats.
const quoted = 64

// Error gives annotation, value (cut to fit) and reason in one line.
func (i Invalid) Error() string {
	v := i.Value
	if len(v) > quoted {
		v = strings.ToValidUTF8(v[:quoted], "") + "…"
	}
	return fmt.Sprintf("annotation %s: %q is ignored: %s", i.Annotation, v, i.Why)
}

// Override returns the policy with what the annotations say put over it, and
// those that are malformed, for which the policy keeps what it had.
func (p Policy) Override(annotations map[string]string) (Policy, []Invalid) {
	var invalid []Invalid
	apply := func(name string, set func(string) error) {
		value, ok := annotations[name]
		if !ok {
			return
		}
		if err := set(value); err != nil {
			invalid = append(invalid, Invalid{Annotation: name, Value: value, Why: err.Error()})
		}
	}
	apply(MaxNodeLossAnnotation, setLoss(&p.MaxNodeLoss))
	apply(MaxZoneLossAnnotation, setLoss(&p.MaxZoneLoss))
	apply(SettleAnnotation, func(s string) error { return setSettle(&p, s) })
	apply(ModeAnnotation, checkMode)
	return p, invalid
}

func setLoss(to *float64) func(string) error {
	return func(s string) error {
		loss, err := ParseLoss(s)
		if err == nil {
			*to = loss
		}
		return err
	}
}

var (
	errNotPercent  = errors.New("want a percentage such as 34%")
	errPercentage  = errors.New("a percentage must be above 0% and at most 100%")
	errNotDuration = errors.New("want a duration such as 30s or 2m")
	errNegative    = errors.New("a duration must not be negative")
	errMode        = errors.New("want one of off, observe, shadow, enforce")
)

// ParseLoss reads a share written as a percentage above 0% and up to 100%,
// such as 34% or 33.4%.
func ParseLoss(s string) (float64, error) {
	digits, ok := strings.CutSuffix(strings.TrimSpace(s), "%")
	if !ok || digits == "" || strings.Trim(digits, "0123456789.") != "" {
		return 0, errNotPercent
	}
	percent, err := strconv.ParseFloat(digits, 64)
	if err != nil {
		return 0, errNotPercent
	}
	loss := percent / 100
	if loss <= 0 || loss > 1 {
		return 0, errPercentage
	}
	return loss, nil
}

func setSettle(p *Policy, s string) error {
	d, err := time.ParseDuration(strings.TrimSpace(s))
	if err != nil {
		return errNotDuration
	}
	if d < 0 {
		return errNegative
	}
	if d > p.SettleMax {
		return fmt.Errorf("longer than --settle-max (%s)", p.SettleMax)
	}
	p.Settle = d
	return nil
}

func checkMode(s string) error {
	switch s {
	case "off", "observe", "shadow", "enforce":
		return nil
	}
	return errMode
}
