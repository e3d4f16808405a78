package menus

import "time"

// Dropped returns what a state of an open call holds that may be offered again, and for how long after it was last seen: the window of
// the form the person was in, else of the tree. It is 0 where there is nothing to go on with, and in sensitive branches.
func (tree *Tree) Dropped(s *State) (*State, time.Duration) {
	if s.Held != nil {
		s = s.Held
	}
	if s.Here.Node == tree.Start || s.Here.Node == tree.Language || tree.Sensitive(s) {
		return nil, 0
	}
	if form, ok := tree.Nodes[s.Here.Node].(*Form); ok {
		if len(s.Trail) == 0 { // filed
			return nil, 0
		}
		return s, max(form.Resume, tree.Resume)
	}
	return s, tree.Resume
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
