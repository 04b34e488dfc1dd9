package scale

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// fatten adds what makes a real Pod big, none of which a verdict reads.
func (f Fleet) fatten(pod *corev1.Pod, begun metav1.Time) {
	pod.Annotations = map[string]string{
		"checksum/config":                   strings.Repeat("9f86d081884c7d65", 4),
		"checksum/secret":                   strings.Repeat("2c26b46b68ffc68f", 4),
		"prometheus.io/scrape":              "true",
		"prometheus.io/port":                "9090",
		"kubectl.kubernetes.io/restartedAt": "2026-11-01T08:00:00Z",
		"cluster-autoscaler.k8s.io/evict":   "true",
	}
	spec := &pod.Spec
	spec.ServiceAccountName, spec.DeprecatedServiceAccount = "server", "server"
	spec.SchedulerName, spec.DNSPolicy = corev1.DefaultSchedulerName, corev1.DNSClusterFirst
	spec.TerminationGracePeriodSeconds = new(int64(30))
	spec.Priority, spec.PriorityClassName = new(int32(1000)), "production"
	spec.SecurityContext = &corev1.PodSecurityContext{RunAsNonRoot: new(true)}
	server := spec.Containers[0]
	spec.Containers = []corev1.Container{
		container(server.Name, server.Image, 8080),
		container("proxy", "registry.example/mesh/proxy:v1.22.0", 15090),
	}
	spec.Volumes = volumes()
	pod.Status.HostIP, pod.Status.PodIP = "10.0.12.34", "10.128.56.78"
	pod.Status.HostIPs, pod.Status.PodIPs = []corev1.HostIP{{IP: pod.Status.HostIP}}, []corev1.PodIP{{IP: pod.Status.PodIP}}
	for _, c := range spec.Containers {
		pod.Status.ContainerStatuses = append(pod.Status.ContainerStatuses, corev1.ContainerStatus{
			Name: c.Name, Image: c.Image, Ready: true, Started: new(true),
			ImageID:     c.Image + "@sha256:" + strings.Repeat("0a1b2c3d", 8),
			ContainerID: "containerd://" + strings.Repeat(word(8, pod.UID, c.Name), 8),
			State:       corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: begun}},
		})
	}
	pod.ManagedFields = managedFields(pod, begun)
}

func container(name, image string, port int32) corev1.Container {
	c := corev1.Container{
		Name: name, Image: image, ImagePullPolicy: corev1.PullIfNotPresent,
		Args:                   []string{"--listen=:" + fmt.Sprint(port), "--log-format=json", "--shutdown-delay=10s"},
		Ports:                  []corev1.ContainerPort{{Name: "http", ContainerPort: port, Protocol: corev1.ProtocolTCP}},
		Resources:              corev1.ResourceRequirements{Requests: quantities("250m", "512Mi")},
		SecurityContext:        &corev1.SecurityContext{AllowPrivilegeEscalation: new(false), ReadOnlyRootFilesystem: new(true)},
		TerminationMessagePath: corev1.TerminationMessagePathDefault, TerminationMessagePolicy: corev1.TerminationMessageReadFile,
		ReadinessProbe: probe("/readyz", port),
	}
	for i := range 8 {
		c.Env = append(c.Env, corev1.EnvVar{
			Name:  fmt.Sprintf("%s_BACKEND_%d_URL", strings.ToUpper(name), i),
			Value: fmt.Sprintf("http://backend-%d.shop.svc:8080", i),
		})
	}
	for _, field := range []string{"metadata.name", "metadata.namespace"} {
		c.Env = append(c.Env, corev1.EnvVar{
			Name:      strings.ToUpper(strings.ReplaceAll(field, ".", "_")),
			ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: field}},
		})
	}
	for _, key := range []string{"username", "password"} {
		c.Env = append(c.Env, corev1.EnvVar{
			Name: "DATABASE_" + strings.ToUpper(key),
			ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
				LocalObjectReference: corev1.LocalObjectReference{Name: "database-credentials"}, Key: key,
			}},
		})
	}
	for _, v := range volumes() {
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: v.Name, MountPath: "/var/run/" + v.Name, ReadOnly: true})
	}
	return c
}

func probe(path string, port int32) *corev1.Probe {
	return &corev1.Probe{
		ProbeHandler:        corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: path, Port: intstr.FromInt32(port), Scheme: corev1.URISchemeHTTP}},
		InitialDelaySeconds: 5, TimeoutSeconds: 2, PeriodSeconds: 10, SuccessThreshold: 1, FailureThreshold: 3,
	}
}

