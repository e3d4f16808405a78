package menus

import "strings"

// NewShelf keeps trees that are in no database.
func NewShelf(trees ...*Tree) *Shelf {
	s := &Shelf{byID: map[revisionID]*Tree{}}
	for _, tree := range trees {
		s.byID[revisionID{tree.Name, tree.Revision}] = tree
	}
	s.published.Store(&trees)
	return s
}

// Published returns the tree of a name as it is published, or nil.
func (s *Shelf) Published(name string) *Tree {
	for _, tree := range *s.published.Load() {
		if tree.Name == name {
			return tree
		}
	}
	return nil
}

// ByCode returns the tree a dialled code opens and the path that stands in the code behind it: *141*2*3# is *141# and 2*3.
// A code that no tree has opens the first tree: whoever got through to us shall read something true. It is nil only when nothing is published.
func (s *Shelf) ByCode(code string) (tree *Tree, path string) {
	for _, tree := range *s.published.Load() {
		for _, own := range tree.Codes {
			if code == own {
				return tree, ""
			}
			rest, ok := strings.CutPrefix(code, strings.TrimSuffix(own, "#")+"*")
			if ok {
				return tree, strings.TrimSuffix(rest, "#")
			}
		}
	}
	if all := *s.published.Load(); len(all) > 0 {
		return all[0], ""
	}
	return nil, ""
}
