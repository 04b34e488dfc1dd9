package main

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"

	"evenkeel.dev/evenkeel/pkg/metrics"
	"evenkeel.dev/evenkeel/pkg/notify"
	"evenkeel.dev/evenkeel/pkg/placement"
	"evenkeel.dev/evenkeel/pkg/repair"
)

var errMayNotLead = errors.New("another replica may lead")

// newRepairer makes what repairs, for a mode that allows more than to observe.
// It has a client of its own, so that no eviction waits behind Events.
func (c *core) newRepairer(ctx context.Context, o options, config *rest.Config, m *metrics.Metrics) (*repair.Repairer, error) {
	config = guarded(config, c.mayWrite, errMayNotLead)
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("make the client for repair: %w", err)
	}
	owners, err := dynamic.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("make the client of owners: %w", err)
	}
	budgets, err := newBudgets(c.factory.Budgets())
	if err != nil {
		return nil, err
	}
	mapper := restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(client.Discovery()))
	server := repair.NewClient(client, owners, mapper)
	log := klog.FromContext(ctx)
	return repair.New(repair.Config{
		View: view{c}, Budgets: budgets, Server: server, Evictor: repair.NewEvictor(server),
		Store: repair.NewConfigMapStore(client.CoreV1().ConfigMaps(c.namespace)),
		Recorded: func(e repair.Eviction) {
			log.Info("Would evict a Pod", "workload", e.ID, "pod", e.Name)
		},
		Limits: o.limits, Teller: sayings{c},
		Meter:    m.Repair(texts(repair.Answers()), texts(repair.Results()), repair.BlockNames()),
		Standing: c.repairable, MayWrite: c.mayWrite, Now: c.clock.Now,
		Drain: repairTime, QueueMetrics: m.Queue(),
	}), nil
}

// texts are words as text.
func texts[S ~string](words []S) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}

// modeOf is how far the operator may go with a workload.
func (c *core) modeOf(id placement.WorkloadID) placement.Mode {
	consent := c.controller.Sources().Consent(id)
	consent.Flag = c.mode
	if own, ok := c.namespaceOf(c.namespace); ok {
		consent.Operator = own.Annotations[placement.ModeAnnotation]
	}
	return consent.Mode()
}

// repairable are the workloads at risk with which the operator may do more than
// observe.
func (c *core) repairable() []placement.WorkloadID {
	var ids []placement.WorkloadID
	for _, item := range c.report.Items() {
		if item.Verdict.AtRisk() && c.modeOf(item.ID) > placement.Observe {
			ids = append(ids, item.ID)
		}
	}
	return ids
}

// reconciled has repair look at what was assessed and concerns it: of the
// workloads that nobody has asked to repair there may be very many.
func (c *core) reconciled(assessments []placement.Assessment) {
	if c.repairer == nil {
		return
	}
	for _, a := range assessments {
		if c.repairer.Knows(a.ID) || (a.Verdict.AtRisk() && c.modeOf(a.ID) > placement.Observe) {
			c.repairer.Consider(a.ID)
		}
	}
}

// watchKillSwitch has repair look again at everything when the operator's own
// Namespace says something else than before.
func (c *core) watchKillSwitch() error {
	says := func(object any) string {
		if ns, ok := object.(*corev1.Namespace); ok && ns.Name == c.namespace {
			return ns.Annotations[placement.ModeAnnotation]
		}
		return ""
	}
	_, err := c.factory.Namespaces().AddEventHandler(cache.ResourceEventHandlerFuncs{
		UpdateFunc: func(before, after any) {
			if says(before) != says(after) {
				c.repairer.Consider(c.repairable()...)
			}
		},
	})
	if err != nil {
		return fmt.Errorf("watch the operator's own Namespace: %w", err)
	}
	return nil
}

// sayings tells people what repair has to tell.
type sayings struct{ *core }

func (s sayings) Tell(saying repair.Saying) {
	about := notify.Saying{
		Reason: notify.Reason(saying.Reason), ID: saying.ID,
		Since: saying.Since, Mark: saying.Mark, Note: saying.Note,
	}
	if saying.ID == (placement.WorkloadID{}) { // the whole cluster
		about.ID.Namespace = s.namespace
		if own, ok := s.namespaceOf(s.namespace); ok {
			about.UID = own.UID
		}
	}
	s.notifier.Say(about)
}
