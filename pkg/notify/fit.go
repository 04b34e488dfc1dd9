package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The API's own limits, in bytes; it refuses an Event that goes beyond one.
const (
	maxNote     = 1024
	maxInstance = 128
	maxName     = 253
)

// fit makes a text fit for an Event's note: one line of valid UTF-8 of at most
// maxNote bytes, with an ellipsis where something had to go.
func fit(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.Join(strings.Fields(text), " ")
	const ellipsis = "…"
	if len(text) <= maxNote {
		return text
	}
	return cut(text, maxNote-len(ellipsis)) + ellipsis
}

// cut shortens valid UTF-8 to at most so many bytes, between two runes.
func cut(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
