package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"evenkeel.dev/evenkeel/hack/scale"
)

// interval is how often the descheduler looks at the cluster.
const interval = 20 * time.Second

// softLimit is the GOMEMLIMIT of deploy/base.
const softLimit = "GOMEMLIMIT=230MiB"

//go:embed policy.yaml
var policy []byte

// startOperator starts the operator as deploy/overlays/enforce does, but with a
// short settle time and budgets that never bind, and waits until it has judged
// everything.
func (w *world) startOperator(ctx context.Context, p programs) (*scale.Process, error) {
	kubeconfig, err := w.cluster.KubeconfigFor(operatorUser)
	if err != nil {
		return nil, err
	}
	operator, err := scale.StartSubject(ctx, w.dir, "operator", []string{softLimit}, p.operator,
		"--kubeconfig", kubeconfig, "--leader-elect", "--mode", "enforce", "--settle", settle.String(),
		"--moves-per-minute", "100000", "--moves-at-once", "1000",
		"--moves-at-once-in-namespace", "1000", "--moves-at-once-off-node", "1000",
		"--metrics-addr", "127.0.0.1:0", "--api-addr", "127.0.0.1:0", "--logging-format", "json")
	if err != nil {
		return nil, err
	}
	if _, err := operator.WaitOK(ctx, operator.API+"/api/v1/apps?limit=1"); err != nil {
		operator.Stop()
		return nil, err
	}
	return operator.Process, nil
}

// startDescheduler starts the descheduler as a Deployment of its own would run it.
// It looks at the cluster for the first time at once.
func (w *world) startDescheduler(_ context.Context, p programs) (*scale.Process, error) {
	kubeconfig, err := w.cluster.KubeconfigFor(deschedulerUser)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(w.dir, "policy.yaml")
	if err := os.WriteFile(file, policy, 0o600); err != nil {
		return nil, fmt.Errorf("writing the descheduler's policy: %w", err)
	}
	return scale.Start(w.dir, "descheduler", nil, p.descheduler,
		"--kubeconfig", kubeconfig, "--policy-config-file", file, "--descheduling-interval", interval.String(),
		"--secure-port", "0") // nobody asks it anything
}

// ended is the error that a program has ended by itself.
func ended(process *scale.Process, name string) error {
	log, err := os.ReadFile(process.Log)
	if err != nil {
		return fmt.Errorf("%s has ended by itself, and its log can not be read: %w", name, err)
	}
	const enough = 2000
	return fmt.Errorf("%s has ended by itself; the end of its log:\n%s", name, log[max(0, len(log)-enough):])
}
