package scale

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

// Subject is a program that is measured, and where it serves.
type Subject struct {
	*Process
	// Metrics serves /readyz, and /metrics where it is the operator; API serves
	// /debug/pprof, and the API where it is the operator.
	Metrics, API string
	client       *http.Client
}

// StartSubject starts a program that says where it serves in a line of JSON
// with the fields metrics and api, as the operator does.
func StartSubject(ctx context.Context, dir, name string, env []string, program string, args ...string) (*Subject, error) {
	process, err := Start(dir, name, env, program, args...)
	if err != nil {
		return nil, err
	}
	// Go's client asks for compressed answers, as Prometheus does.
	s := &Subject{Process: process, client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{}}}
	err = s.poll(ctx, time.Minute, func(context.Context) (bool, error) { return s.serves() })
	if err != nil {
		s.Stop()
		return nil, fmt.Errorf("waiting for %s to serve: %w; %s", name, err, s.tail())
	}
	return s, nil
}

// serves finds the addresses in the log.
func (s *Subject) serves() (bool, error) {
	log, err := os.ReadFile(s.Log)
	if err != nil {
		return false, err
	}
	lines := bufio.NewScanner(bytes.NewReader(log))
	for lines.Scan() {
		var line struct{ Metrics, API string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.API != "" {
			s.Metrics = "http://" + line.Metrics
			s.API = strings.TrimSuffix(line.API, "/api/v1/apps")
			return true, nil
		}
	}
	return false, nil
}

// poll asks every few milliseconds until the answer is yes.
func (s *Subject) poll(ctx context.Context, limit time.Duration, ask func(context.Context) (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		if yes, err := ask(ctx); yes || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-s.Done():
			return fmt.Errorf("it ended by itself; %s", s.tail())
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// WaitOK waits until a URL is answered with 200, and returns how long after the
// process's start that was.
func (s *Subject) WaitOK(ctx context.Context, url string) (time.Duration, error) {
	const limit = 10 * time.Minute
	err := s.poll(ctx, limit, func(ctx context.Context) (bool, error) {
		_, _, err := s.get(ctx, url)
		return err == nil, nil
	})
	if err != nil {
		return 0, fmt.Errorf("waiting for %s: %w; %s", url, err, s.tail())
	}
	return time.Since(s.Started), nil
}

// Get reads a URL, and tells how long that took.
func (s *Subject) Get(ctx context.Context, url string) ([]byte, time.Duration, error) {
	body, took, err := s.get(ctx, url)
	if err != nil {
		return nil, 0, fmt.Errorf("reading %s: %w", url, err)
	}
	return body, took, nil
}

func (s *Subject) get(ctx context.Context, url string) ([]byte, time.Duration, error) {
	begun := time.Now()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, 0, err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, 0, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %.200s", response.Status, body)
	}
	return body, time.Since(begun), err
}

// Heap is what lives in the process's heap, in bytes: what is left of it after
// two collections, since the first only finds out what has a cleanup.
func (s *Subject) Heap(ctx context.Context) (float64, error) {
	var profile []byte
	for range 2 {
		var err error
		if profile, _, err = s.Get(ctx, s.API+"/debug/pprof/heap?gc=1&debug=1"); err != nil {
			return 0, err
		}
	}
	const field = "# HeapAlloc = "
	for line := range strings.Lines(string(profile)) {
		if text, ok := strings.CutPrefix(line, field); ok {
			return strconv.ParseFloat(strings.TrimSpace(text), 64)
		}
	}
	return 0, fmt.Errorf("the heap profile of %s does not say its size", s.API)
}

// Scrape reads the metrics.
func (s *Subject) Scrape(ctx context.Context) (Samples, error) {
	text, _, err := s.Get(ctx, s.Metrics+"/metrics")
	if err != nil {
		return nil, err
	}
	return ParseSamples(string(text)), nil
}

func (s *Subject) tail() string {
	log, err := os.ReadFile(s.Log)
	if err != nil {
		return "its log can not be read: " + err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(log)), "\n")
	return "the end of its log:\n    " + strings.Join(lines[max(0, len(lines)-10):], "\n    ")
}
