package faults_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"evenkeel.dev/evenkeel/test/harness"
)

// compaction is how often the API server has etcd forget what was: whoever is
// away for two of these comes back to 410 Gone.
const compaction = 2 * time.Second

// behind starts an operator behind a proxy.
func behind(t *testing.T, p *proxy) *harness.Operator {
	t.Helper()
	return suite.Operator(t, append([]string{"--kubeconfig", p.kubeconfig(t, replicaA)}, settle...)...)
}

// restarts counts why the watch of Pods began anew.
func restarts(t *testing.T, o *harness.Operator, reason string) float64 {
	t.Helper()
	return metric(t, o, fmt.Sprintf("evenkeel_watch_restarts_total{reason=%q,resource=%q}", reason, "pods"))
}

func TestAnOperatorThatComesBackTo410GoneListsAnewAndLosesNothing(t *testing.T) {
	s := newStage(t)
	s.sound(t, "falls")
	s.fragile(t, "recovers")
	s.fragile(t, "goes")
	p := newProxy(t)
	o := behind(t, p)
	c := startChurn(t, s)
	s.told(t, "recovers", "NodeFragile")
	s.told(t, "goes", "NodeFragile")
	before := s.version(t)

	s.disturb()
	p.refuse()
	s.crowd(t, "falls")
	s.spread(t, "recovers")
	s.remove(t, "goes-moves") // nobody will tell of these: they are missing in the list
	s.remove(t, "goes-stays")
	harness.Eventually(t, time.Minute, func() error { return s.compacted(t, before) })
	c.without(func() { restart(t, server(t)) })
	lasts(3 * time.Second)
	expired := restarts(t, o, "expired")
	p.open(t)
	harness.Eventually(t, recovery, func() error {
		if restarts(t, o, "expired") == expired {
			return fmt.Errorf("no watch has ended with 410 Gone")
		}
		return nil
	})
	lasts(2 * time.Second)

	s.told(t, "falls", "NodeFragile")
	s.told(t, "recovers", "NodeFragile", "Recovered")
	s.told(t, "goes", "NodeFragile")
	s.calm(t)
	c.end(t)
	s.agrees(t, o)
}

