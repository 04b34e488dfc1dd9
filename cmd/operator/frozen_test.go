package main

import (
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"k8s.io/client-go/rest"
)

// What a process of its own is told, and what it says.
const (
	serverEnv      = "EVENKEEL_TEST_SERVER"
	certificateEnv = "EVENKEEL_TEST_CERTIFICATE"
	held           = "it held the lease"
	stillHeld      = "it holds the lease though it was frozen"
)

// freezer is the API server of one candidate. It freezes it in the middle of a
// renewal, answers that, and nothing more.
type freezer struct {
	t      *testing.T
	pid    chan int // of the candidate, once
	frozen chan struct{}
	wakes  atomic.Bool

	mu       sync.Mutex
	renewals int
}

func (f *freezer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	lease, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	if f.wakes.Load() {
		<-r.Context().Done()
		return
	}
	w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
	switch r.Method {
	case http.MethodGet:
		w.WriteHeader(http.StatusNotFound)
		return
	case http.MethodPost:
		w.WriteHeader(http.StatusCreated)
	case http.MethodPut:
		f.mu.Lock()
		f.renewals++
		if f.renewals == 2 {
			f.freeze()
		}
		f.mu.Unlock()
	}
	if _, err := w.Write(lease); err != nil {
		f.t.Errorf("answer: %v", err)
	}
}

// freeze stops the candidate and waits until it has stopped.
func (f *freezer) freeze() {
	defer close(f.frozen)
	pid := <-f.pid
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		f.t.Errorf("freeze: %v", err)
		return
	}
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(pid, &status, syscall.WUNTRACED, nil); err != nil || !status.Stopped() {
		f.t.Errorf("wait for it to be frozen: %v, %#x", err, status)
	}
}

// TestALeaderThatWasFrozenWhileItRenewedIsNotSureToLead has several do so, since
// a race decides whether the answer that waits for it is still read.
func TestALeaderThatWasFrozenWhileItRenewedIsNotSureToLead(t *testing.T) {
	var all []*frozen
	for range 8 {
		all = append(all, startFrozen(t))
	}
	for _, f := range all {
		f.await(t)
	}
	<-time.After(leaseDuration + time.Second) // another leads by now
	for _, f := range all {
		f.wake(t)
	}
	for _, f := range all {
		f.look(t)
	}
}

// frozen is a candidate in a process of its own, and its server.
type frozen struct {
	server *freezer
	cmd    *exec.Cmd
	out    strings.Builder
}

func startFrozen(t *testing.T) *frozen {
	t.Helper()
	f := &frozen{server: &freezer{t: t, pid: make(chan int, 1), frozen: make(chan struct{})}}
	server := httptest.NewUnstartedServer(f.server)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	path := filepath.Join(t.TempDir(), "ca.crt")
	if err := os.WriteFile(path, certificate(server), 0o600); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f.cmd = exec.CommandContext(t.Context(), self, "-test.run=^TestFrozenCandidate$", "-test.v")
	f.cmd.Env = append(os.Environ(), serverEnv+"="+server.URL, certificateEnv+"="+path)
	f.cmd.Stdout, f.cmd.Stderr = &f.out, &f.out
	if err := f.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	f.server.pid <- f.cmd.Process.Pid
	return f
}

func (f *frozen) await(t *testing.T) {
	t.Helper()
	select {
	case <-f.server.frozen:
	case <-time.After(time.Minute):
		t.Fatal("it does not renew its lease")
	}
}

func (f *frozen) wake(t *testing.T) {
	t.Helper()
	f.server.wakes.Store(true)
	if err := f.cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
}

// look sees what the candidate has found.
func (f *frozen) look(t *testing.T) {
	t.Helper()
	if err := f.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if !strings.Contains(f.out.String(), held) || strings.Contains(f.out.String(), stillHeld) {
		t.Errorf("it said:\n%s", &f.out)
	}
}

func certificate(server *httptest.Server) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
}

// TestFrozenCandidate is that process. In any other it has nothing to do.
func TestFrozenCandidate(t *testing.T) {
	server := os.Getenv(serverEnv)
	if server == "" {
		return
	}
	config := &rest.Config{Host: server, TLSClientConfig: rest.TLSClientConfig{CAFile: os.Getenv(certificateEnv)}}
	e, err := newElection(config, "default", "evenkeel", func(context.Context, bool) {})
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = e.run(context.Background()) }() // ends with the process
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	ever := false
	for last := time.Now(); ; <-look.C {
		now := time.Now()
		if now.Sub(last) > leaseDuration {
			break // it has come to
		}
		last = now
		if !ever && e.holds() {
			ever = true
			fmt.Println(held)
		}
	}
	// When the answer is read, if it is, and not yet the next one.
	for until := time.Now().Add(retryPeriod / 2); time.Now().Before(until); <-look.C {
		if e.holds() {
			fmt.Println(stillHeld)
			return
		}
	}
}
