package main

import (
	"testing"
	"time"
)

// seen is what a recorder has seen whose heap grew from one sample under churn
// to the next by so much.
func seen(growth float64) *recorder {
	r := &recorder{}
	for i := range 40 {
		r.looks = append(r.looks, look{under: "churn", goroutines: 60, heap: 40*mebi + float64(i)*growth, series: 500})
	}
	return r
}

func TestWhatGrowsWithoutEndFails(t *testing.T) {
	if err := seen(0).flat(); err != nil {
		t.Errorf("what does not grow: %v", err)
	}
	if err := seen(.05 * mebi).flat(); err != nil {
		t.Errorf("what varies: %v", err)
	}
	if err := seen(mebi).flat(); err == nil {
		t.Error("a heap that doubles is let pass")
	}
}

func TestWhatIsLeftFails(t *testing.T) {
	before := look{under: "peace", goroutines: 60, heap: 40 * mebi, workloads: 200, pods: 2000, namespaces: 8, apps: 200}
	cases := map[string]struct {
		after look
		fails bool
	}{
		"nothing":     {before, false},
		"a namespace": {func() look { l := before; l.namespaces++; return l }(), true},
		"an app":      {func() look { l := before; l.apps++; return l }(), true},
		"a Pod less":  {func() look { l := before; l.pods--; return l }(), true},
		"goroutines":  {func() look { l := before; l.goroutines += 20; return l }(), true},
		"a key":       {func() look { l := before; l.depth++; return l }(), true},
		"series":      {func() look { l := before; l.series += 50; return l }(), true},
		"heap":        {func() look { l := before; l.heap += 7 * mebi; return l }(), true},
		"a time":      {func() look { l := before; l.atRisk = 201; return l }(), true},
		"each time":   {func() look { l := before; l.atRisk = 200; return l }(), false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := &recorder{looks: []look{c.after}}
			if err := r.nothingLeft(before); (err != nil) != c.fails {
				t.Errorf("fails: %v, want %t", err, c.fails)
			}
		})
	}
}

func TestTheTimeIsLongEnoughToTell(t *testing.T) {
	if _, err := parse([]string{"--for", "1m"}); err == nil {
		t.Error("a minute is let pass")
	}
	o, err := parse([]string{"--for", "10m"})
	if err != nil || o.every != 10*time.Second {
		t.Errorf("%+v, %v", o, err)
	}
}
