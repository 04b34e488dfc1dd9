package main

import (
	"fmt"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"evenkeel.dev/evenkeel/pkg/placement"
)

// The columns of the table.
const (
	columnApp = iota
	columnWorkload
	columnReady
	columnVerdict
	columnNode
	columnZone
	columnFixable
	columnSince
	columnWhy
	columnCount
)

var titles = [columnCount]string{"APP", "WORKLOAD", "READY", "VERDICT", "WORST NODE", "WORST ZONE", "FIX", "SINCE", "WHY"}

// The smallest widths to which columns that can be cut are cut.
const (
	minName = 8
	minWhy  = 16
)

// table renders items, in their order, as lines that are no wider than width;
// the first holds the titles. Where there is room, workloads are shown with
// their kind, and the reason for what is fixable, or not.
func table(items []item, now time.Time, width int, c colours) []string {
	rows := make([][columnCount]string, 0, len(items))
	for _, it := range items {
		rows = append(rows, row(it, now))
	}
	widths := natural(rows)
	if sum(widths[:columnWhy]) > width {
		for i, it := range items {
			rows[i][columnWorkload] = it.Workload.Name
		}
		widths = natural(rows)
	}
	fit(&widths, width)
	lines := make([]string, 0, len(rows)+1)
	lines = append(lines, c.bold(line(titles, widths, width, colours{}, "")))
	for i, r := range rows {
		lines = append(lines, line(r, widths, width, c, items[i].Verdict))
	}
	return lines
}

func row(it item, now time.Time) [columnCount]string {
	return [columnCount]string{
		columnApp:      it.Namespace + "/" + it.App,
		columnWorkload: it.Workload.Kind + "/" + it.Workload.Name,
		columnReady:    fmt.Sprintf("%d/%d", it.Ready, it.Replicas),
		columnVerdict:  string(it.Verdict),
		columnNode:     lossText(it.WorstNode),
		columnZone:     lossText(it.WorstZone),
		columnFixable:  fixableText(it),
		columnSince:    age(it.Since, now),
		columnWhy:      it.Because,
	}
}

func lossText(l loss) string {
	if l.Name == "" {
		return "-"
	}
	return fmt.Sprintf("%s %.0f%%", l.Name, math.Round(l.Loss*100))
}

// fixableText is empty of meaning for a workload that is not placed badly.
func fixableText(it item) string {
	switch {
	case !it.Verdict.AtRisk() || it.Verdict == placement.Unavailable:
		return "-"
	case it.Fixable:
		return "yes"
	default:
		return "no"
	}
}

// age writes how long ago something was, in its greatest unit.
func age(since, now time.Time) string {
	d := max(0, now.Sub(since))
	switch {
	case since.IsZero():
		return "-"
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	default:
		return fmt.Sprintf("%dd", int(d.Hours()/24))
	}
}

// natural returns the widths at which nothing is cut.
func natural(rows [][columnCount]string) [columnCount]int {
	var widths [columnCount]int
	for column, title := range titles {
		widths[column] = utf8.RuneCountInString(title)
		for _, r := range rows {
			widths[column] = max(widths[column], utf8.RuneCountInString(r[column]))
		}
	}
	return widths
}

// sum is the width of a line of columns, with a space between any two.
func sum(widths []int) int {
	total := -1
	for _, w := range widths {
		total += w + 1
	}
	return total
}

// fit cuts the names, the longer one first, until the columns fit into the
// width, and gives the last column what is left, or nothing.
func fit(widths *[columnCount]int, width int) {
	for sum(widths[:columnWhy]) > width {
		name := columnApp
		if widths[columnWorkload] > widths[columnApp] {
			name = columnWorkload
		}
		if widths[name] <= minName {
			break // the lines are cut then
		}
		widths[name]--
	}
	left := width - sum(widths[:columnWhy]) - 1
	if left < minWhy {
		left = 0
	}
	widths[columnWhy] = min(widths[columnWhy], left)
}

// line renders one row. Colours do not count towards the width, so a line that
// is too long has none.
func line(cells [columnCount]string, widths [columnCount]int, width int, c colours, v placement.Verdict) string {
	if sum(widths[:columnWhy]) > width {
		c = colours{}
	}
	parts := make([]string, 0, columnCount)
	for column, text := range cells {
		if widths[column] == 0 {
			continue
		}
		cell := pad(cut(text, widths[column]), widths[column], column == columnReady || column == columnSince)
		if column == columnVerdict {
			cell = c.verdict(v, cell)
		}
		parts = append(parts, cell)
	}
	text := strings.TrimRight(strings.Join(parts, " "), " ")
	if !c.on {
		text = cut(text, width)
	}
	return text
}

func pad(text string, width int, right bool) string {
	space := strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
	if right {
		return space + text
	}
	return text + space
}

// cut shortens a text to a width, and marks that it did.
func cut(text string, width int) string {
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	if width <= 0 {
		return ""
	}
	return string([]rune(text)[:width-1]) + "…"
}
