package kindcluster

import (
	"fmt"
	"io"
	"strings"
	"sync"

	"sigs.k8s.io/kind/pkg/log"
)

// logger tells what happens line by line, and is a logger for kind.
type logger struct{ out *lineWriter }

func newLogger(out io.Writer) logger {
	if out == nil {
		out = io.Discard
	}
	return logger{out: &lineWriter{out: out}}
}

func (l logger) linef(format string, args ...any) {
	_, _ = fmt.Fprintf(l.out, format+"\n", args...) // who does not listen does not stop the work
}

// Warn, Warnf, Error and Errorf are what kind warns of.
func (l logger) Warn(message string) {
	// Each start of kind with podman would say so.
	if !strings.Contains(message, "enabling experimental podman provider") {
		l.Warnf("%s", message)
	}
}

func (l logger) Warnf(format string, a ...any)  { l.linef("kind: warning: "+format, a...) }
func (l logger) Error(message string)           { l.Errorf("%s", message) }
func (l logger) Errorf(format string, a ...any) { l.linef("kind: error: "+format, a...) }

// V returns the logger for kind's own steps, and one that is silent for what
// goes deeper.
func (l logger) V(level log.Level) log.InfoLogger {
	return info{logger: l, enabled: level <= 0}
}

type info struct {
	logger
	enabled bool
}

func (i info) Info(message string) { i.Infof("%s", message) }

func (i info) Infof(format string, a ...any) {
	text := fmt.Sprintf(format, a...)
	// The end of a step is followed by the beginning of the next, or an error.
	if end := strings.TrimSpace(text); strings.HasPrefix(end, "✓") || strings.HasPrefix(end, "✗") {
		return
	}
	if text = plain(text); i.enabled && text != "" {
		i.linef("kind: %s", text)
	}
}

func (i info) Enabled() bool { return i.enabled }

// plain leaves out what kind adds for the eye: such a line ends in a log.
func plain(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return r == ' ' || r == '\n' || r == '\t' || r > 0x2000 && r != '≤'
	}), " ")
}

// lineWriter keeps the lines of several writers apart.
type lineWriter struct {
	mu  sync.Mutex
	out io.Writer
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(p)
}
