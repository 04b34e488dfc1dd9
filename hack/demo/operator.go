package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	// settle is how long a placement is unchanged before it is judged: short,
	// so that there is something to see.
	settle = 2 * time.Second
	// settleMax is long: one app settles for most of a round, and is meant to.
	settleMax = time.Hour
	// patience is how long the operator may take to end.
	patience = 3 * time.Second
)

// buildOperator builds the operator from this clone into a file.
func buildOperator(ctx context.Context, root, binary string) error {
	var out bytes.Buffer
	cmd := exec.Command("go", "build", "-o", binary, "./cmd/operator")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOWORK=off")
	cmd.Stdout, cmd.Stderr = &out, &out
	p, err := startProcess(cmd)
	if err != nil {
		return fmt.Errorf("building the operator: %w", err)
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		p.kill() // and its compilers with it
		return fmt.Errorf("building the operator: %w", context.Cause(ctx))
	}
	if p.err != nil {
		return fmt.Errorf("building the operator: %w:\n%s", p.err, lastLines(out.String(), 20))
	}
	return nil
}

// operator is the running operator.
type operator struct {
	*process
	log string
}

// startOperator runs the operator on a cluster, with more flags. Its log goes
// into dir.
func startOperator(binary, kubeconfig, dir string, more ...string) (*operator, error) {
	log := filepath.Join(dir, "operator.log")
	file, err := os.OpenFile(log, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the operator's log: %w", err)
	}
	defer file.Close() // the operator has its own
	cmd := exec.Command(binary, append([]string{
		"--kubeconfig", kubeconfig,
		"--settle", settle.String(), "--settle-max", settleMax.String(),
		// Free ports, which it tells in its log.
		"--metrics-addr", "127.0.0.1:0", "--api-addr", "127.0.0.1:0",
		"--logging-format", "json",
	}, more...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, file, file
	p, err := startProcess(cmd)
	if err != nil {
		return nil, fmt.Errorf("starting the operator: %w", err)
	}
	return &operator{process: p, log: log}, nil
}

// address waits until the operator serves its API, and returns where.
func (o *operator) address(ctx context.Context) (string, error) {
	const limit = time.Minute
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errTooLate)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		log, err := os.ReadFile(o.log)
		if err != nil {
			return "", fmt.Errorf("reading the operator's log: %w", err)
		}
		if url := apiIn(log); url != "" {
			return url, nil
		}
		select {
		case <-tick.C:
		case <-o.done:
			return "", o.failure()
		case <-ctx.Done():
			return "", fmt.Errorf("waiting for the operator to serve: %w; %s", context.Cause(ctx), o.tail())
		}
	}
}

// apiIn finds the API's address in the operator's log, or returns "".
func apiIn(log []byte) string {
	lines := bufio.NewScanner(bytes.NewReader(log))
	for lines.Scan() {
		var line struct{ API string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && strings.HasPrefix(line.API, "http://") {
			return line.API
		}
	}
	return ""
}

// failure says how the operator ended, which nobody told it to.
func (o *operator) failure() error {
	how := "without an error"
	if o.err != nil {
		how = "with " + o.err.Error()
	}
	return fmt.Errorf("the operator ended by itself, %s; %s", how, o.tail())
}

func (o *operator) tail() string {
	log, err := os.ReadFile(o.log)
	if err != nil {
		return "its log cannot be read: " + err.Error()
	}
	return "the end of its log:\n" + lastLines(string(log), 15)
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return "    " + strings.Join(lines[max(0, len(lines)-n):], "\n    ")
}
