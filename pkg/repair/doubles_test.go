package repair

import (
	"context"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"evenkeel.dev/evenkeel/pkg/placement"
)

func (s switching) Replicas(ctx context.Context, namespace string, owner metav1.OwnerReference, selector string) ([]Replica, error) {
	s.app.mode = placement.Observe
	s.world.cache.apps[s.app.id].mode = placement.Observe
	return s.world.Replicas(ctx, namespace, owner, selector)
}

func (r resigning) Save(ctx context.Context, m Memory) error {
	err := r.mapStore.Save(ctx, m)
	r.operator.SetLeader(false)
	return err
}
