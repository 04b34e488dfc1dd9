package cluster

import (
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/cache"
)

// Budgets is the informer of PodDisruptionBudgets; nil where they are not
// watched.
func (f *Factory) Budgets() cache.SharedIndexInformer {
	if !f.repair {
		return nil // asked for, one would come into being that nobody observes
	}
	return f.Policy().V1().PodDisruptionBudgets().Informer()
}

// Volumes looks up claims and volumes; nil where they are not watched, to be
// asked before it becomes an interface's value.
func (f *Factory) Volumes() *Volumes {
	if !f.repair {
		return nil
	}
	core := f.Core().V1()
	claims, volumes := core.PersistentVolumeClaims().Informer(), core.PersistentVolumes().Informer()
	return &Volumes{
		claims: claims.GetStore(), volumes: volumes.GetStore(),
		synced: []cache.InformerSynced{claims.HasSynced, volumes.HasSynced},
	}
}

// Volumes tells what the stores know of PersistentVolumeClaims and
// PersistentVolumes. It is safe for concurrent use.
type Volumes struct {
	claims, volumes cache.Store
	synced          []cache.InformerSynced
}

// Claim gives the name of the volume that a claim is bound to, empty for none
// yet, and false where there is no such claim.
func (v *Volumes) Claim(namespace, name string) (volume string, ok bool) {
	object, ok, _ := v.claims.GetByKey(namespace + "/" + name) // a store in memory makes no error
	if !ok {
		return "", false
	}
	return object.(*corev1.PersistentVolumeClaim).Spec.VolumeName, true
}

// Volume gives the nodes from which a volume can be reached, nil for all, and
// false where there is no such volume.
func (v *Volumes) Volume(name string) (nodes *corev1.NodeSelector, ok bool) {
	object, ok, _ := v.volumes.GetByKey(name)
	if !ok {
		return nil, false
	}
	affinity := object.(*corev1.PersistentVolume).Spec.NodeAffinity
	if affinity == nil {
		return nil, true
	}
	return affinity.Required, true
}

// HasSynced is true when both stores hold what there was at the start.
func (v *Volumes) HasSynced() bool {
	for _, synced := range v.synced {
		if !synced() {
			return false
		}
	}
	return true
}
