package main

import "evenkeel.dev/evenkeel/pkg/placement"

// colours dress text for a terminal; the zero value leaves it as it is.
type colours struct{ on bool }

// The terminal's attributes: those of colour are of the eight that every
// theme has.
const (
	attrBold   = "1"
	attrDim    = "2"
	attrRed    = "31"
	attrGreen  = "32"
	attrYellow = "33"
	attrCyan   = "36"
)

func (c colours) dress(attr, text string) string {
	if !c.on {
		return text
	}
	return "\x1b[" + attr + "m" + text + "\x1b[0m"
}

func (c colours) bold(text string) string { return c.dress(attrBold, text) }
func (c colours) dim(text string) string  { return c.dress(attrDim, text) }

// verdict dresses a text that is about a verdict, by its severity.
func (c colours) verdict(v placement.Verdict, text string) string {
	switch v.Severity() {
	case placement.Critical:
		return c.dress(attrBold+";"+attrRed, text)
	case placement.Warning:
		return c.dress(attrYellow, text)
	case placement.Info:
		return c.dress(attrCyan, text)
	default:
		if v == placement.Healthy {
			return c.dress(attrGreen, text)
		}
		return c.dim(text)
	}
}

func (c colours) outcome(o outcome, text string) string {
	switch o {
	case pending:
		return c.bold(text)
	case unexpected:
		return c.dress(attrBold+";"+attrRed, text)
	default:
		return text
	}
}
