package repair

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	corev1client "k8s.io/client-go/kubernetes/typed/core/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Store keeps the memory where the next leader finds it.
type Store interface {
	// Load reads what is kept.
	Load(ctx context.Context) (Memory, error)
	// Save replaces it, unless another has written since this one loaded or saved:
	// then it returns ErrConflict and changes nothing.
	Save(ctx context.Context, m Memory) error
}

// ErrConflict says that another operator has written the memory. What this one
// was about to do may be under way there: it must load, and look again.
var ErrConflict = errors.New("another operator has written the memory")

// ConfigMapName is the name of the ConfigMap that the memory is kept in.
const ConfigMapName = "evenkeel-repair"

const (
	// mostWorkloads and mostBytes bound the memory: well below the 1 MiB that the
	// API takes and the 1.5 MiB of etcd.
	mostWorkloads = 1000
	mostBytes     = 512 << 10
	// storeTime bounds one request.
	storeTime = 10 * time.Second
)

// ConfigMapStore keeps the memory in a ConfigMap, one entry a workload. It is for
// one goroutine.
type ConfigMapStore struct {
	client  corev1client.ConfigMapInterface
	version string
}

// NewConfigMapStore makes a store in a namespace's ConfigMaps.
func NewConfigMapStore(client corev1client.ConfigMapInterface) *ConfigMapStore {
	return &ConfigMapStore{client: client}
}

// kept is one entry. The key is a hash, which can not be read back.
type kept struct {
	ID     placement.WorkloadID `json:"id"`
	Record Record               `json:"record"`
}

// Load reads the ConfigMap. One that is not there is an empty memory; an entry
// that can not be read is none.
func (s *ConfigMapStore) Load(ctx context.Context) (Memory, error) {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	found, err := s.client.Get(ctx, ConfigMapName, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		s.version = ""
		return make(Memory), nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the memory of repair: %w", err)
	}
	s.version = found.ResourceVersion
	return decode(found.Data), nil
}

// Save writes the ConfigMap, and makes it where it is not there.
func (s *ConfigMapStore) Save(ctx context.Context, m Memory) error {
	ctx, cancel := context.WithTimeout(ctx, storeTime)
	defer cancel()
	object := &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name: ConfigMapName, ResourceVersion: s.version,
			Labels: map[string]string{"app.kubernetes.io/name": "evenkeel", "app.kubernetes.io/component": "repair"},
		},
		Data: encode(m, mostWorkloads, mostBytes),
	}
	var written *corev1.ConfigMap
	var err error
	if s.version == "" {
		written, err = s.client.Create(ctx, object, metav1.CreateOptions{})
	} else {
		written, err = s.client.Update(ctx, object, metav1.UpdateOptions{})
	}
	switch {
	case apierrors.IsConflict(err), apierrors.IsAlreadyExists(err), s.version != "" && apierrors.IsNotFound(err):
		// Not found: somebody deleted it, and with it what another may have
		// written there.
		return fmt.Errorf("%w: %w", ErrConflict, err)
	case err != nil:
		return fmt.Errorf("write the memory of repair: %w", err)
	}
	s.version = written.ResourceVersion
	return nil
}

func decode(data map[string]string) Memory {
	m := make(Memory, len(data))
	for key, text := range data {
		var k kept
		if err := json.Unmarshal([]byte(text), &k); err == nil && key == keyOf(k.ID) {
			m[k.ID] = k.Record
		}
	}
	return m
}

// encode gives the entries that fit: first those of moves under way, then what
// was touched last.
func encode(m Memory, workloads, bytes int) map[string]string {
	entries := make([]kept, 0, len(m))
	for id, r := range m {
		if !r.empty() {
			entries = append(entries, kept{id, r})
		}
	}
	slices.SortFunc(entries, func(a, b kept) int {
		if x, y := a.Record.underWay(), b.Record.underWay(); x != y {
			if x {
				return -1
			}
			return 1
		}
		return cmp.Or(b.Record.Touched.Compare(a.Record.Touched), cmp.Compare(keyOf(a.ID), keyOf(b.ID)))
	})
	data := make(map[string]string, min(len(entries), workloads))
	for _, k := range entries {
		text, err := json.Marshal(k)
		if err != nil {
			continue // what was decoded or made here is JSON
		}
		key := keyOf(k.ID)
		if bytes -= len(key) + len(text); bytes < 0 || len(data) == workloads {
			break
		}
		data[key] = string(text)
	}
	return data
}

// keyOf is a key that every ConfigMap takes: names of apps and workloads may be
// longer, and hold what no key may.
func keyOf(id placement.WorkloadID) string {
	sum := sha256.Sum256([]byte(id.Namespace + "\x00" + id.App + "\x00" + id.Kind + "\x00" + id.Name))
	return hex.EncodeToString(sum[:16])
}
