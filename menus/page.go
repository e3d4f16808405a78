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
	p.whole = strings.TrimRight(p.whole, " \n")
	at = p.snap(at)
	rest := p.whole[at:]
	last := line(p.back)
	if p.holds(rest, Measure(p.lead).Plus(gap(p.lead)).Plus(Measure(last))) {
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

// holds reports whether a text fits beside what is used. It looks at no text that has more bytes than the room has characters, and stops at
// the first character too many: the whole of a screen may be long.
func (p *pager) holds(text string, used Size) bool {
	if len(text) > max(2*p.limit.Septets, utf8.UTFMax*p.limit.Units) {
		return false
	}
	for _, r := range text {
		used = used.Plus(sizeOf(r))
		if !p.limit.Holds(used) {
			return false
		}
	}
	return p.limit.Holds(used)
}

// snap mends an offset that no longer fits, since a text may have changed between two pages.
func (p *pager) snap(at int) int {
	if at < 0 || at >= len(p.whole) || !utf8.RuneStart(p.whole[at]) {
		at = 0
	}
	return p.skip(at)
}

// skip steps over blank space, so that no page begins with it and none is empty.
func (p *pager) skip(at int) int {
	for at < len(p.whole) && (p.whole[at] == ' ' || p.whole[at] == '\n') {
		at++
	}
	return at
}

// cut finds where the page from an offset ends and where the next begins, with some room already used.
func (p *pager) cut(at int, used Size) (end, next int) {
	var b breaks
	before := rune(0)
	for i, r := range p.whole[at:] {
		if i > 0 {
			b.note(at+i, r, before, at+i >= p.prose)
		}
		before = r
		used = used.Plus(sizeOf(r))
		if !p.limit.Holds(used) {
			return b.best(at, at+i, at+i >= p.prose)
		}
	}
	return len(p.whole), 0
}

// breaks are the latest places, as byte offsets, where a page may end; 0 when there is none.
type breaks struct {
	space int // between two words
	pause int // behind a line or a sentence
	item  int // before an item
}

func (b *breaks) note(at int, r, before rune, inItems bool) {
	switch {
	case r == '\n' && inItems:
		b.item = at
	case r == '\n', r == ' ' && strings.ContainsRune(".!?", before):
		b.space, b.pause = at, at
	case r == ' ':
		b.space = at
	}
}

// best chooses where a page from an offset ends that is full at another: before an item, behind a sentence when that leaves the page more
// than half full, else between words. What has no break is cut where it is full.
func (b *breaks) best(at, full int, inItems bool) (end, next int) {
	switch {
	case b.item > 0 && (inItems || b.item > b.space):
		return b.item, b.item + 1
	case b.pause-at > (full-at)/2:
		return b.pause, b.pause + 1
	case b.space > 0:
		return b.space, b.space + 1
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
