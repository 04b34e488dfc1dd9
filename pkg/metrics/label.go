package metrics

import (
	"slices"
	"strings"
)

// text makes a label value of what anybody may have written. One value that is
// not UTF-8 would make a counter panic and a whole scrape fail.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// oneOf keeps a label to the values listed, so that no caller, whatever text it
// passes on, can make series without end.
func oneOf(listed []string, value string) string {
	if slices.Contains(listed, value) {
		return value
	}
	return Other
}
