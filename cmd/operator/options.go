package main

//go:generate go test -run TheFlagsPage . -update

import (
	"errors"
	"fmt"
	"math"
	"net"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"

	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/podview"
	"evenkeel.dev/evenkeel/pkg/repair"
)

// options are the command line.
type options struct {
	kubeconfig  string
	context     string
	namespace   string
	workers     int
	metricsAddr string
	apiAddr     string
	leaderElect bool
	mode        string
	limits      repair.Limits
	maxNodeLoss loss
	maxZoneLoss loss
	settle      time.Duration
	settleMax   time.Duration
	appLabels   []string
	resync      time.Duration
	qps         float32
	burst       int
	logFormat   string
	verbosity   int
	version     bool
}

// flagSet describes the flags; parsing it fills the options.
func (o *options) flagSet() *pflag.FlagSet {
	policy := placement.DefaultPolicy()
	o.maxNodeLoss, o.maxZoneLoss = loss(policy.MaxNodeLoss), loss(policy.MaxZoneLoss)
	fs := pflag.NewFlagSet("operator", pflag.ContinueOnError)
	fs.SortFlags = false
	fs.Usage = func() {}
	fs.StringVar(&o.kubeconfig, "kubeconfig", "", "path of a kubeconfig `file`; without it the cluster that the operator runs in, else KUBECONFIG or ~/.kube/config")
	fs.StringVar(&o.context, "context", "", "`name` of the kubeconfig context; without it the current one")
	fs.StringVar(&o.namespace, "namespace", "", "the one `namespace` whose Pods are judged; without it all")
	fs.IntVar(&o.workers, "workers", 4, "how many apps are reconciled at once, 1 to 256")
	fs.StringVar(&o.metricsAddr, "metrics-addr", ":8080", "`address` of /metrics, /livez and /readyz")
	fs.StringVar(&o.apiAddr, "api-addr", "127.0.0.1:8081", "`address` of the API and of pprof; on loopback, reaching it takes the right to port-forward")
	fs.BoolVar(&o.leaderElect, "leader-elect", false, "elect a leader by a Lease: every replica serves reads and metrics, only the leader writes Events and repairs")
	fs.StringVar(&o.mode, "mode", "observe", "what the operator may do at most: observe; shadow, which does all that enforce does but the eviction; or enforce, which repairs the apps whose Namespace or Pods are annotated evenkeel.dev/mode: enforce")
	o.limitFlags(fs)
	fs.Var(&o.maxNodeLoss, "max-node-loss", "the share of a workload's ready replicas that one node's failure may take")
	fs.Var(&o.maxZoneLoss, "max-zone-loss", "the share of a workload's ready replicas that one zone's failure may take")
	fs.DurationVar(&o.settle, "settle", policy.Settle, "how long a placement must have been unchanged to be judged")
	fs.DurationVar(&o.settleMax, "settle-max", policy.SettleMax, "the longest that a workload may go unjudged, however much it moves")
	fs.StringSliceVar(&o.appLabels, "app-labels", podview.DefaultAppLabels(), "`labels` of which the first present one names a Pod's app")
	fs.DurationVar(&o.resync, "resync", 0, "how often every app is judged anew from the cache without a cause; 0 for never")
	fs.Float32Var(&o.qps, "kube-api-qps", 50, "requests a second to the API server, on average, of each of its clients: one for watches and Events, one for owners, one for repair, one for the Lease")
	fs.IntVar(&o.burst, "kube-api-burst", 100, "requests of each of these clients at once, at most")
	fs.StringVar(&o.logFormat, "logging-format", "text", "text or json")
	fs.IntVarP(&o.verbosity, "v", "v", 0, "verbosity of the log: 0 for what a person should know, 2 for every Event, 4 and more for client-go's own")
	fs.BoolVar(&o.version, "version", false, "print the version and exit")
	return fs
}

// validate returns every complaint about the options' values as one error.
func (o *options) validate() error {
	var errs []error
	complain := func(bad bool, format string, args ...any) {
		if bad {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	complain(o.workers < 1 || o.workers > 256, "--workers must be from 1 to 256, not %d", o.workers)
	complain(o.settle < 0, "--settle must not be negative: %s", o.settle)
	complain(o.settleMax < o.settle, "--settle-max (%s) must not be shorter than --settle (%s)", o.settleMax, o.settle)
	complain(o.resync != 0 && o.resync < time.Minute, "--resync must be 0 or at least 1m, not %s", o.resync)
	complain(!(o.qps > 0) || math.IsInf(float64(o.qps), 0), "--kube-api-qps must be a number above 0, not %g", o.qps)
	complain(o.burst < 1, "--kube-api-burst must be at least 1, not %d", o.burst)
	complain(o.verbosity < 0 || o.verbosity > 10, "-v must be from 0 to 10, not %d", o.verbosity)
	complain(o.logFormat != "text" && o.logFormat != "json", "--logging-format must be text or json, not %q", o.logFormat)
	if o.namespace != "" {
		why := validation.IsDNS1123Label(o.namespace)
		complain(len(why) > 0, "--namespace %q is no namespace's name: %s", o.namespace, strings.Join(why, "; "))
	}
	complain(len(o.appLabels) == 0, "--app-labels must name at least one label")
	for _, l := range o.appLabels {
		why := validation.IsQualifiedName(l)
		complain(len(why) > 0, "--app-labels: %q is no label's name: %s", l, strings.Join(why, "; "))
	}
	errs = append(errs, o.checkMode(), o.checkLimits(), checkAddr("--metrics-addr", o.metricsAddr), checkAddr("--api-addr", o.apiAddr))
	return errors.Join(errs...)
}

// checkMode refuses to repair one namespace's workloads: whether a move is safe
// depends on what others have on the nodes.
func (o *options) checkMode() error {
	switch mode, ok := placement.ParseMode(o.mode); {
	case !ok || mode == placement.Off:
		return fmt.Errorf("--mode must be observe, shadow or enforce, not %q", o.mode)
	case mode == placement.Enforce && o.namespace != "":
		return errors.New("--mode enforce can not be had with --namespace: whether a node has room depends on the Pods of all namespaces")
	default:
		return nil
	}
}

// modeAtMost is the mode, which validate has accepted.
func (o *options) modeAtMost() placement.Mode {
	mode, _ := placement.ParseMode(o.mode)
	return mode
}

func checkAddr(flag, addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err == nil {
		_, err = net.LookupPort("tcp", port)
	}
	if err != nil {
		return fmt.Errorf("%s %q is no address such as :8080 or 127.0.0.1:8081: %w", flag, addr, err)
	}
	return nil
}

func (o *options) policy() placement.Policy {
	return placement.Policy{
		MaxNodeLoss: float64(o.maxNodeLoss), MaxZoneLoss: float64(o.maxZoneLoss),
		Settle: o.settle, SettleMax: o.settleMax,
	}
}

// loss is a share as a flag: a percentage.
type loss float64

func (l *loss) String() string { return fmt.Sprintf("%g%%", float64(*l)*100) }
func (l *loss) Type() string   { return "percentage" }

func (l *loss) Set(s string) error {
	share, err := placement.ParseLoss(s)
	if err == nil {
		*l = loss(share)
	}
	return err
}
