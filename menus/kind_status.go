package menus

import "strings"

// Status asks for the reference number of an application and says what to do with it.
type Status struct {
	Common
	Text Wording
}

func (n *Status) body(t *turn) Body {
	if t.state.Here.Pick != "" {
		return Body{Text: t.say(n.Text)}
	}
	return Body{Text: t.say(n.Title)}
}

func (n *Status) answer(t *turn, input string) {
	if t.state.Here.Pick != "" {
		t.wrong(t.words.Wrong)
		return
	}
	if !ValidNumber(strings.NewReplacer("-", "", " ", "").Replace(input)) {
		t.wrong(t.words.BadReference)
		return
	}
	t.pick("asked")
}

func (n *Status) links() []Link { return nil }

func (n *Status) inspect(r *report) {
	r.wording(n.at, n.Name+": text", n.Text)
}
