package menus

// Consent asks yes or no to a topic and records the answer with the version of the wording that was read.
type Consent struct {
	Common
	Topic   string
	Version int
	To      string
}

func (n *Consent) body(t *turn) Body {
	return Body{Text: t.say(n.Title), Items: []string{t.words.Yes, t.words.No}}
}

func (n *Consent) answer(t *turn, input string) {
	i, ok := choose(input, 2)
	switch {
	case !ok:
		t.wrong(t.words.Wrong)
	case t.facts.Away:
		t.leave(t.notSaved())
	default:
		t.do(Effect{Consent: &Agreement{Topic: n.Topic, Version: n.Version, Agreed: i == 0}})
		t.state.Here = Spot{Node: n.To}
		t.notice(t.words.Noted)
	}
}

func (n *Consent) links() []Link { return []Link{{To: n.To, at: n.at}} }

func (n *Consent) inspect(r *report) {
	if n.Topic == "" || n.Version < 1 {
		r.add(n.at, "%s: a consent needs a topic and a version of its wording, from 1", n.Name)
	}
}

// notSaved says that nothing was stored, and whom to call instead.
func (t *turn) notSaved() string {
	return t.words.NotSaved + " " + t.phone(t.facts.Directory.fallback())
}
