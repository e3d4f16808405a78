package menus_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode"

	"sapar/menus"
)

// setting is what a person or a carrier may choose about letters.
type setting struct {
	lang    menus.Language
	script  menus.Script
	charset menus.Charset
}

func settings() []setting {
	var out []setting
	for _, lang := range menus.Languages {
		for _, script := range lang.Scripts() {
			out = append(out, setting{lang, script, menus.UCS2})
		}
		out = append(out, setting{lang, lang.Scripts()[0], menus.TransliterateAll}, setting{lang, lang.Scripts()[0], menus.ASCIIOnly})
	}
	return out
}

// walker visits every screen of a tree once: the nodes with whatever can be picked in them.
type walker struct {
	t     *testing.T
	tree  *menus.Tree
	facts *menus.Facts
	costs map[rune]int
	limit menus.Limit
	seen  map[string]bool // whole screens, since a form comes to one question by many answers
}

// pages turns all pages of a screen with 99 and returns what they say, without navigation lines and white space.
func (w *walker) pages(state menus.State, screen menus.Screen) string {
	w.t.Helper()
	var said strings.Builder
	for turned := 0; ; turned++ {
		shows(w.t, w.costs, w.limit, screen.Text)
		text := squeeze(withoutNavigation(screen.Text))
		if text == "" {
			w.t.Fatalf("%+v: page %d says nothing: %q", state.Here, turned, screen.Text)
		}
		said.WriteString(text)
		if state.Next == 0 {
			w.back(state, turned)
			return said.String()
		}
		before := state
		state, screen, _ = menus.Step(w.tree, state, "99", w.facts)
		w.wrongKey(before)
		if turned > 200 {
			w.t.Fatalf("%+v has no end", state.Here)
		}
	}
}

// back goes back from the last page to the first.
func (w *walker) back(state menus.State, turned int) {
	w.t.Helper()
	here := state.Here
	for range turned {
		at := state.Here.At
		state, _, _ = menus.Step(w.tree, state, "0", w.facts)
		if state.Here.Node != here.Node || state.Here.Pick != here.Pick || state.Here.At >= at {
			w.t.Fatalf("0 leads from page %d of %+v to %+v", at, here, state.Here)
		}
	}
	if state.Here.At != 0 {
		w.t.Fatalf("0 does not lead to the first page of %+v", here)
	}
}

// wrongKey presses a key that is no choice: the same page under a line, and it fits.
func (w *walker) wrongKey(state menus.State) {
	w.t.Helper()
	for _, missed := range []int{0, 2} { // the kind line, then the help text
		state.Misses = missed
		next, screen, effects := menus.Step(w.tree, state, "#", w.facts)
		if next.Misses == 0 { // any text is an answer here
			return
		}
		shows(w.t, w.costs, w.limit, screen.Text)
		if next.Here != state.Here || next.Misses != missed+1 || screen.End || len(effects) > 0 {
			w.t.Fatalf("a wrong key leads from %+v to %+v, miss %d", state.Here, next.Here, next.Misses)
		}
	}
}

// whole is all a screen says, on a phone without limit.
func (w *walker) whole(state menus.State) string {
	facts := *w.facts
	facts.Channel.First, facts.Channel.Later = menus.Limit{Septets: 1 << 20, Units: 1 << 20}, menus.Limit{Septets: 1 << 20, Units: 1 << 20}
	_, screen := menus.Show(w.tree, state, &facts)
	return squeeze(withoutNavigation(screen.Text))
}

// visit looks at every screen of a node: the node, then what each of its items opens inside it.
func (w *walker) visit(state menus.State, screen menus.Screen) {
	w.t.Helper()
	want := w.whole(state)
	key := state.Here.Node + " " + state.Here.Pick + " " + want
	if w.seen[key] || len(state.Trail) > 6 {
		return
	}
	w.seen[key] = true
	if got := w.pages(state, screen); got != want {
		w.t.Fatalf("%+v: the pages say %q, not %q", state.Here, got, want)
	}
	for item := 1; item < 98; item++ {
		next, screen, effects := menus.Step(w.tree, state, strconv.Itoa(item), w.facts)
		if next.Misses > 0 {
			return
		}
		// What asks for an effect is left out: nobody carries out a tick here, so its facts would change under the pages.
		if len(effects) == 0 && next.Here.Node == state.Here.Node && next.Here.Pick != state.Here.Pick {
			w.visit(next, screen)
		}
	}
}

func TestEveryScreenOfTheBuiltInTreeIsPagedWhole(t *testing.T) {
	tree, costs, usual := builtInTree(t), septets(t), testFacts(t)
	for _, set := range settings() {
		for _, limit := range limits {
			t.Run(string(set.lang)+" "+string(set.script)+" "+string(set.charset)+" "+strconv.Itoa(limit.Units), func(t *testing.T) {
				t.Parallel()
				facts := *usual
				facts.Channel = channelOf(limit, set.charset)
				w := &walker{t, tree, &facts, costs, limit, map[string]bool{}}
				for name := range tree.Nodes {
					state, _ := menus.Open(tree, set.lang, set.script, name, &facts)
					state.Trail = []menus.Spot{{Node: tree.Start}}
					state, screen := menus.Show(tree, state, &facts)
					w.visit(state, screen)
				}
			})
		}
	}
}

// squeeze is a text without white space.
func squeeze(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, text)
}

// withoutNavigation is a screen without its navigation line.
func withoutNavigation(text string) string {
	i := strings.LastIndexByte(text, '\n')
	if last := text[i+1:]; strings.HasPrefix(last, "0 ") || strings.HasPrefix(last, "99 ") {
		return text[:max(i, 0)]
	}
	return text
}
