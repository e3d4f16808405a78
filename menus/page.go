package menus

import (
	"strings"
	"unicode/utf8"
)

// pager cuts a whole screen into pages. The text breaks at words, the items between lines; only what is longer than a page by
// itself is cut harder, and never inside a character, so no surrogate pair and no escape pair is ever split.
type pager struct {
	limit            Limit
	whole            string // text and items, lines joined by a line feed
	prose            int    // bytes of whole that are text; items follow
	lead             string // shown above this page only
	back, home, more string // words of the navigation line; empty ones are left out
}

// page returns the page that begins at a byte offset and where the next one begins, 0 when this is the last.
func (p *pager) page(at int) (string, int) {
	at = p.snap(at)
	rest := p.whole[at:]
	last := line(p.back)
	if p.limit.Holds(Measure(p.lead).Plus(gap(p.lead)).Plus(Measure(rest)).Plus(Measure(last))) {
		return p.withHome(join(p.lead, rest+last)), 0
	}
	nav := line(p.back, p.more)
	used := Measure(p.lead).Plus(gap(p.lead)).Plus(Measure(nav))
	cut, next := p.cut(at, used)
	if cut == at { // the lead leaves no room at all: the person needs the screen more than the line
		cut, next = p.cut(at, Measure(nav))
		return p.whole[at:cut] + nav, next
	}
	return join(p.lead, p.whole[at:cut]+nav), next
}

// snap mends an offset that no longer fits, since a text may have changed between two pages.
func (p *pager) snap(at int) int {
	if at < 0 || at >= len(p.whole) || !utf8.RuneStart(p.whole[at]) {
		return 0
	}
	return at
}

// cut finds where the page from an offset ends and where the next begins, with some room already used.
func (p *pager) cut(at int, used Size) (end, next int) {
	space, item := -1, -1
	for i, r := range p.whole[at:] {
		i += at
		if i > at && (r == '\n' || r == ' ') {
			if i >= p.prose && r == '\n' {
				item = i
			} else {
				space = i
			}
		}
		used = used.Plus(sizeOf(r))
		if !p.limit.Holds(used) {
			return breakAt(at, i, space, item, i >= p.prose)
		}
	}
	return len(p.whole), 0
}

// breakAt chooses between the breaks seen before the page was full at offset full.
func breakAt(at, full, space, item int, inItems bool) (end, next int) {
	switch {
	case item > at && (inItems || item > space):
		return item, item + 1
	case space > at:
		return space, space + 1
	}
	return full, full
}

// withHome adds the way home to a last page, when there is room for it.
func (p *pager) withHome(page string) string {
	if p.home == "" {
		return page
	}
	longer := page + " " + p.home
	if p.limit.Holds(Measure(longer)) {
		return longer
	}
	return page
}

// line is a navigation line with the line feed before it, or nothing.
func line(words ...string) string {
	var kept []string
	for _, w := range words {
		if w != "" {
			kept = append(kept, w)
		}
	}
	if len(kept) == 0 {
		return ""
	}
	return "\n" + strings.Join(kept, " ")
}

func join(lead, rest string) string {
	if lead == "" {
		return rest
	}
	return lead + "\n" + rest
}

// gap is the room of the line feed behind a lead.
func gap(lead string) Size {
	if lead == "" {
		return Size{}
	}
	return sizeOf('\n')
}
