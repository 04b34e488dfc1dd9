package cluster

import (
	"fmt"
	"strings"
)

// oneLine is an error whose text stands on one line: parsers and credential
// plugins write several.
type oneLine struct{ error }

func onOneLine(err error) error { return oneLine{err} }

func (e oneLine) Error() string { return strings.Join(strings.Fields(e.error.Error()), " ") }
func (e oneLine) Unwrap() error { return e.error }

// some lists names for a person, not too many.
func some(names []string) string {
	const most = 10
	switch n := len(names); {
	case n == 0:
		return "none"
	case n > most:
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), n-most)
	default:
		return strings.Join(names, ", ")
	}
}