// version is the resource version of the Pods now.
func (s *stage) version(t *testing.T) string {
	t.Helper()
	list, err := s.client.CoreV1().Pods(s.namespace).List(t.Context(), metav1.ListOptions{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return list.ResourceVersion
}

// compacted is an error as long as etcd remembers a version.
func (s *stage) compacted(t *testing.T, version string) error {
	t.Helper()
	_, err := s.client.CoreV1().Pods(s.namespace).List(t.Context(), metav1.ListOptions{
		ResourceVersion: version, ResourceVersionMatch: metav1.ResourceVersionMatchExact, Limit: 1,
	})
	if apierrors.IsResourceExpired(err) {
		return nil
	}
	return fmt.Errorf("version %s is not forgotten yet (%w)", version, err)
}

func TestConnectionsCutEverySecondForAMinuteLoseNothing(t *testing.T) {
	s := newStage(t)
	s.sound(t, "falls")
	s.fragile(t, "recovers")
	p := newProxy(t)
	o := behind(t, p)
	c := startChurn(t, s)
	s.told(t, "recovers", "NodeFragile")

	const seconds = 60
	cuts := 0
	s.disturb()
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for i := range seconds {
		<-second.C
		cuts += p.cutSome()
		switch i {
		case seconds / 3:
			s.crowd(t, "falls")
		case 2 * seconds / 3:
			s.spread(t, "recovers")
		}
		if err := alive(t, o); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d connections cut", cuts)
	if cuts < seconds/4 {
		t.Errorf("only %d connections were cut", cuts)
	}

	s.told(t, "falls", "NodeFragile")
	s.told(t, "recovers", "NodeFragile", "Recovered")
	s.calm(t)
	c.end(t)
	s.agrees(t, o)
}

// deaf bounds how long an operator may take a connection over which nothing
// comes for a good one: client-go asks after 30 s whether the server is there,
// and gives it 15 s to answer.
const deaf = 45*time.Second + 15*time.Second

// silence is what of that must pass: it asks after 30 s in which nothing came.
const silence = 30 * time.Second

func TestAConnectionThatStaysOpenAndSaysNothingIsNoticed(t *testing.T) {
	s := newStage(t)
	s.sound(t, "falls")
	s.fragile(t, "recovers")
	p := newProxy(t)
	o := behind(t, p)
	c := startChurn(t, s)
	s.told(t, "recovers", "NodeFragile")

	s.disturb()
	p.mute()
	begun := time.Now()
	s.crowd(t, "falls")
	s.spread(t, "recovers")
	s.says(t, o, "falls", "NodeFragile", deaf)
	if took := time.Since(begun); took < silence {
		t.Errorf("it is known after %s over a connection that says nothing", took)
	}
	t.Logf("noticed and made good after %s", time.Since(begun).Round(time.Millisecond))

	s.told(t, "falls", "NodeFragile")
	s.told(t, "recovers", "NodeFragile", "Recovered")
	s.calm(t)
	c.end(t)
	s.agrees(t, o)
}

func TestOverASlowNetworkItStartsAndFollows(t *testing.T) {
	s := newStage(t)
	s.sound(t, "falls")
	s.fragile(t, "recovers")
	// None that swings: an Event takes five seconds over a slow network that is
	// full, and they would come faster than they could be written.
	c := startChurnOf(t, s, 0)
	p := slowProxy(t, 200*time.Millisecond, 1_000_000/8)
	s.slow(t, p)
	begun := time.Now()
	o := behind(t, p)
	t.Logf("ready after %s", time.Since(begun).Round(time.Millisecond))
	s.told(t, "recovers", "NodeFragile")

	// The churn alone is more than this network takes: what the server has for
	// this watch waits there, about a minute's worth, until it closes the watch.
	begun = time.Now()
	s.crowd(t, "falls")
	s.spread(t, "recovers")
	s.says(t, o, "falls", "NodeFragile", 2*recovery)
	t.Logf("a change showed after %s, 2 s of it to settle", time.Since(begun).Round(time.Millisecond))
	s.told(t, "falls", "NodeFragile")
	s.told(t, "recovers", "NodeFragile", "Recovered")
	t.Logf("and was told of after %s; watches began anew: %s", time.Since(begun).Round(time.Millisecond), reasons(t, o))
	c.end(t)
	// What it is behind by comes over the same network.
	s.agreesWithin(t, o, 2*recovery)
}

// slow sees that a network is: an answer takes 200 ms each way, and a megabit of
// one a second.
func (s *stage) slow(t *testing.T, p *proxy) {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", p.kubeconfig(t, replicaB))
	if err != nil {
		t.Fatal(err)
	}
	config.ContentType, config.DisableCompression = "application/json", true
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	fetch := func() (int, time.Duration) {
		begun := time.Now()
		body, err := client.CoreV1().RESTClient().Get().Resource("pods").Namespace(s.namespace).DoRaw(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(body), time.Since(begun)
	}
	fetch() // with the handshake
	size, took := fetch()
	least := 2*p.latency + time.Duration(float64(size)/float64(p.bytes)*float64(time.Second))
	t.Logf("%d bytes came in %s", size, took.Round(time.Millisecond))
	if took < least*9/10 {
		t.Errorf("%d bytes came in %s over a network that takes %s for them", size, took, least)
	}
}

// reasons are the series that count why watches began anew.
func reasons(t *testing.T, o *harness.Operator) string {
	t.Helper()
	_, exposition := o.Get(t, o.Metrics+"/metrics")
	return strings.Join(regexp.MustCompile(`(?m)^evenkeel_watch_restarts_total\{.*`).FindAllString(exposition, -1), ", ")
}
