package main

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// view is all that there is to be seen at one time.
type view struct {
	now      time.Time
	cluster  string
	api      string
	troubles []string
	picture  picture
	entries  []entry
	// mode is the operator's, empty where it only observes, and evicted how many
	// Pods it has evicted.
	mode    string
	evicted int
}

// The least that the log under the table gets, and the most.
const (
	minLog = 2
	maxLog = 6
)

// header is what stands above the table: where the API is, how many workloads
// hold each verdict, which nodes are not as they should be, and what repair does.
func (v view) header(width int, c colours) []string {
	nodes := "all nodes are ready"
	if len(v.troubles) > 0 {
		nodes = strings.Join(v.troubles, ", ")
	}
	title := "Evenkeel on " + v.cluster + "  " + v.api
	if v.mode != "" {
		title = "Evenkeel in mode " + v.mode + " on " + v.cluster + "  " + v.api
		nodes += "   repair: " + v.repair()
	}
	return []string{
		c.bold(cut(title, width)),
		countsLine(v.picture, width, c),
		cut(nodes, width),
	}
}

// repair says what there is to move, and what was.
func (v view) repair() string {
	text := fmt.Sprintf("%d Pods evicted", v.evicted)
	p := v.picture.plan
	if p == nil {
		return text
	}
	text = fmt.Sprintf("%d moves in the plan, %s", p.moves(), text)
	if p.suspended != "" {
		text += ", suspended: " + p.suspended
	}
	return text
}

// countsLine gives the count of every verdict, worst first.
func countsLine(p picture, width int, c colours) string {
	counts := p.counts()
	var plain, dressed []string
	for _, verdict := range byRank() {
		text := fmt.Sprintf("%s %d", verdict, counts[verdict])
		plain = append(plain, text)
		if counts[verdict] > 0 {
			text = c.verdict(verdict, text)
		}
		dressed = append(dressed, text)
	}
	for _, gap := range []string{"   ", "  ", " "} {
		if utf8.RuneCountInString(strings.Join(plain, gap)) <= width {
			return strings.Join(dressed, gap)
		}
	}
	return cut(strings.Join(plain, " "), width)
}

// frame renders the view for a screen. It has no more lines than height, and
// none is wider than width: the worst are shown, and the latest of the log.
func (v view) frame(width, height int, c colours) []string {
	lines := append(v.header(width, c), "")
	rows := table(v.picture, v.now, width, c)
	// Around the table: an empty line, the log, and how to end.
	room := height - len(lines) - 2
	log := v.log(width, min(max(minLog, room-len(rows)), maxLog), c)
	lines = append(lines, shorten(rows, room-len(log), width)...)
	lines = append(append(lines, ""), log...)
	lines = append(lines, c.dim(cut("Ctrl-C ends it", width)))
	return lines[:min(len(lines), max(0, height))]
}

// log renders the latest of what was done, in so many lines at the most. What
// came of a repair takes a line of its own where it would be cut.
func (v view) log(width, most int, c colours) []string {
	var lines []string
	for _, e := range v.entries[max(0, len(v.entries)-most):] {
		text := []string{e.String()}
		if v.mode != "" && e.effect != "" && utf8.RuneCountInString(text[0]) > width {
			text = []string{entry{at: e.at, what: e.what}.String(), "         " + e.effect}
		}
		for _, t := range text {
			lines = append(lines, c.outcome(e.outcome, cut(t, width)))
		}
	}
	return lines[max(0, len(lines)-most):]
}

// shorten cuts a table to a height, and says how much of it is not shown.
func shorten(rows []string, height, width int) []string {
	if len(rows) <= height || height < 1 {
		return rows
	}
	return append(rows[:height-1:height-1], cut(fmt.Sprintf("… and %d more", len(rows)-height+1), width))
}

// plain renders the view for a pipe or a file: no colours, and nothing that
// ends at the height of a screen.
func (v view) plain(width int) []string {
	return append(v.header(width, colours{}), table(v.picture, v.now, width, colours{})...)
}
