package menus

import (
	"slices"
	"strings"
)

// nameNotify is the yes or no to a text when something changes.
const nameNotify = "notify"

// known stands in the answers for a PIN: the digits never do.
const known = "known"

// answered reports whether a question has its answer. A PIN counts only in the call in which it was typed.
func (s formStep) answered(t *turn) bool {
	value, ok := t.state.answer(s.key)
	if s.Type != TypePIN {
		return ok
	}
	return ok && value == "" || s.newPIN(t) != nil || t.state.As != ""
}

// value is the answer to a question; of a PIN only whether there is one.
func (s formStep) value(t *turn) string {
	value, ok := t.state.answer(s.key)
	if s.Type == TypePIN && !ok {
		return known
	}
	return value
}

// newPIN is the PIN that was chosen at this question, once it was typed twice.
func (s formStep) newPIN(t *turn) *NewPIN {
	if pin := t.state.PIN; pin != nil && pin.Sure && pin.For == s.key {
		return pin
	}
	return nil
}

// label is the short name of a question; that of a PIN is the engine's own.
func (t *turn) label(q *Question) string {
	if q.Type == TypePIN {
		return t.words.PIN
	}
	return t.say(q.Label)
}

// gate asks for the PIN with which the person will read the answer.
func (n *Form) gate(t *turn, s formStep) *gate {
	g := &gate{pick: s.key, ask: t.words.PINForForm, choose: true}
	g.open = func(as string) {
		t.state.As, t.state.PIN = as, nil
		n.answeredPIN(t, s, known)
	}
	g.chosen = func(NewPIN) { n.answeredPIN(t, s, known) }
	if s.Optional {
		g.skip = t.words.PINSkip
	}
	g.left = func() {
		t.state.PIN = nil
		n.answeredPIN(t, s, "")
	}
	return g
}

func (n *Form) answeredPIN(t *turn, s formStep, value string) {
	t.state.setAnswer(s.key, value)
	n.advance(t, s.key)
}

// passPIN goes by the question for a PIN that has just been typed.
func (n *Form) passPIN(t *turn) {
	for _, s := range n.steps(t) {
		if s.Type == TypePIN && t.state.Here.Pick == s.key {
			t.state.Here.Pick = ""
		}
	}
}

// file asks for the filing and shows its number. The answers are forgotten, the way back ends, and a further form of this call gets a number
// of its own. A filing whose PIN was refused asks for another one.
func (n *Form) file(t *turn, steps []formStep) {
	filing := &Filing{Kind: n.File, Number: t.state.Number}
	for _, s := range steps {
		value, _ := t.state.answer(s.key)
		switch {
		case s.Type == TypePIN && s.newPIN(t) != nil && t.facts.Refused != "":
			n.askAgain(t, s)
			return
		case s.Type == TypePIN:
			s.sign(t, filing)
		case s.Name == nameNotify:
			filing.Notify = value == yes
		default:
			filing.Answers = append(filing.Answers, Answer{Name: strings.TrimPrefix(s.key, n.Name+"/"), Value: value})
		}
	}
	t.do(Effect{File: filing})
	n.forget(t)
	t.state.Here, t.state.Trail = Spot{Node: n.Name, Pick: pickDone + filing.Number}, nil
	if filing.As != "" || filing.PIN != "" {
		t.state.Here.Pick += stageMark + stageSigned
	}
	t.state.Number = t.facts.Number
}

// stageSigned is the last screen of what was filed with a PIN.
const stageSigned = "signed"

// answerAt says where the answer to what was filed with a PIN is seen.
func (t *turn) answerAt(stage string) string {
	node, ok := t.tree.Status()
	if stage != stageSigned || !ok {
		return ""
	}
	return " " + strings.ReplaceAll(t.words.AnswerAt, "{list}", t.say(t.tree.Nodes[node].common().Title))
}

// sign says whose a filing is.
func (s formStep) sign(t *turn, filing *Filing) {
	switch pin := s.newPIN(t); {
	case pin != nil:
		filing.PIN, filing.Other = pin.Digits, pin.Other
	case s.value(t) != "":
		filing.As = t.state.As
	}
}

// askAgain asks for the PIN once more, since the one that was chosen cannot be had.
func (n *Form) askAgain(t *turn, s formStep) {
	other := s.newPIN(t).Other && t.facts.Refused != RefusedFull
	t.state.PIN = nil
	t.state.dropAnswer(s.key)
	t.pick(s.key)
	if other && t.facts.Refused != RefusedLocked { // nobody has to type a wrong one again to be taken for who they are
		t.state.PIN = &NewPIN{For: s.key, Other: true}
		t.stage(n.gate(t, s), stageNew)
	}
	t.refuse(s.key)
}

// forget drops every answer of the form, also those that no longer apply, and a PIN chosen in it: a second application must not find them.
func (n *Form) forget(t *turn) {
	t.state.PIN = nil
	t.state.Answers = slices.DeleteFunc(slices.Clone(t.state.Answers), func(a Answer) bool {
		return strings.HasPrefix(a.Name, n.key(""))
	})
}
