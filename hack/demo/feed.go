package main

import (
	"context"
	"sync"
)

// feed is a value that changes, and that can be waited for. It is safe for
// concurrent use.
type feed[T any] struct {
	mu      sync.Mutex
	value   T
	changed chan struct{}
}

func newFeed[T any](value T) *feed[T] {
	return &feed[T]{value: value, changed: make(chan struct{})}
}

// update replaces the value by what change makes of it.
func (f *feed[T]) update(change func(T) T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.value = change(f.value)
	close(f.changed)
	f.changed = make(chan struct{})
}

func (f *feed[T]) set(value T) { f.update(func(T) T { return value }) }

// get returns the value, and a channel that is closed when there is another.
func (f *feed[T]) get() (T, <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.value, f.changed
}

func (f *feed[T]) now() T {
	value, _ := f.get()
	return value
}

// await returns the first value that is as wanted. If ctx ends before, it
// returns the last one and why ctx ended.
func (f *feed[T]) await(ctx context.Context, wanted func(T) bool) (T, error) {
	for {
		value, changed := f.get()
		if wanted(value) {
			return value, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return value, context.Cause(ctx)
		}
	}
}
