package metrics_test

import (
	"slices"
	"testing"

	"evenkeel.dev/evenkeel/pkg/cluster"
	"evenkeel.dev/evenkeel/pkg/metrics"
	"evenkeel.dev/evenkeel/pkg/notify"
	"evenkeel.dev/evenkeel/pkg/workers"
)

// The packages that count do not import this one, and this one does not import
// them: here their words are compared.

func TestTheResultsOfAReconcileAreThoseOfAWorker(t *testing.T) {
	sameWords(t, metrics.ReconcileResults(), workers.Results())
}

func TestTheReasonsOfAWatchRestartAreThoseThatTheClusterGives(t *testing.T) {
	sameWords(t, metrics.WatchReasons(), cluster.RestartReasons())
}

func TestTheResultsOfAnEventAreThoseOfItsWriterAndOther(t *testing.T) {
	sameWords(t, metrics.EventResults(), append(notify.Results(), metrics.Other))
}

func sameWords[S ~string](t *testing.T, listed []string, said []S) {
	t.Helper()
	words := make([]string, len(said))
	for i, word := range said {
		words[i] = string(word)
	}
	slices.Sort(words)
	slices.Sort(listed)
	if !slices.Equal(listed, words) {
		t.Errorf("%q may be counted and %q are said", listed, words)
	}
}
