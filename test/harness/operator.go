package harness

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Operator is a running operator process.
type Operator struct {
	// API and Metrics are base URLs, without a slash at the end.
	API, Metrics string

	suite *Suite
	args  []string
	cmd   *exec.Cmd
	log   *buffer
	ended chan struct{}
	err   error
}

// Operator starts the binary with these arguments and waits until it is ready.
// It is stopped by SIGTERM at the test's end, which must make it exit with 0.
func (s *Suite) Operator(t *testing.T, args ...string) *Operator {
	t.Helper()
	o := s.Start(t, args...)
	o.WaitReady(t)
	return o
}

// Start starts the binary and waits until it serves, ready or not.
func (s *Suite) Start(t *testing.T, args ...string) *Operator {
	t.Helper()
	o := s.Launch(t, append([]string{"--kubeconfig", s.Cluster.Kubeconfig()}, args...)...)
	o.args = args
	serving := regexp.MustCompile(`"Serving".* metrics="([^"]+)" api="(http://[^/"]+)`)
	Eventually(t, 10*time.Second, func() error {
		match := serving.FindStringSubmatch(o.Log())
		if match == nil {
			return fmt.Errorf("the operator does not say where it serves:\n%s", o.Log())
		}
		o.Metrics, o.API = "http://"+match[1], match[2]
		return nil
	})
	return o
}

// Launch starts the binary with these arguments and no others but addresses,
// and waits for nothing.
func (s *Suite) Launch(t *testing.T, args ...string) *Operator {
	t.Helper()
	o := &Operator{suite: s, log: &buffer{}, ended: make(chan struct{})}
	args = append([]string{"--metrics-addr", "127.0.0.1:0", "--api-addr", "127.0.0.1:0"}, args...)
	o.cmd = exec.Command(s.Binary, args...)
	o.cmd.Stdout, o.cmd.Stderr = o.log, o.log
	if err := o.cmd.Start(); err != nil {
		t.Fatalf("start the operator: %v", err)
	}
	go func() {
		o.err = o.cmd.Wait()
		close(o.ended)
	}()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the operator:\n%s", tail(o.Log(), 12<<10))
		}
		o.Stop(t)
	})
	return o
}

// Stop ends the operator by SIGTERM, unless it has ended, and fails the test
// where it does not exit with 0 within ten seconds.
func (o *Operator) Stop(t *testing.T) {
	t.Helper()
	select {
	case <-o.ended:
		return
	default:
	}
	if code := o.Terminate(t, 10*time.Second); code != 0 {
		t.Errorf("the operator exited with %d:\n%s", code, tail(o.Log(), 4<<10))
	}
}

// Terminate sends SIGTERM and returns the exit code. It fails the test, and
// kills the process, where that has not ended in time.
func (o *Operator) Terminate(t *testing.T, within time.Duration) int {
	t.Helper()
	o.Signal(t, syscall.SIGTERM)
	return o.ExitCode(t, within)
}

// Signal sends a signal to the process.
func (o *Operator) Signal(t *testing.T, signal syscall.Signal) {
	t.Helper()
	if err := o.cmd.Process.Signal(signal); err != nil {
		t.Fatalf("signal the operator: %v", err)
	}
}

// ExitCode waits for the process to end by itself.
func (o *Operator) ExitCode(t *testing.T, within time.Duration) int {
	t.Helper()
	select {
	case <-o.ended:
	case <-time.After(within):
		_ = o.cmd.Process.Signal(syscall.SIGCONT)
		_ = o.cmd.Process.Kill()
		<-o.ended
		t.Errorf("the operator had not ended after %s", within)
	}
	return o.cmd.ProcessState.ExitCode()
}

// WaitReady waits until /readyz says that every cache has synced, and the API
// that every app has been judged.
func (o *Operator) WaitReady(t *testing.T) {
	t.Helper()
	Eventually(t, 30*time.Second, func() error {
		select {
		case <-o.ended:
			t.Fatalf("the operator ended: %v\n%s", o.err, o.Log())
		default:
		}
		status, body, err := get(o.Metrics + "/readyz")
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("/readyz: %d %s", status, body)
		}
		if err == nil {
			_, err = o.apps("")
		}
		return err
	})
}

// Log is what the process has written so far.
func (o *Operator) Log() string { return o.log.String() }

// Item is an item of the API.
type Item struct {
	Namespace, App string
	Workload       struct{ Kind, Name string }
	Replicas       int
	Ready          int
	Verdict        string
	Severity       string
	WorstNode      *Domain
	WorstZone      *Domain
	Fixable        bool
	Because        string
	Cause          string
	Cure           string
	Since          time.Time
	Nodes, Zones   map[string]int
}

// Domain is a node or zone and what is lost with it.
type Domain struct {
	Name string
	Loss float64
}

// Apps returns the items of a namespace.
func (o *Operator) Apps(t *testing.T, namespace string) []Item {
	t.Helper()
	items, err := o.apps(namespace)
	if err != nil {
		t.Fatal(err)
	}
	return items
}

func (o *Operator) apps(namespace string) ([]Item, error) {
	var page struct{ Items []Item }
	err := o.getJSON("/api/v1/apps?limit=1000&namespace="+url.QueryEscape(namespace), &page)
	return page.Items, err
}

// GetJSON reads a path of the API into a value.
func (o *Operator) GetJSON(t *testing.T, path string, into any) {
	t.Helper()
	if err := o.getJSON(path, into); err != nil {
		t.Fatal(err)
	}
}

func (o *Operator) getJSON(path string, into any) error {
	status, body, err := get(o.API + path)
	if err != nil {
		return err
	}
	if status != http.StatusOK {
		return fmt.Errorf("GET %s: %d %s", path, status, body)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("GET %s: %w", path, err)
	}
	return nil
}

// Get returns the status and the body of any URL of the operator.
func (o *Operator) Get(t *testing.T, url string) (int, string) {
	t.Helper()
	status, body, err := get(url)
	if err != nil {
		t.Fatal(err)
	}
	return status, string(body)
}

func get(url string) (int, []byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, body, err
}

// buffer collects a process's output.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func tail(s string, n int) string { return s[max(0, len(s)-n):] }