func volumes() []corev1.Volume {
	source := func(name string, s corev1.VolumeSource) corev1.Volume {
		return corev1.Volume{Name: name, VolumeSource: s}
	}
	return []corev1.Volume{
		source("config", corev1.VolumeSource{ConfigMap: &corev1.ConfigMapVolumeSource{
			LocalObjectReference: corev1.LocalObjectReference{Name: "server-config"}, DefaultMode: new(int32(420)),
		}}),
		source("certificates", corev1.VolumeSource{Secret: &corev1.SecretVolumeSource{SecretName: "server-tls", DefaultMode: new(int32(420))}}),
		source("kube-api-access-x7k2p", corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
			DefaultMode: new(int32(420)),
			Sources: []corev1.VolumeProjection{
				{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{ExpirationSeconds: new(int64(3607)), Path: "token"}},
				{ConfigMap: &corev1.ConfigMapProjection{
					LocalObjectReference: corev1.LocalObjectReference{Name: "kube-root-ca.crt"},
					Items:                []corev1.KeyToPath{{Key: "ca.crt", Path: "ca.crt"}},
				}},
			},
		}}),
	}
}

// managedFields are those of kube-controller-manager, which made the Pod, and
// of the kubelet, which wrote its status. They are the same for every Pod, but
// for what they would say of its owner: 1,000 changes a second leave no time to
// write them anew.
func managedFields(pod *corev1.Pod, at metav1.Time) []metav1.ManagedFieldsEntry {
	once.Do(func() {
		ofSpec = encoded(map[string]any{
			"f:metadata": map[string]any{
				"f:annotations": owned(pod.Annotations), "f:labels": owned(pod.Labels), "f:generateName": map[string]any{},
				"f:ownerReferences": map[string]any{`k:{"uid":"` + string(pod.OwnerReferences[0].UID) + `"}`: map[string]any{}},
			},
			"f:spec": ownedBySpec(pod.Spec),
		})
		ofStatus = encoded(map[string]any{"f:status": ownedByStatus(pod.Status)})
	})
	entry := func(manager, subresource string, fields []byte) metav1.ManagedFieldsEntry {
		return metav1.ManagedFieldsEntry{
			Manager: manager, Operation: metav1.ManagedFieldsOperationUpdate, APIVersion: "v1", Time: &at,
			FieldsType: "FieldsV1", FieldsV1: metav1.NewFieldsV1(string(fields)), Subresource: subresource,
		}
	}
	return []metav1.ManagedFieldsEntry{
		entry("kube-controller-manager", "", ofSpec), entry("kubelet", "status", ofStatus),
	}
}

var (
	once             sync.Once
	ofSpec, ofStatus []byte
)

func encoded(fields map[string]any) []byte {
	raw, err := json.Marshal(fields)
	if err != nil {
		panic(err) // maps of strings alone
	}
	return raw
}

func owned(keys map[string]string) map[string]any {
	fields := map[string]any{".": map[string]any{}}
	for k := range keys {
		fields["f:"+k] = map[string]any{}
	}
	return fields
}

func ownedBySpec(spec corev1.PodSpec) map[string]any {
	none := map[string]any{}
	containers := map[string]any{}
	for _, c := range spec.Containers {
		env := map[string]any{".": none}
		for _, e := range c.Env {
			env[`k:{"name":"`+e.Name+`"}`] = map[string]any{".": none, "f:name": none}
		}
		probe := map[string]any{".": none, "f:httpGet": map[string]any{".": none, "f:path": none, "f:port": none}, "f:periodSeconds": none}
		containers[`k:{"name":"`+c.Name+`"}`] = map[string]any{
			".": none, "f:name": none, "f:image": none, "f:args": none, "f:env": env,
			"f:readinessProbe": probe, "f:resources": map[string]any{"f:requests": none},
		}
	}
	return map[string]any{"f:containers": containers, "f:dnsPolicy": none, "f:restartPolicy": none, "f:schedulerName": none, "f:tolerations": none}
}

func ownedByStatus(status corev1.PodStatus) map[string]any {
	none := map[string]any{}
	conditions := map[string]any{}
	for _, c := range status.Conditions {
		conditions[`k:{"type":"`+string(c.Type)+`"}`] = map[string]any{".": none, "f:status": none, "f:type": none}
	}
	return map[string]any{"f:conditions": conditions, "f:containerStatuses": none, "f:hostIP": none, "f:phase": none, "f:podIP": none, "f:startTime": none}
}
