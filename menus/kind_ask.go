package menus

import "slices"

// keepable are the fields of a profile that an answer may be remembered in.
var keepable = []string{"country", "city", "oblast", "raion"}

// Ask asks one question and goes on; the answer can stand in later wording as {name}.
type Ask struct {
	Common
	Question Question
	To       string
}

func (n *Ask) body(t *turn) Body {
	if n.Question.Type == TypePIN {
		if t.facts.Channel.SMS {
			return Body{Text: t.bySMS()}
		}
		return t.gateBody(n.gate(t))
	}
	return Body{Text: t.say(n.Title), Items: n.Question.items(t)}
}

func (n *Ask) answer(t *turn, input string) {
	if n.Question.Type == TypePIN {
		n.prove(t, input)
		return
	}
	value, ok, why := n.Question.accept(t, input)
	if !ok {
		t.wrong(why)
		return
	}
	if n.Question.Keep != "" && t.facts.Away {
		t.wrong(t.notSaved())
		return
	}
	if n.Question.Keep != "" {
		t.do(Effect{Keep: &Keep{As: t.state.As, Field: n.Question.Keep, Value: value}})
		t.notice(t.words.Noted)
	}
	t.state.setAnswer(n.Question.Name, value)
	t.to(n.To)
}

// gate asks for the PIN of somebody on this phone; who is proved stays so until the call ends.
func (n *Ask) gate(t *turn) *gate {
	return &gate{ask: t.say(n.Title), open: func(as string) {
		t.state.As, t.state.Here.Pick = as, ""
		t.to(n.To)
	}}
}

func (n *Ask) prove(t *turn, input string) {
	if t.facts.Channel.SMS {
		t.wrong(t.words.Wrong)
		return
	}
	t.gateAnswer(n.gate(t), input)
}

func (n *Ask) links() []Link { return []Link{{To: n.To, at: n.at}} }

func (n *Ask) inspect(r *report) {
	q, earlier := &n.Question, map[string]bool{}
	for _, other := range r.tree.Nodes {
		if ask, ok := other.(*Ask); ok && ask != n && q.In != "" && ask.Question.Name == q.In {
			earlier[q.In] = true
		}
	}
	q.inspect(r, n.Name, earlier)
	if q.Keep != "" && !slices.Contains(keepable, q.Keep) {
		r.add(n.at, "%s: keep is country, city, oblast or raion, not %q", n.Name, q.Keep)
	}
}
