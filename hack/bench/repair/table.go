package main

import (
	"strings"
	"unicode/utf8"
)

// table is rows of cells, the head first.
type table [][]string

// text is the table for a terminal.
func (t table) text() string { return t.lines("  ", "", "") }

// markdown is the table for a document.
func (t table) markdown() string { return strings.TrimSpace(t.lines(" | ", "| ", " |")) }

func (t table) lines(between, before, after string) string {
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
