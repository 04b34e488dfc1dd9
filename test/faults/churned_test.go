package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// churned is one Pod in its changes.
type churned struct {
	churn  *churn
	app    string
	worker int
	moves  bool

	generation   int
	node         int
	there, ready bool
	// going is true from the first try of a deletion to its success: the server
	// deletes in two steps, and may have been kept from the second.
	going bool
}

func (p *churned) name() string { return fmt.Sprintf("%s-%d-%d", p.app, p.worker, p.generation) }

// change is one request; it is told of its success.
type change func(ctx context.Context) error

func (p *churned) well() bool { return p.there && p.ready && !p.going }

// next is the change that is due: a Pod that moves is made, made ready and
// deleted in turn, with a label between. One that stands is relabelled, but for
// a single one of each app that is now and then not ready.
func (p *churned) next(ctx context.Context) error {
	if !p.well() {
		return p.mend(ctx)
	}
	switch r := rand.IntN(10); {
	case p.moves && r < 3:
		return p.remove(ctx)
	case !p.moves && r < 3 && p.worker == 0:
		return p.makeReady(ctx, false)
	default:
		return p.relabel(ctx)
	}
}

// mend brings the Pod one step further to being there and ready.
func (p *churned) mend(ctx context.Context) error {
	switch {
	case p.going:
		return p.remove(ctx)
	case !p.there:
		return p.create(ctx)
	default:
		return p.makeReady(ctx, true)
	}
}

// until repeats a change until all is well or ctx ends.
func (p *churned) until(ctx context.Context, well func() bool, next change) {
	for !well() && ctx.Err() == nil {
		p.do(ctx, next)
	}
}

// do makes one change, to its end, counts it, and waits a little after a
// failure: a server that does not listen refuses at once.
func (p *churned) do(ctx context.Context, next change) {
	request, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	if err := next(request); err == nil {
		p.churn.changes.Add(1)
		return
	}
	pause := time.NewTimer(50 * time.Millisecond)
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-ctx.Done():
	}
}

// create makes the Pod anew. Whether a request that was not answered took
// effect is told by the next one.
func (p *churned) create(ctx context.Context) error {
	p.node = p.worker % nodes
	if p.moves {
		p.node = rand.IntN(nodes)
	}
	s := p.churn.stage
	err := p.churn.client.Post().Namespace(s.namespace).Resource("pods").Body(s.pod(p.app, p.name(), p.node)).Do(ctx).Error()
	if err == nil || apierrors.IsAlreadyExists(err) {
		p.there, p.ready = true, false
	}
	return err
}

func (p *churned) remove(ctx context.Context) error {
	p.going = true
	err := p.churn.client.Delete().Namespace(p.churn.stage.namespace).Resource("pods").Name(p.name()).
		Body(&metav1.DeleteOptions{GracePeriodSeconds: new(int64)}).Do(ctx).Error()
	if err == nil || apierrors.IsNotFound(err) {
		p.gone()
	}
	return err
}

func (p *churned) makeReady(ctx context.Context, ready bool) error {
	return p.makeReadyAt(ctx, ready, time.Now())
}

func (p *churned) makeReadyAt(ctx context.Context, ready bool, at time.Time) error {
	err := p.patch(ctx, p.churn.stage.status(p.node, ready, at), "status")
	if err == nil {
		p.ready = ready
	}
	return err
}

// relabel also takes the list of who wrote what away, which is the most of so
// small a Pod: what a slow network is to carry is little enough.
func (p *churned) relabel(ctx context.Context) error {
	return p.patch(ctx, fmt.Appendf(nil, `{"metadata":{"labels":{"tick":"%d"},"managedFields":[{}]}}`, rand.IntN(1000)))
}

func (p *churned) patch(ctx context.Context, patch []byte, subresource ...string) error {
	err := p.churn.client.Patch(types.MergePatchType).Namespace(p.churn.stage.namespace).Resource("pods").Name(p.name()).
		SubResource(subresource...).Body(patch).Do(ctx).Error()
	if apierrors.IsNotFound(err) {
		p.gone()
	}
	return err
}

// gone notes that the Pod is no more. Its successor has another name.
func (p *churned) gone() {
	p.there, p.going = false, false
	p.generation++
}
