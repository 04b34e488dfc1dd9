package cluster

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	coreclient "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// FactoryOptions say what the informers watch and keep.
type FactoryOptions struct {
	// Name is the informers' name in client-go's metrics, unique in the
	// process; empty for no such metrics.
	Name string
	// Namespace limits Pods and Namespaces to those of one; Nodes are always
	// the whole cluster's. Empty for all.
	Namespace string
	// Resync is how often the stores replay to their handlers; 0 for never.
	Resync     time.Duration
	Transforms Transforms
	// Pods reads the Pods; nil for the factory's client. See ThinPods.
	Pods coreclient.PodsGetter
	// Repair has PodDisruptionBudgets, PersistentVolumeClaims and
	// PersistentVolumes watched too, which nobody but repair asks for. The first two
	// are limited to the Namespace.
	Repair bool
	// Restarted is called for each list or watch that fails and each stream
	// that ends, with one of RestartReasons; it may be nil, and must be fast
	// and safe for concurrent use.
	Restarted func(resource, reason string)
}

// Factory is a shared informer factory in which Pods, Nodes and Namespaces, and
// for repair what it needs, stand already, observed and within their limits:
// asking it for one of these, by Core() too, gives the one that is there. The Pods' store holds what the
// transform makes of a Pod, so that their generated lister is of no use.
//
// Start it with StartWithContext, end it by that context and then Shutdown.
type Factory struct {
	informers.SharedInformerFactory
	streams []*stream // in the order of watchedIn
	repair  bool

	podArrivals, nodeArrivals Arrivals
}

// NewFactory builds a factory; nothing runs before its start. The context
// gives the logger, and nothing else.
func NewFactory(ctx context.Context, client kubernetes.Interface, o FactoryOptions) (*Factory, error) {
	options := []informers.SharedInformerOption{informers.WithTransform(o.Transforms.Func())}
	var name *cache.InformerName
	if o.Name != "" {
		var err error
		if name, err = cache.NewInformerName(o.Name); err != nil {
			return nil, fmt.Errorf("name the informers: %w", err)
		}
		options = append(options, informers.WithInformerName(name))
	}
	f := &Factory{
		SharedInformerFactory: informers.NewSharedInformerFactoryWithOptions(client, o.Resync, options...),
		repair:                o.Repair,
	}
	logger := klog.FromContext(ctx)
	resources := watchedIn(client, o)
	if o.Repair {
		resources = append(resources, watchedForRepair(client, o.Namespace)...)
	}
	for _, w := range resources {
		s := newStream(logger, w.resource, o.Restarted)
		s.arrivals = f.arrivals(w.resource)
		f.streams = append(f.streams, s)
		informer := f.InformerFor(w.example, w.informer(s, name))
		if err := informer.SetWatchErrorHandlerWithContext(s.gaveUp); err != nil {
			name.Release()
			return nil, fmt.Errorf("observe the %s informer: %w", w.resource, err)
		}
	}
	return f, nil
}

// PodArrivals tell when a watch delivered a Pod. Its handler takes them, and must
// take each: nobody else may.
func (f *Factory) PodArrivals() *Arrivals { return &f.podArrivals }

// NodeArrivals are those of Nodes.
func (f *Factory) NodeArrivals() *Arrivals { return &f.nodeArrivals }

func (f *Factory) arrivals(resource string) *Arrivals {
	switch resource {
	case pods:
		return &f.podArrivals
	case nodes:
		return &f.nodeArrivals
	default:
		return nil
	}
}

// The names of the resources watched, as in Restarted and Stream.
const (
	pods       = "pods"
	nodes      = "nodes"
	namespaces = "namespaces"
	budgets    = "poddisruptionbudgets"
	claims     = "persistentvolumeclaims"
	volumes    = "persistentvolumes"
)

// watched is a resource to watch.
type watched struct {
	group    schema.GroupVersion
	resource string
	example  runtime.Object
	list     cache.ListWithContextFunc
	watch    cache.WatchFuncWithContext
}

