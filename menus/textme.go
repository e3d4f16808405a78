package menus

// offerText adds the item that asks for a screen by SMS, where a text may be sent and leaves no trace of a sensitive branch on the phone.
func (t *turn) offerText(b Body) Body {
	if t.mayText() {
		b.Items = append(b.Items, t.words.TextMe)
	}
	return b
}

func (t *turn) mayText() bool { return t.facts.Texts && !t.tree.Sensitive(t.state) }

// textMe asks for a text with the words of a screen, in the person's own letters: a text has more room than a screen.
func (t *turn) textMe(text string) {
	if t.facts.Away {
		t.notice(t.notSaved())
		return
	}
	t.do(Effect{Send: &Sending{Text: Fold(scripted(text, t.language(), t.state.Script))}})
	t.notice(t.words.TextAsked)
}
