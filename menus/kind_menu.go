package menus

// Menu offers choices, each leading to a node.
type Menu struct {
	Common
	Items []Link
}

func (n *Menu) body(t *turn) Body {
	return Body{Text: t.say(n.Title), Items: labels(t, n.Items)}
}

func (n *Menu) answer(t *turn, input string) { follow(t, n.Items, input) }

func (n *Menu) links() []Link { return n.Items }

func (n *Menu) inspect(r *report) {
	if len(n.Items) == 0 {
		r.add(n.at, "%s: a menu without items", n.Name)
	}
}

func labels(t *turn, items []Link) []string {
	out := make([]string, len(items))
	for i := range items {
		out[i] = t.say(items[i].Label)
	}
	return out
}

// follow goes where the chosen item leads.
func follow(t *turn, items []Link, input string) {
	if i, ok := choose(input, len(items)); ok {
		t.to(items[i].To)
		return
	}
	t.wrong(t.words.Wrong)
}
