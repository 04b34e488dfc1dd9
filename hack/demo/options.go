package main

import (
	"flag"
	"fmt"
	"io"
	"strings"
	"time"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// options are the command line.
type options struct {
	mode            string
	duration, every time.Duration
	nodes, zones    int
}

// The bounds of the options. A node that is lost for longer than maxEvery and
// some would lose its Pods to eviction, and they would not come back to it.
const (
	maxEvery = time.Minute
	minZones = 2
	maxNodes = 200
)

func (o *options) flagSet() *flag.FlagSet {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&o.mode, "mode", "observe", "the operator's `mode`: observe, shadow, which shows what would be repaired, or enforce, which repairs it")
	flags.DurationVar(&o.duration, "duration", 0, "how long the cluster keeps changing; 0 for until Ctrl-C")
	flags.DurationVar(&o.every, "every", 5*time.Second, "the `pause` after each change, at most 1m")
	flags.IntVar(&o.nodes, "nodes", 6, "how many simulated `nodes` there are")
	flags.IntVar(&o.zones, "zones", 3, "over how many `zones` they are spread")
	return flags
}

// parse reads the command line. Its error is one line.
func parse(args []string) (options, error) {
	var o options
	flags := o.flagSet()
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("takes flags alone, but got %q", flags.Args())
	case o.modeAtMost() == placement.Off:
		return o, fmt.Errorf("--mode must be observe, shadow or enforce, not %q", o.mode)
	case o.duration < 0:
		return o, fmt.Errorf("--duration must not be negative: %s", o.duration)
	case o.every < 0 || o.every > maxEvery:
		return o, fmt.Errorf("--every must be from 0 to 1m, not %s", o.every)
	case o.zones < minZones:
		return o, fmt.Errorf("--zones must be at least %d, not %d", minZones, o.zones)
	case o.nodes < 2*o.zones || o.nodes > maxNodes:
		return o, fmt.Errorf("--nodes must be from twice --zones, %d, to %d, not %d", 2*o.zones, maxNodes, o.nodes)
	}
	return o, nil
}

// modeAtMost is the mode; off, which the operator has none of, where it can not
// be read.
func (o *options) modeAtMost() placement.Mode {
	mode, _ := placement.ParseMode(o.mode)
	return mode
}

// usage describes the flags.
func usage() string {
	var o options
	var text strings.Builder
	flags := o.flagSet()
	flags.SetOutput(&text)
	flags.PrintDefaults()
	return text.String()
}
