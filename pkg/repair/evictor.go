package repair

import (
	"context"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// Eviction is one Pod to be evicted, that very one.
type Eviction struct {
	ID        placement.WorkloadID
	Name, UID string
}

// Evictor does the last step, and it alone: NewEvictor's and NewRecorder's are
// all that enforce and shadow differ in.
type Evictor interface {
	Evict(ctx context.Context, e Eviction) Outcome
}

// NewEvictor makes an Evictor that evicts.
func NewEvictor(server Server) Evictor { return evictor{server} }

type evictor struct{ server Server }

func (v evictor) Evict(ctx context.Context, e Eviction) Outcome {
	return outcomeOf(v.server.Evict(ctx, e.ID.Namespace, e.Name, e.UID))
}

// NewRecorder makes an Evictor that evicts nothing and tells record what it would
// have evicted. Nil is told nothing.
func NewRecorder(record func(Eviction)) Evictor { return recorder{record} }

type recorder struct{ record func(Eviction) }

func (r recorder) Evict(_ context.Context, e Eviction) Outcome {
	if r.record != nil {
		r.record(e)
	}
	return Outcome{Answer: Recorded}
}
