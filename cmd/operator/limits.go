package main

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"evenkeel.dev/evenkeel/pkg/repair"
)

// limitFlags describes how much repair may do.
func (o *options) limitFlags(fs *pflag.FlagSet) {
	o.limits = repair.DefaultLimits()
	l := &o.limits
	fs.BoolVar(&l.WithoutBudget, "allow-without-pdb", l.WithoutBudget, "repair also workloads that no PodDisruptionBudget covers")
	fs.IntVar(&l.PerMinute, "moves-per-minute", l.PerMinute, "how many moves repair may begin within a minute")
	fs.IntVar(&l.AtOnce, "moves-at-once", l.AtOnce, "how many moves may be under way at once, each until its successor is Ready and judged")
	fs.IntVar(&l.InNamespace, "moves-at-once-in-namespace", l.InNamespace, "how many of them in one namespace")
	fs.IntVar(&l.OffNode, "moves-at-once-off-node", l.OffNode, "how many of them off one node")
}

// checkLimits refuses limits that would let nothing move: that is what --mode is
// for.
func (o *options) checkLimits() error {
	var errs []error
	for _, limit := range []struct {
		flag string
		n    int
	}{
		{"moves-per-minute", o.limits.PerMinute},
		{"moves-at-once", o.limits.AtOnce},
		{"moves-at-once-in-namespace", o.limits.InNamespace},
		{"moves-at-once-off-node", o.limits.OffNode},
	} {
		if limit.n < 1 {
			errs = append(errs, fmt.Errorf("--%s must be at least 1, not %d", limit.flag, limit.n))
		}
	}
	return errors.Join(errs...)
}
