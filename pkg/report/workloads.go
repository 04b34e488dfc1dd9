package report

import "evenkeel.dev/evenkeel/pkg/placement"

// workloads are the records of one app. Nearly every app has one: a map of it
// would take seven times the memory of all else that is kept of an app here but
// the record itself.
type workloads []*record

// of returns a workload's record, nil where there is none.
func (w workloads) of(id placement.WorkloadID) *record {
	for _, rec := range w {
		if rec.item.ID == id {
			return rec
		}
	}
	return nil
}

// manyWorkloads is where looking through them costs more than a map.
const manyWorkloads = 16

// byID is of for many look-ups.
func (w workloads) byID() func(placement.WorkloadID) *record {
	if len(w) < manyWorkloads {
		return w.of
	}
	records := make(map[placement.WorkloadID]*record, len(w))
	for _, rec := range w {
		records[rec.item.ID] = rec
	}
	return func(id placement.WorkloadID) *record { return records[id] }
}
