package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"evenkeel.dev/evenkeel/hack/scale"
)

// live measures one operator through its life: at rest, a plain informer beside
// it, then alone: asked, through the loss of a zone, and under changes.
func (s stage) live(ctx context.Context) error {
	plain, _, err := s.start(ctx, s.plain, "plain")
	if err != nil {
		return err
	}
	defer plain.Stop()
	operator, _, err := s.start(ctx, s.operator, "operator")
	if err != nil {
		return err
	}
	defer operator.Stop()
	if s.into.judged, err = operator.WaitOK(ctx, operator.API+"/api/v1/apps?limit=1"); err != nil {
		return err
	}
	samples, err := operator.Scrape(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(s.whole(ctx, operator), s.wholeToo(ctx, plain)); err != nil {
		return err
	}
	s.into.atStart = samples.Sum("rest_client_requests_total")
	if err := s.rested(ctx, operator); err != nil { // from what it found
		return err
	}
	s.into.told = time.Since(operator.Started)
	if samples, err = operator.Scrape(ctx); err != nil {
		return err
	}
	s.into.found = samples.Sum("evenkeel_events_total", `result="created"`)
	if err := s.atRest(ctx, operator, plain); err != nil {
		return err
	}
	plain.Stop()
	for _, step := range []func(context.Context, *scale.Subject) error{s.asked, s.loseZone, s.changing, s.relist} {
		if err := step(ctx, operator); err != nil {
			return err
		}
	}
	return nil
}

// wholeToo sees that the plain informer has all that there is.
func (s stage) wholeToo(ctx context.Context, plain *scale.Subject) error {
	held, _, err := plain.Get(ctx, plain.Metrics+"/held")
	if want := fmt.Sprintf("%d %d", s.pods, nodes); err == nil && string(held) != want {
		err = fmt.Errorf("the plain informer holds %s Pods and nodes, want %s", held, want)
	}
	return err
}

// whole sees that the operator has: who loses half of it is fast and small.
func (s stage) whole(ctx context.Context, subject *scale.Subject) error {
	operator, err := subject.Scrape(ctx)
	if err != nil {
		return err
	}
	for _, count := range []struct {
		what string
		got  float64
		want int
	}{
		{"Pods", operator.Sum("evenkeel_cache_objects", `resource="pods"`), s.pods},
		{"nodes", operator.Sum("evenkeel_cache_objects", `resource="nodes"`), nodes},
		{"workloads", operator.Sum("evenkeel_workloads"), s.into.apps},
	} {
		if int(count.got) != count.want {
			return fmt.Errorf("the operator has %g %s, want %d", count.got, count.what, count.want)
		}
	}
	return nil
}

// atRest measures both programs while nothing happens but the nodes'
// heartbeats, one a node and five minutes. The operator's RSS is the highest
// that was seen in the second half, the plain informer's the last: both have had
// time to give back what the first sync needed.
func (s stage) atRest(ctx context.Context, operator, plain *scale.Subject) error {
	say("at rest for %s", s.rest)
	before, err := operator.CPU()
	if err != nil {
		return err
	}
	begun := time.Now()
	beats := time.NewTicker(5 * time.Minute / nodes)
	defer beats.Stop()
	for n := 0; time.Since(begun) < s.rest; n++ {
		select {
		case <-beats.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		if err := s.world.Etcd.Write(ctx, scale.Put(s.fleet.Node(n%nodes, time.Now(), time.Time{}))); err != nil {
			return err
		}
		if time.Since(begun) < s.rest/2 {
			continue
		}
		now, err := operator.Memory()
		if err != nil {
			return err
		}
		s.into.operator.rss = max(s.into.operator.rss, now.RSS)
	}
	after, err := operator.CPU()
	if err != nil {
		return err
	}
	s.into.rest.cpu = (after - before).Seconds() / time.Since(begun).Seconds()
	memory, err := plain.Memory()
	if err != nil {
		return err
	}
	s.into.plain.rss = memory.RSS
	// Last: it collects garbage.
	if s.into.plain.heap, err = plain.Heap(ctx); err != nil {
		return err
	}
	s.into.operator.heap, err = operator.Heap(ctx)
	return err
}

// asked measures scrapes and pages of apps.
func (s stage) asked(ctx context.Context, operator *scale.Subject) error {
	const times = 50
	p := &s.into.pages
	for range times {
		metrics, took, err := operator.Get(ctx, operator.Metrics+"/metrics")
		if err != nil {
			return err
		}
		p.scrape, p.scrapeSize = append(p.scrape, took), len(metrics)
		p.series = len(scale.ParseSamples(string(metrics)))
		page, took, err := operator.Get(ctx, operator.API+"/api/v1/apps?limit=100")
		if err != nil {
			return err
		}
		p.apps, p.appsSize = append(p.apps, took), len(page)
	}
	return nil
}

// app reads one app's ready replicas and verdict.
func app(ctx context.Context, operator *scale.Subject, namespace, name string) (ready int, err error) {
	body, _, err := operator.Get(ctx, operator.API+"/api/v1/apps/"+namespace+"/"+name)
	if err != nil {
		return 0, err
	}
	var answer struct{ Items []struct{ Ready int } }
	if err := json.Unmarshal(body, &answer); err != nil {
		return 0, err
	}
	if len(answer.Items) != 1 {
		return 0, fmt.Errorf("%s/%s has %d workloads, want one", namespace, name, len(answer.Items))
	}
	return answer.Items[0].Ready, nil
}

// until asks again and again until the answer is yes.
func until(ctx context.Context, limit, every time.Duration, ask func() (bool, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("gave up after %s", limit))
	defer cancel()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if yes, err := ask(); yes || err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
