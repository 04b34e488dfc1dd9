package harness

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"testing"
	"time"
)

// reserve is how long before go test's deadline the suite gives up: a test
// binary that is over its time ends at once, and would leave the cluster.
const reserve = stopTime + 30*time.Second

var (
	errInterrupted = errors.New("interrupted")
	errTimeUp      = errors.New("the suite takes too long: see -timeout")
)

// Run provides the cluster, runs the tests and takes down what it made, also
// after an interrupt. It returns the exit code for os.Exit.
func Run(m *testing.M, o Options, timeout time.Duration, use func(*Suite)) int {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	began := time.Now()
	if timeout > reserve {
		timer := time.AfterFunc(timeout-reserve, func() { cancel(errTimeUp) })
		defer timer.Stop()
	}
	go func() {
		select {
		case <-signals:
			cancel(errInterrupted)
		case <-ctx.Done():
		}
	}()

	suite, err := start(ctx, o)
	if err != nil {
		fmt.Fprintln(o.Log, "e2e:", err)
		if suite != nil && suite.Client != nil && ctx.Err() == nil {
			suite.Explain(context.Background(), o.Log)
		}
		return suite.end(o, 1)
	}
	use(suite)
	fmt.Fprintf(o.Log, "e2e: all is installed after %s\n", time.Since(began).Round(time.Second))

	// The tests can not be told to end: the process ends under them.
	var once sync.Once
	code := 1
	stopped := context.AfterFunc(ctx, func() {
		once.Do(func() {
			fmt.Fprintln(o.Log, "e2e:", context.Cause(ctx))
			os.Exit(suite.end(o, 1))
		})
	})
	defer stopped()
	result := m.Run()
	once.Do(func() { code = suite.end(o, result) })
	return code
}

// end takes down, and returns the exit code, which is another than 0 where that
// fails.
func (s *Suite) end(o Options, code int) int {
	if err := s.stop(); err != nil {
		fmt.Fprintln(o.Log, "e2e: taking down:", err)
		return 1
	}
	return code
}
