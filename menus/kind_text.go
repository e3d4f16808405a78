package menus

// Text is something to read, with links behind it.
type Text struct {
	Common
	Text Phrase
	Then []Link
	End  bool // the last screen of the call
}

func (n *Text) body(t *turn) Body {
	text := t.say(n.Text)
	if n.Title.Given() {
		text = t.say(n.Title) + "\n" + text
	}
	t.end = n.End
	return Body{Text: text, Items: labels(t, n.Then)}
}

func (n *Text) answer(t *turn, input string) { follow(t, n.Then, input) }

func (n *Text) links() []Link { return n.Then }

func (n *Text) inspect(r *report) {
	if len(n.Facts) == 0 {
		r.add(n.at, "%s: a text needs facts: its source, date and confidence", n.Name)
	}
	if n.End && len(n.Then) > 0 {
		r.add(n.at, "%s: a last screen cannot lead on", n.Name)
	}
}
