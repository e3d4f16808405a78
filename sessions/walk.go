package sessions

import (
	"strings"

	"sapar/menus"
	"sapar/people"
)

// walk takes typed steps through a tree; a carrier may send several at once.
type walk struct {
	tree    *menus.Tree
	facts   *menus.Facts
	number  func() string // draws the number of a further filing
	state   menus.State
	screen  menus.Screen
	effects []menus.Effect
}

// maxSteps bounds how many steps one callback may take, against a path of ten thousand stars.
const maxSteps = 40

// along walks a path. A star separates steps, but a question that takes any text takes the stars too, unless the path was dialled
// with the code: then every star is a separator.
func (w *walk) along(path string, dialled bool) {
	for range maxSteps {
		input, rest, more := strings.Cut(path, "*")
		if len(path) > 4*menus.MaxInput || !dialled && w.tree.Greedy(&w.state) {
			input, rest, more = path, "", false
		}
		w.take(input)
		if !more || w.screen.End {
			return
		}
		path = rest
	}
}

func (w *walk) take(input string) {
	held := w.state.Held != nil
	var effects []menus.Effect
	w.state, w.screen, effects = menus.Step(w.tree, w.state, input, w.facts)
	w.effects = append(w.effects, effects...)
	w.note(effects)
	if held && w.state.Held == nil && w.facts.HeldTree != nil && w.state.Revision == w.facts.HeldTree.Revision {
		w.tree = w.facts.HeldTree
	}
}

// note makes what a step asked for a fact of the steps behind it in the same callback.
func (w *walk) note(effects []menus.Effect) {
	for _, e := range effects {
		switch {
		case e.Tick != nil:
			ticked := people.Person{Ticks: w.facts.Ticks}
			ticked.SetTick(e.Tick.Item, e.Tick.Done)
			w.facts.Ticks = ticked.Ticks
		case e.File != nil:
			w.facts.Number = w.number()
			w.facts.HasPIN = w.facts.HasPIN || e.File.PIN != ""
		case e.SetPIN != nil, e.Join != nil:
			w.facts.HasPIN = true
		case e.Forget != nil:
			w.facts.HasPIN = false
		}
	}
}
