package localcluster

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// defaultNodeGracePeriod is short, so that a test that silences a node does
// not wait for long, and still leaves room for three lost renewals.
const defaultNodeGracePeriod = 5 * time.Second

// Options say what cluster to start. The zero value is a whole cluster in a
// temporary folder.
type Options struct {
	// Progress is told what takes long; nil for silence.
	Progress io.Writer
	// Dir is the folder for all files. It must be empty or not exist, and is
	// kept when the cluster stops. Empty means a temporary folder that is
	// removed.
	Dir string
	// Users may talk to the API server, besides the administrator, as far as
	// RBAC lets them. Those without a Token are given one.
	Users []User
	// AuditLog makes the API server log every request; see Cluster.AuditLog.
	AuditLog bool
	// FeatureGates are those of the API server.
	FeatureGates map[string]bool
	// APIServerArgs are further arguments of the API server. They come last,
	// and so override.
	APIServerArgs []string
	// WithoutControllerManager leaves kube-controller-manager out: nothing
	// makes Pods for workloads, removes those without an owner, or notices a
	// node that fell silent.
	WithoutControllerManager bool
	// WithoutScheduler leaves kube-scheduler out.
	WithoutScheduler bool
	// WithoutKwok leaves kwok out: no node and no Pod becomes Ready unless
	// someone writes it into their status.
	WithoutKwok bool
	// NodeGracePeriod is how long a silent node stays Ready, in whole
	// seconds; 0 means 5 s. Each node writes to the API four times in that
	// time: choose a longer one for very many nodes.
	NodeGracePeriod time.Duration
}

// User is someone who talks to the API server.
type User struct {
	// Name is the user's name for RBAC.
	Name string
	// Token is the bearer token; empty for a random one.
	Token string
	// Groups are the user's groups for RBAC.
	Groups []string
}

// withDefaults returns a copy with defaults filled in, or what is wrong.
func (o Options) withDefaults() (Options, error) {
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	if o.NodeGracePeriod == 0 {
		o.NodeGracePeriod = defaultNodeGracePeriod
	}
	if o.NodeGracePeriod < time.Second || o.NodeGracePeriod%time.Second != 0 {
		return Options{}, fmt.Errorf("a node grace period of %v: want whole seconds, at least one", o.NodeGracePeriod)
	}
	users, err := allUsers(o.Users)
	if err != nil {
		return Options{}, err
	}
	o.Users = users
	return o, nil
}

// featureGates returns the value of the flag.
func (o Options) featureGates() string {
	var gates []string
	for _, name := range slices.Sorted(maps.Keys(o.FeatureGates)) {
		gates = append(gates, fmt.Sprintf("%s=%t", name, o.FeatureGates[name]))
	}
	return strings.Join(gates, ",")
}

// adminUser is the name of the user who may do everything.
const adminUser = "admin"

// allUsers returns the given users after those that every cluster has, all
// with tokens. Each component has a name of its own, so that the audit log
// tells them apart, and no limits, since there are no service accounts for
// the controllers' roles.
func allUsers(extra []User) ([]User, error) {
	masters := []string{"system:masters"}
	users := []User{
		{Name: adminUser, Groups: masters},
		{Name: userOf(ControllerManager), Groups: masters},
		{Name: userOf(Scheduler), Groups: masters},
		{Name: userOf(Kwok), Groups: masters},
	}
	seen := map[string]bool{}
	for _, user := range slices.Concat(users, extra) {
		if user.Name == "" {
			return nil, errors.New("a user without a name")
		}
		if seen[user.Name] {
			return nil, fmt.Errorf("two users by the name of %q", user.Name)
		}
		seen[user.Name] = true
	}
	users = append(users, extra...)
	for i := range users {
		if users[i].Token == "" {
			users[i].Token = randomToken()
		}
	}
	return users, nil
}

// userOf returns the user that a component is for the API server.
func userOf(name Name) string { return "system:" + string(name) }
