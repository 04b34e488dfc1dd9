package workers

import (
	"context"
	"runtime/debug"
	"time"
)

// guarded turns a panic of one key's work into an error, so that one bad key
// harms no other. client-go's HandleCrash would log and panic again.
func (p *Pool[K]) guarded(ctx context.Context, key K) (again time.Duration, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = panicked{value: value, stack: debug.Stack()}
		}
	}()
	return p.work(ctx, key)
}
