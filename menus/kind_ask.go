package menus

// Ask asks one question and goes on; the answer can stand in later wording as {name}.
type Ask struct {
	Common
	Question Question
	To       string
}

func (n *Ask) body(t *turn) Body {
	return Body{Text: t.say(n.Title), Items: n.Question.items(t)}
}

func (n *Ask) answer(t *turn, input string) {
	value, ok, why := n.Question.accept(t, input)
	if !ok {
		t.wrong(why)
		return
	}
	t.state.setAnswer(n.Question.Name, value)
	t.to(n.To)
}

func (n *Ask) links() []Link { return []Link{{To: n.To, at: n.at}} }

func (n *Ask) inspect(r *report) {
	n.Question.inspect(r, n.Name, map[string]bool{})
}
