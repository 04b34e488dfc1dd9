package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"evenkeel.dev/evenkeel/hack/scale"
	"evenkeel.dev/evenkeel/hack/toolchain"
)

// programs are what is measured.
type programs struct {
	dir, operator, descheduler string
}

// build builds them before anything is measured. The descheduler is kept, like
// the other tools.
func build(ctx context.Context, descheduler bool) (p programs, err error) {
	if p.dir, err = os.MkdirTemp("", "evenkeel-bench-"); err != nil {
		return p, fmt.Errorf("making a folder: %w", err)
	}
	p.operator, err = scale.Build(ctx, p.dir, "operator", "./cmd/operator")
	if err == nil && descheduler {
		p.descheduler, err = toolchain.Ensure(ctx, "descheduler", os.Stderr)
	}
	if err != nil {
		return p, errors.Join(err, p.remove())
	}
	return p, nil
}

func (p programs) remove() error { return os.RemoveAll(p.dir) }
