package localcluster

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// auditPolicy has every request logged once, when it has been answered,
// without its body.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
`

func (c *Cluster) etcdArgs(port int) []string {
	url := fmt.Sprintf("https://127.0.0.1:%d", port)
	return []string{
		"--data-dir=" + filepath.Join(c.dir, "etcd"),
		"--listen-client-urls=" + url,
		"--advertise-client-urls=" + url,
		// There are no peers, and it insists on listening for them.
		"--listen-peer-urls=http://127.0.0.1:0",
		"--cert-file=" + c.pki.certFile,
		"--key-file=" + c.pki.keyFile,
		"--trusted-ca-file=" + c.pki.caFile,
		"--client-cert-auth",
		"--enable-grpc-gateway=false",
		// Alone, it need not wait long for a vote against it.
		"--heartbeat-interval=50",
		"--election-timeout=500",
		// What a crash of this machine does to the data is of no concern.
		"--unsafe-no-fsync",
		"--log-level=warn",
	}
}

func (c *Cluster) apiServerArgs(port int) []string {
	args := []string{
		fmt.Sprintf("--etcd-servers=https://127.0.0.1:%d", c.components[Etcd].port),
		"--etcd-cafile=" + c.pki.caFile,
		"--etcd-certfile=" + c.pki.certFile,
		"--etcd-keyfile=" + c.pki.keyFile,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--cert-dir=" + filepath.Join(c.dir, "pki"),
		"--tls-cert-file=" + c.pki.certFile,
		"--tls-private-key-file=" + c.pki.keyFile,
		// A loopback address cannot be an endpoint of the kubernetes Service.
		"--endpoint-reconciler-type=none",
		"--token-auth-file=" + c.tokenFile(),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc.cluster.local",
		"--service-account-key-file=" + c.pki.serviceAccountKey,
		"--service-account-signing-key-file=" + c.pki.serviceAccountKey,
		// Pods need no token to talk to the API: nothing runs in them.
		"--disable-admission-plugins=ServiceAccount",
		"--service-cluster-ip-range=10.96.0.0/16",
		"--profiling=false",
	}
	if gates := c.opts.featureGates(); gates != "" {
		args = append(args, "--feature-gates="+gates)
	}
	if c.opts.AuditLog {
		args = append(args, "--audit-policy-file="+c.auditPolicyFile(), "--audit-log-path="+c.auditLogFile())
	}
	return append(args, c.opts.APIServerArgs...)
}

func (c *Cluster) controllerManagerArgs(int) []string {
	return append(c.controllerArgs(ControllerManager),
		"--service-account-private-key-file="+c.pki.serviceAccountKey,
		"--root-ca-file="+c.pki.caFile,
		"--node-monitor-period=1s",
		fmt.Sprintf("--node-monitor-grace-period=%s", c.opts.NodeGracePeriod),
	)
}

func (c *Cluster) schedulerArgs(int) []string { return c.controllerArgs(Scheduler) }

// controllerArgs returns what the two Kubernetes controllers share. There is
// one of each, so neither elects a leader, and nobody asks them anything.
func (c *Cluster) controllerArgs(name Name) []string {
	return []string{
		"--kubeconfig=" + c.kubeconfigPath(userOf(name)),
		"--leader-elect=false",
		"--secure-port=0",
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
		"--profiling=false",
	}
}

func (c *Cluster) kwokArgs(int) []string {
	return []string{
		"--kubeconfig=" + c.kubeconfigPath(userOf(Kwok)),
		"--config=" + strings.Join(c.stages, ","),
		"--manage-nodes-with-annotation-selector=" + simulatedAnnotation + "=" + simulatedValue,
		// A label, and not an annotation, because only of that does the API
		// server itself tell kwok when a node no longer matches.
		"--manage-nodes-with-label-selector=" + HeartbeatLabel + "!=" + HeartbeatStopped,
		// A node's lease is renewed four times in this time.
		fmt.Sprintf("--node-lease-duration-seconds=%d", c.opts.NodeGracePeriod/time.Second),
		"--cidr=10.128.0.0/9",
	}
}

func (c *Cluster) tokenFile() string       { return filepath.Join(c.dir, "tokens.csv") }
func (c *Cluster) auditPolicyFile() string { return filepath.Join(c.dir, "audit-policy.yaml") }
func (c *Cluster) auditLogFile() string    { return filepath.Join(c.dir, "audit.log") }

// environment returns that of the components: nothing of the user's that
// could make two machines differ, such as a proxy or a configuration file in
// the home folder.
func (c *Cluster) environment() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + c.dir, "TMPDIR=" + c.dir}
}
