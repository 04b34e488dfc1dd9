// Package e2e sees the operator as its users have it: in a cluster of kind's,
// of the image that the checkout gives, installed by deploy/base and scraped by
// the Prometheus of deploy/prometheus.
//
// The files' numbers are the tests' order: what takes nodes and the control
// plane down comes late, and what looks back at all of it last. Each test can be
// run alone, too.
package e2e

import (
	"flag"
	"os"
	"testing"
	"time"

	"evenkeel.dev/evenkeel/e2e/harness"
)

var suite *harness.Suite

func TestMain(m *testing.M) {
	options := harness.Options{Log: os.Stderr}
	flag.StringVar(&options.Existing, "cluster", "", "run on the kind cluster of this `name`, which hack/kind.sh up has made, and keep it")
	flag.BoolVar(&options.Keep, "keep", false, "keep the cluster "+harness.Name+" that the suite makes")
	flag.Parse()
	timeout := flag.Lookup("test.timeout").Value.(flag.Getter).Get().(time.Duration)
	os.Exit(harness.Run(m, options, timeout, func(s *harness.Suite) { suite = s }))
}
