package page

import (
	"strings"
	"unicode/utf8"
)

// Table is rows of cells, the head first.
type Table [][]string

// Text is the table for a terminal.
func (t Table) Text() string { return t.lines("  ", "", "") }

// Markdown is the table for a document.
func (t Table) Markdown() string { return strings.TrimSpace(t.lines(" | ", "| ", " |")) }

func (t Table) lines(between, before, after string) string {
	widths := make([]int, len(t[0]))
	for _, cells := range t {
		for i, cell := range cells {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for n, cells := range t {
		line := make([]string, len(cells))
		for i, cell := range cells {
			line[i] = cell + strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
		}
		b.WriteString(strings.TrimRight(before+strings.Join(line, between)+after, " ") + "\n")
		if n == 0 && before != "" {
			b.WriteString("|" + strings.Repeat("---|", len(cells)) + "\n")
		}
	}
	return b.String()
}
