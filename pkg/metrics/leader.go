package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"k8s.io/client-go/tools/leaderelection"
)

// leaders measures leader election, under the names of Kubernetes.
type leaders struct {
	status   *prometheus.GaugeVec
	slowpath *prometheus.CounterVec
}

func newLeaders(reg prometheus.Registerer) *leaders {
	l := &leaders{
		status: prometheus.NewGaugeVec(prometheus.GaugeOpts{
			Name: "leader_election_master_status",
			Help: "Gauge of if the reporting system is master of the relevant lease, 0 indicates backup, " +
				"1 indicates master. 'name' is the string used to identify the lease. Please make sure to group by name.",
		}, []string{"name"}),
		slowpath: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "leader_election_slowpath_total",
			Help: "Total number of slow path exercised in renewing leader leases. " +
				"'name' is the string used to identify the lease. Please make sure to group by name.",
		}, []string{"name"}),
	}
	reg.MustRegister(l.status, l.slowpath)
	return l
}

func (l *leaders) NewLeaderMetric() leaderelection.LeaderMetric { return l }

func (l *leaders) On(name string) { l.status.WithLabelValues(text(name)).Set(1) }

func (l *leaders) Off(name string) { l.status.WithLabelValues(text(name)).Set(0) }

func (l *leaders) SlowpathExercised(name string) { l.slowpath.WithLabelValues(text(name)).Inc() }
