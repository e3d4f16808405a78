package menus

import (
	"strings"
	"time"
)

// Dropped returns what a state of an open call holds that may be offered again, and for how long after it was last seen: the window of
// the form the person was in, or had begun and left, else of the tree. It is 0 where there is nothing to go on with, and in sensitive branches.
// No PIN and nothing that was opened with one is in it.
func (tree *Tree) Dropped(s *State) (*State, time.Duration) {
	if s.Held != nil {
		s = s.Held
	}
	if tree.Sensitive(s) {
		return nil, 0
	}
	s = s.locked()
	switch tree.Nodes[s.Here.Node].(type) {
	case *Status, *Account:
		return nil, 0
	}
	if form, ok := tree.Nodes[s.Here.Node].(*Form); ok {
		if strings.HasPrefix(s.Here.Pick, pickDone) {
			return nil, 0
		}
		return s, max(form.Resume, tree.Resume)
	}
	if form := tree.begun(s); form != nil {
		back := *s
		back.Here, back.Trail = Spot{Node: form.Name}, []Spot{{Node: tree.Start}}
		return &back, max(form.Resume, tree.Resume)
	}
	if s.Here.Node == tree.Start || s.Here.Node == tree.Language {
		return nil, 0
	}
	return s, tree.Resume
}

// locked is a state without the PIN that was typed in its call, and without who was proved by it.
func (s *State) locked() *State {
	out := *s
	out.PIN, out.As, out.Lent = nil, "", false
	out.Here.Pick, _, _ = strings.Cut(s.Here.Pick, stageMark)
	return &out
}

// takeUp answers the question whether a dropped dialogue shall go on.
func (t *turn) takeUp(input string, tries int) {
	switch {
	case t.state.Here.Pick != "":
		t.unlockHeld(input, tries)
	case input == "1" && t.facts.HeldTree != nil && t.guarded() && t.facts.Channel.SMS:
		t.notice(t.bySMS())
	case input == "1" && t.facts.HeldTree != nil && t.guarded():
		t.state.Here.Pick = pickHeld
	case input == "1" && t.facts.HeldTree != nil:
		t.goOn("")
	case input == "1", input == "2", input == keyBack, input == keyHome:
		t.startOver()
	default:
		t.wrong(t.words.Wrong)
	}
}

// guarded reports whether what is held is opened with a PIN: a form is, on a phone where somebody has one.
func (t *turn) guarded() bool { return t.facts.HasPIN && t.facts.HeldTree.Filling(t.state.Held) }

// goOn takes up what is held.
func (t *turn) goOn(as string) {
	*t.state = *t.state.Held
	t.state.As = as
	t.tree = t.facts.HeldTree
	t.speak()
	if form, ok := t.node().(*Form); ok && as != "" {
		form.passPIN(t)
	}
}

// pickHeld stands for the PIN of a dropped form, which is asked before it goes on.
const pickHeld = "held"

// unlockHeld asks for the PIN; after three wrong ones the person begins anew.
func (t *turn) unlockHeld(input string, tries int) {
	if input == keyBack {
		t.state.Here.Pick = ""
		return
	}
	t.gateAnswer(t.heldGate(), input)
	if t.missed && tries >= helpAfter {
		t.missed = false
		t.startOver()
	}
}

func (t *turn) heldGate() *gate {
	return &gate{pick: pickHeld, ask: t.words.PINYours, skip: t.words.StartOver, open: t.goOn, left: t.startOver}
}

func (t *turn) startOver() { t.state.Held, t.state.Here.Pick, t.state.Trail = nil, "", nil }

// Filling reports whether a state is in a form, or holds the answers of one: more than a place that was read.
func (tree *Tree) Filling(s *State) bool {
	held, _ := tree.Dropped(s)
	if held == nil {
		return false
	}
	_, ok := tree.Nodes[held.Here.Node].(*Form)
	return ok
}

// begun is the form that has answers and was left for another node, or nil; the one answered last when there are several.
func (tree *Tree) begun(s *State) *Form {
	for i := len(s.Answers) - 1; i >= 0; i-- {
		name, _, ok := strings.Cut(s.Answers[i].Name, "/")
		if form, isForm := tree.Nodes[name].(*Form); ok && isForm && !form.Sensitive {
			return form
		}
	}
	return nil
}

// Greedy reports whether the person stands at a question that any text answers, so that a star in it is no separator.
func (tree *Tree) Greedy(s *State) bool {
	if s.Held != nil {
		return false
	}
	switch n := tree.Nodes[s.Here.Node].(type) {
	case *Ask:
		return n.Question.free()
	case *Status:
		return strings.HasPrefix(s.Here.Pick, pickReply)
	case *Form:
		t := &turn{tree: tree, state: s, facts: &Facts{}}
		current, ok := n.current(t, n.steps(t))
		return ok && s.Here.Pick != pickReview && s.Here.Pick != pickEdit && current.free()
	}
	return false
}
