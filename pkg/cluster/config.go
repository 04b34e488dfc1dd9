package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// Options say which cluster to connect to, and how.
type Options struct {
	// Kubeconfig is the path of a kubeconfig file; empty to look for one.
	Kubeconfig string
	// Context is the name of a kubeconfig context; empty for the current one.
	Context string
	// QPS and Burst limit the requests of one client. Zero leaves client-go's
	// defaults, a negative QPS sets no limit.
	QPS   float32
	Burst int
	// UserAgent names this program to the API server.
	UserAgent string
}

// Load finds the client configuration: the kubeconfig file that the options
// name, else that of the cluster this process runs in, else KUBECONFIG or
// ~/.kube/config. A context that the options name means a kubeconfig, wherever
// the process runs.
//
// The string is the namespace of the context, or of this Pod; "default" where
// neither tells. Errors are one line and name the file or context that they
// are about.
func Load(o Options) (*rest.Config, string, error) {
	return loader{inCluster: rest.InClusterConfig, namespaceFile: namespaceFile}.load(o)
}

// namespaceFile is where the kubelet puts a Pod's own namespace.
const namespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"

// loader is Load with what a test can not have: a Pod's surroundings.
type loader struct {
	inCluster     func() (*rest.Config, error)
	namespaceFile string
}

func (l loader) load(o Options) (*rest.Config, string, error) {
	config, namespace, err := l.find(o)
	if err != nil {
		return nil, "", err
	}
	config.QPS, config.Burst = o.QPS, o.Burst
	config.UserAgent = o.UserAgent
	// Without a handler of its own, each client prints the server's warnings.
	config.WarningHandlerWithContext = newWarnings()
	config.Wrap(newHolds().wrap)
	return config, namespace, nil
}

func (l loader) find(o Options) (*rest.Config, string, error) {
	if o.Kubeconfig != "" || o.Context != "" {
		return fromKubeconfig(o)
	}
	config, err := l.inCluster()
	switch {
	case err == nil:
		return config, l.ownNamespace(), nil
	case errors.Is(err, rest.ErrNotInCluster), errors.Is(err, fs.ErrNotExist):
		// Not in a Pod, or in one without a service account's token, which is
		// where a kubeconfig is used on purpose.
		return fromKubeconfig(o)
	default:
		return nil, "", fmt.Errorf("in-cluster configuration: %w", onOneLine(err))
	}
}

func (l loader) ownNamespace() string {
	if namespace := os.Getenv("POD_NAMESPACE"); namespace != "" {
		return namespace
	}
	data, err := os.ReadFile(l.namespaceFile)
	if namespace := strings.TrimSpace(string(data)); err == nil && namespace != "" {
		return namespace
	}
	return "default"
}

func fromKubeconfig(o Options) (*rest.Config, string, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = o.Kubeconfig
	rules.WarnIfAllMissing = false // told as an error, below
	rules.MigrationRules = nil     // they move files about
	raw, err := rules.Load()
	if err != nil {
		return nil, "", fmt.Errorf("kubeconfig: %w", onOneLine(err))
	}
	file := strings.Join(rules.GetLoadingPrecedence(), ", ")
	name, err := contextOf(raw, o, file)
	if err != nil {
		return nil, "", err
	}
	chosen := clientcmd.NewNonInteractiveClientConfig(*raw, name, &clientcmd.ConfigOverrides{}, rules)
	config, err := chosen.ClientConfig()
	if err == nil {
		err = usable(config)
	}
	if err != nil {
		return nil, "", fmt.Errorf("kubeconfig %s, context %q: %w", file, name, onOneLine(err))
	}
	namespace, _, err := chosen.Namespace()
	if err != nil {
		return nil, "", fmt.Errorf("kubeconfig %s, context %q: %w", file, name, onOneLine(err))
	}
	return config, namespace, nil
}

// contextOf gives the name of the context to use, which is there with its
// cluster and user.
func contextOf(raw *clientcmdapi.Config, o Options, file string) (string, error) {
	if len(raw.Contexts) == 0 && len(raw.Clusters) == 0 {
		if o.Kubeconfig != "" {
			return "", fmt.Errorf("kubeconfig %s is empty", file)
		}
		return "", fmt.Errorf("no cluster to connect to: kubeconfig %s is missing or empty, and no --kubeconfig is given", file)
	}
	name := o.Context
	if name == "" {
		name = raw.CurrentContext
	}
	known := "it has " + some(slices.Sorted(maps.Keys(raw.Contexts)))
	if name == "" {
		return "", fmt.Errorf("kubeconfig %s has no current context: choose one with --context; %s", file, known)
	}
	chosen := raw.Contexts[name]
	switch {
	case chosen == nil:
		return "", fmt.Errorf("kubeconfig %s has no context %q: %s", file, name, known)
	case raw.Clusters[chosen.Cluster] == nil:
		return "", fmt.Errorf("kubeconfig %s, context %q: there is no cluster %q", file, name, chosen.Cluster)
	case chosen.AuthInfo != "" && raw.AuthInfos[chosen.AuthInfo] == nil:
		return "", fmt.Errorf("kubeconfig %s, context %q: there is no user %q", file, name, chosen.AuthInfo)
	}
	return name, nil
}

// usable finds what would otherwise show as an error of the first request.
func usable(config *rest.Config) error {
	if _, _, err := rest.DefaultServerUrlFor(config); err != nil {
		return err
	}
	if _, err := rest.TLSConfigFor(config); err != nil {
		return fmt.Errorf("certificates: %w", err)
	}
	return nil
}
