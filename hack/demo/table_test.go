package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"evenkeel.dev/evenkeel/pkg/placement"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file in testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs, got:\n%s\nwant:\n%s", path, got, want)
	}
}

func TestTheTableFitsItsWidth(t *testing.T) {
	for _, width := range []int{80, 100, 120, 160} {
		t.Run(fmt.Sprintf("%d columns", width), func(t *testing.T) {
			lines := table(makePicture(), noon, width, colours{})
			golden(t, fmt.Sprintf("table-%d.txt", width), strings.Join(lines, "\n")+"\n")
		})
	}
}

func TestNoLineIsEverWiderThanTheScreen(t *testing.T) {
	for width := 1; width <= 200; width++ {
		for _, text := range table(makePicture(), noon, width, colours{}) {
			if utf8.RuneCountInString(text) > width {
				t.Errorf("wider than %d: %q", width, text)
			}
		}
	}
}

func TestLongNamesAreCutAndMarked(t *testing.T) {
	it := makeItem("a-namespace-with-a-long-name", "app", "Deployment", "a-workload-with-a-long-name", placement.Healthy)
	lines := table(picture{items: []item{it}}, noon, 80, colours{})
	if want := "a-namespace-wit… a-workload-with-…   4/4 Healthy node-1 25% zone-a 50% -      2m"; lines[1] != want {
		t.Errorf("got %q, want %q", lines[1], want)
	}
}

func TestWithoutWorkloadsThereAreTitlesAlone(t *testing.T) {
	if lines := table(picture{}, noon, 80, colours{}); len(lines) != 1 || !strings.HasPrefix(lines[0], "APP ") {
		t.Errorf("got %q", lines)
	}
}

var ansi = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestColoursLeaveTheTextAsItIs(t *testing.T) {
	for _, width := range []int{30, 80, 120} {
		plain := table(makePicture(), noon, width, colours{})
		dressed := table(makePicture(), noon, width, colours{on: true})
		for i := range plain {
			if strings.Contains(plain[i], "\x1b") {
				t.Errorf("colours where there should be none: %q", plain[i])
			}
			if got := ansi.ReplaceAllString(dressed[i], ""); got != plain[i] {
				t.Errorf("without its colours %q, want %q", got, plain[i])
			}
		}
	}
}

func TestEachSeverityHasItsColour(t *testing.T) {
	c := colours{on: true}
	seen := make(map[string]placement.Severity)
	for _, v := range placement.Verdicts() {
		text := c.verdict(v, "x")
		if s, ok := seen[text]; ok && s != v.Severity() {
			t.Errorf("%s and %s look the same: %q", s, v.Severity(), text)
		}
		seen[text] = v.Severity()
	}
}

func TestAnAgeIsGivenInItsGreatestUnit(t *testing.T) {
	for want, ago := range map[string]time.Duration{
		"0s": -time.Second, "59s": 59 * time.Second, "1m": 119 * time.Second, "23h": 24*time.Hour - 1, "2d": 49 * time.Hour,
	} {
		if got := age(noon.Add(-ago), noon); got != want {
			t.Errorf("%s ago: got %s, want %s", ago, got, want)
		}
	}
}
