package main

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestTheScreenFitsItsSize(t *testing.T) {
	for _, size := range []struct{ width, height int }{{80, 24}, {80, 12}, {120, 30}} {
		t.Run(fmt.Sprintf("%d×%d", size.width, size.height), func(t *testing.T) {
			lines := makeView().frame(size.width, size.height, colours{})
			golden(t, fmt.Sprintf("screen-%dx%d.txt", size.width, size.height), strings.Join(lines, "\n")+"\n")
		})
	}
}

func TestTheScreenIsNeverTooSmallToBeDrawn(t *testing.T) {
	many := makeView()
	for range 5 {
		many.entries = append(many.entries, many.entries...)
	}
	for _, v := range []view{{}, makeView(), many} {
		for height := range 40 {
			for _, width := range []int{1, 20, 80, 200} {
				lines := v.frame(width, height, colours{})
				if len(lines) > height {
					t.Errorf("%d lines on a screen of %d", len(lines), height)
				}
				for _, text := range lines {
					if utf8.RuneCountInString(text) > width {
						t.Errorf("wider than %d: %q", width, text)
					}
				}
			}
		}
	}
}

func TestAllDemoAppsAndTheLogFitA24LineScreen(t *testing.T) {
	v := makeView()
	v.picture.items = nil
	for _, a := range (scene{nodes: 6, zones: 3}).apps() {
		v.picture.items = append(v.picture.items, makeItem(a.namespace, a.app, "Deployment", a.name, a.holds.verdict, func(i *item) {
			i.WorstNode, i.WorstZone = loss{"node-1", 1}, loss{"zone-a", 1}
		}))
	}
	text := strings.Join(v.frame(80, 24, colours{}), "\n")
	for _, it := range v.picture.items {
		if want := it.Namespace + "/" + it.App + " "; !strings.Contains(text, want) {
			t.Errorf("%q is not on it, or cut", want)
		}
		if want := " " + it.Workload.Name + " "; !strings.Contains(text, want) {
			t.Errorf("%q is not on it, or cut", want)
		}
	}
	for _, e := range v.entries {
		if !strings.Contains(text, e.String()) {
			t.Errorf("%q is not on it", e)
		}
	}
}
