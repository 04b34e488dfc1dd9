package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"evenkeel.dev/evenkeel/hack/scale"
)

// programs are what is measured.
type programs struct {
	dir, operator, plain string
}

func build(ctx context.Context) (p programs, err error) {
	if p.dir, err = os.MkdirTemp("", "evenkeel-bench-"); err != nil {
		return p, fmt.Errorf("making a folder: %w", err)
	}
	p.operator, err = scale.Build(ctx, p.dir, "operator", "./cmd/operator")
	if err == nil {
		p.plain, err = scale.Build(ctx, p.dir, "plain", "./hack/bench/plain")
	}
	if err != nil {
		return p, errors.Join(err, os.RemoveAll(p.dir))
	}
	return p, nil
}

func (p programs) remove() { _ = os.RemoveAll(p.dir) }
