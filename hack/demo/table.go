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

// cells are those of a row, or the titles.
type cells [columnCount]string

var titles = cells{"APP", "WORKLOAD", "READY", "VERDICT", "WORST NODE", "WORST ZONE", "FIX", "SINCE", "WHY"}

// The smallest widths to which columns that can be cut are cut. What the plan says
// has minRepair, for which others are left out, and goodRepair rather than that
// workloads are shown with their kind.
const (
	minName    = 8
	minWhy     = 16
	minRepair  = 21
	goodRepair = 40
)

// table renders a picture's items, in their order, as lines that are no wider
// than width; the first holds the titles. Where there is room, workloads are
// shown with their kind, and the reason for what is fixable, or not. Where there
// is a plan, what that says is shown instead, and there is always room for it.
func table(p picture, now time.Time, width int, c colours) []string {
	rows := make([]cells, 0, len(p.items)+1)
	rows = append(rows, titles)
	for _, it := range p.items {
		rows = append(rows, row(it, now))
	}
	wanted, reserved := 0, 0
	if p.plan != nil {
		withRepair(rows, p)
		wanted, reserved = goodRepair+1, minRepair+1
	}
	if sum(natural(rows)[:columnWhy])+wanted > width {
		for i, it := range p.items {
			rows[i+1][columnWorkload] = it.Workload.Name
		}
	}
	for _, column := range []int{columnZone, columnSince} {
		if p.plan != nil && sum(natural(rows)[:columnWhy])+reserved > width {
			hide(rows, column)
		}
	}
	widths := natural(rows)
	fit(widths, width, reserved)
	lines := make([]string, 0, len(rows))
	lines = append(lines, c.bold(line(rows[0], widths, width, colours{}, "")))
	for i, it := range p.items {
		lines = append(lines, line(rows[i+1], widths, width, c, it.Verdict))
	}
	return lines
}

// withRepair puts what the plan says into the last column. What is fixable is
// seen from that.
func withRepair(rows []cells, p picture) {
	hide(rows, columnFixable)
	rows[0][columnWhy] = "REPAIR"
	for i, it := range p.items {
		rows[i+1][columnWhy] = p.plan.says(it)
	}
}

// hide empties a column, so that it has no width.
func hide(rows []cells, column int) {
	for i := range rows {
		rows[i][column] = ""
	}
}

func row(it item, now time.Time) cells {
	return cells{
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
func natural(rows []cells) []int {
	widths := make([]int, columnCount)
	for _, r := range rows {
		for column, text := range r {
			widths[column] = max(widths[column], utf8.RuneCountInString(text))
		}
	}
	return widths
}

// sum is the width of a line of columns, with a space between any two. One
// without a width is not there.
func sum(widths []int) int {
	total := -1
	for _, w := range widths {
		if w > 0 {
			total += w + 1
		}
	}
	return total
}

// fit cuts the names, the longer one first, until the columns fit into the
// width and leave so much of it, and gives the last column what is left, or
// nothing.
func fit(widths []int, width, reserved int) {
	for sum(widths[:columnWhy])+reserved > width {
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
func line(of cells, widths []int, width int, c colours, v placement.Verdict) string {
	if sum(widths[:columnWhy]) > width {
		c = colours{}
	}
	parts := make([]string, 0, columnCount)
	for column, text := range of {
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
