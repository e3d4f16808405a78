package menus

import (
	"strings"
	"time"
)

// Dropped returns what a state of an open call holds that may be offered again, and for how long after it was last seen: the window of
// the form the person was in, or had begun and left, else of the tree. It is 0 where there is nothing to go on with, and in sensitive branches.
func (tree *Tree) Dropped(s *State) (*State, time.Duration) {
	if s.Held != nil {
		s = s.Held
	}
	if tree.Sensitive(s) {
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
	case *Form:
		t := &turn{tree: tree, state: s, facts: &Facts{}}
		current, ok := n.current(t, n.steps(t))
		return ok && s.Here.Pick != pickReview && s.Here.Pick != pickEdit && current.free()
	}
	return false
}