// watchedIn gives each resource its own limits, which is why the factory's,
// which hold for all alike, are not used.
func watchedIn(client kubernetes.Interface, o FactoryOptions) []watched {
	core, namespace := client.CoreV1(), o.Namespace
	if o.Pods == nil {
		o.Pods = core
	}
	named := all
	if namespace != "" {
		named = func(o *metav1.ListOptions) {
			o.FieldSelector = fields.OneTermEqualSelector(metav1.ObjectNameField, namespace).String()
		}
	}
	return []watched{
		watching(corev1.SchemeGroupVersion, pods, &corev1.Pod{}, o.Pods.Pods(namespace), all),
		watching(corev1.SchemeGroupVersion, nodes, &corev1.Node{}, core.Nodes(), all),
		watching(corev1.SchemeGroupVersion, namespaces, &corev1.Namespace{}, core.Namespaces(), named),
	}
}

// watchedForRepair is what repair alone asks for.
func watchedForRepair(client kubernetes.Interface, namespace string) []watched {
	core, policy := client.CoreV1(), client.PolicyV1()
	return []watched{
		watching(policyv1.SchemeGroupVersion, budgets, &policyv1.PodDisruptionBudget{}, policy.PodDisruptionBudgets(namespace), all),
		watching(corev1.SchemeGroupVersion, claims, &corev1.PersistentVolumeClaim{}, core.PersistentVolumeClaims(namespace), all),
		watching(corev1.SchemeGroupVersion, volumes, &corev1.PersistentVolume{}, core.PersistentVolumes(), all),
	}
}

// all sets no limit.
func all(*metav1.ListOptions) {}

// client is what the typed clients have in common.
type client[L runtime.Object] interface {
	List(context.Context, metav1.ListOptions) (L, error)
	Watch(context.Context, metav1.ListOptions) (watch.Interface, error)
}

func watching[L runtime.Object](group schema.GroupVersion, resource string, example runtime.Object, c client[L], limit func(*metav1.ListOptions)) watched {
	return watched{
		group:    group,
		resource: resource,
		example:  example,
		list: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			limit(&o)
			return c.List(ctx, o)
		},
		watch: func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) {
			limit(&o)
			return c.Watch(ctx, o)
		},
	}
}

// informer gives the constructor that the factory calls. It sets no index:
// those who look things up add theirs.
func (w watched) informer(s *stream, name *cache.InformerName) func(kubernetes.Interface, time.Duration) cache.SharedIndexInformer {
	return func(client kubernetes.Interface, resync time.Duration) cache.SharedIndexInformer {
		return cache.NewSharedIndexInformerWithOptions(
			// A fake client does not stream a first list, and says so here.
			cache.ToListWatcherWithWatchListSemantics(s.listWatch(w.list, w.watch), client),
			w.example,
			cache.SharedIndexInformerOptions{
				ResyncPeriod: resync,
				Indexers:     cache.Indexers{},
				Identifier:   name.WithResource(w.group.WithResource(w.resource)),
			},
		)
	}
}

// StartWithContext starts the informers that have not been; they run until the
// context ends. What client-go logs of lists and watches comes two levels of
// verbosity later than it would: outages are said here.
func (f *Factory) StartWithContext(ctx context.Context) {
	quiet := klog.FromContext(ctx).V(2)
	f.SharedInformerFactory.StartWithContext(klog.NewContext(ctx, quiet))
}

// Pods is the informer of Pods; its store holds what the transform made.
func (f *Factory) Pods() cache.SharedIndexInformer { return f.Core().V1().Pods().Informer() }

// Nodes is the informer of Nodes.
func (f *Factory) Nodes() cache.SharedIndexInformer { return f.Core().V1().Nodes().Informer() }

// Namespaces is the informer of Namespaces.
func (f *Factory) Namespaces() cache.SharedIndexInformer {
	return f.Core().V1().Namespaces().Informer()
}

// Streams gives the present state of each resource's lists and watches. It is
// safe for concurrent use.
func (f *Factory) Streams() []Stream {
	var states []Stream
	for _, s := range f.streams {
		states = append(states, s.state())
	}
	return states
}
