package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"sync"
	"time"

	"evenkeel.dev/evenkeel/hack/scale"
)

const (
	// lost is the zone that is lost: the second, of 333 nodes.
	lost = 1
	// settle is the operator's default.
	settle = 30 * time.Second
)

// loseZone makes every node of a zone NotReady, waits for the last verdict and
// the last Event, and has the zone come back.
func (s stage) loseZone(ctx context.Context, operator *scale.Subject) error {
	z := &s.into.zone
	before, err := operator.Scrape(ctx)
	if err != nil {
		return err
	}
	cpu, err := operator.CPU()
	if err != nil {
		return err
	}
	begun := time.Now()
	if z.nodes, err = s.setZone(ctx, begun); err != nil {
		return err
	}
	written := time.Now()
	z.wrote = written.Sub(begun)
	say("%s: %d nodes are NotReady", scale.ZoneOf(lost), z.nodes)
	// A zone that carries no ready replica has no series.
	zone := fmt.Sprintf("zone=%q", scale.ZoneOf(lost))
	err = until(ctx, time.Minute, 50*time.Millisecond, func() (bool, error) {
		samples, err := operator.Scrape(ctx)
		return err == nil && !samples.Has("evenkeel_zone_lost_workloads", zone), err
	})
	if err != nil {
		return err
	}
	z.counted = time.Since(written)
	if z.told, err = s.told(ctx, operator, written); err != nil {
		return err
	}
	after, err := operator.Scrape(ctx)
	if err != nil {
		return err
	}
	since := func(name string, labels ...string) float64 {
		return after.Sum(name, labels...) - before.Sum(name, labels...)
	}
	z.events = since("evenkeel_events_total", `result="created"`)
	z.requests = since("rest_client_requests_total")
	if z.verdicts, z.judged, err = verdictsSince(operator.Log, begun); err != nil {
		return err
	}
	z.judged -= z.wrote
	cpuAfter, err := operator.CPU()
	if err != nil {
		return err
	}
	z.cpu = cpuAfter - cpu
	say("zone: counted after %s, last verdict after %s, %d verdicts, %.0f Events, %.0f requests, all told after %s",
		z.counted, z.judged, z.verdicts, z.events, z.requests, z.told.Round(time.Second))
	if _, err := s.setZone(ctx, time.Time{}); err != nil {
		return err
	}
	_, err = s.told(ctx, operator, time.Now())
	return err
}

// setZone makes the zone's nodes NotReady since a time, Ready for zero.
func (s stage) setZone(ctx context.Context, since time.Time) (int, error) {
	const writers = 8
	errs := make(chan error, writers)
	var running sync.WaitGroup
	count := 0
	for n := range nodes {
		if scale.ZoneOf(n) == scale.ZoneOf(lost) {
			count++
		}
	}
	for w := range writers {
		running.Go(func() {
			for n := w; n < nodes; n += writers {
				if scale.ZoneOf(n) != scale.ZoneOf(lost) {
					continue
				}
				if err := s.world.Etcd.Write(ctx, scale.Put(s.fleet.Node(n, time.Now(), since))); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	running.Wait()
	close(errs)
	return count, <-errs
}

// told waits until nothing has changed for longer than the settle time, and
// tells how long after a time the last Event was written.
func (s stage) told(ctx context.Context, operator *scale.Subject, since time.Time) (last time.Duration, err error) {
	events := -1.0
	return last, until(ctx, 10*time.Minute, 250*time.Millisecond, func() (bool, error) {
		samples, err := operator.Scrape(ctx)
		if n := samples.Sum("evenkeel_events_total"); err == nil && n != events {
			events, last = n, time.Since(since)
		}
		return time.Since(since) > last+settle && idle(samples), err
	})
}

// rested waits until nothing settles any more and all Events are written.
func (s stage) rested(ctx context.Context, operator *scale.Subject) error {
	return until(ctx, 10*time.Minute, time.Second, func() (bool, error) {
		samples, err := operator.Scrape(ctx)
		return err == nil && idle(samples), err
	})
}

// idle is true where nothing settles and no queue has anything to do.
func idle(samples scale.Samples) bool {
	return samples.Sum("workqueue_depth") == 0 && samples.Sum("workqueue_unfinished_work_seconds") == 0 &&
		samples.Sum("evenkeel_workloads", `verdict="Settling"`) == 0
}

// verdictsSince counts the changes of verdict that the operator logged since a
// time, and tells how long after it the last one was.
func verdictsSince(log string, begun time.Time) (count int, last time.Duration, err error) {
	content, err := os.ReadFile(log)
	if err != nil {
		return 0, 0, fmt.Errorf("reading the operator's log: %w", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(content))
	for lines.Scan() {
		var line struct {
			Time time.Time
			Msg  string
		}
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "Verdict changed" && line.Time.After(begun) {
			count++
			last = line.Time.Sub(begun)
		}
	}
	return count, last, lines.Err()
}
