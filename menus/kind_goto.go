package menus

// Goto has no screen: it leads to another node, so that one subject can stand in several places.
type Goto struct {
	Common
	To string
}

func (n *Goto) body(*turn) Body      { return Body{} }
func (n *Goto) answer(*turn, string) {}
func (n *Goto) links() []Link        { return []Link{{To: n.To, at: n.at}} }
func (n *Goto) inspect(r *report) {
	seen := map[string]bool{n.Name: true}
	for at := n.To; !seen[at]; {
		next, ok := r.tree.Nodes[at].(*Goto)
		if !ok {
			return
		}
		seen[at] = true
		at = next.To
	}
	r.add(n.at, "%s: gotos lead in a circle", n.Name)
}
