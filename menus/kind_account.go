package menus

import "slices"

// Account changes what is known of a person, or deletes it: one node for each thing to do.
type Account struct {
	Common
	Do      string
	Confirm Phrase // of forget: the second question
	Done    Phrase // the last words
}

// What an account node does.
const (
	doPIN       = "pin"       // another PIN, after the old one
	doNumber    = "number"    // this phone is the new number of whoever filed a number
	doSecond    = "second"    // this phone is a further number of theirs
	doForget    = "forget"    // everything is deleted
	doExport    = "export"    // the data as a text
	doHousehold = "household" // somebody else on this phone gets a PIN
)

var accountDeeds = []string{doPIN, doNumber, doSecond, doForget, doExport, doHousehold}

// The picks inside an account node that are not numbers.
const (
	pickFresh  = "fresh"    // choose a new PIN
	pickSure   = "sure"     // the first question whether it is meant
	pickCheck  = "sure:yes" // the second one
	pickTold   = "told"     // it is done
	pickHolder = "holder"   // of a household: its first PIN is that of whose phone it is
	pickNext   = "next"     // and then that of who joins
	pickDial   = "dial"     // it cannot be done by text: nothing is asked
)

func (n *Account) body(t *turn) Body {
	pick, _ := t.staged()
	switch {
	case pick == pickTold:
		return Body{Text: t.say(n.Done)}
	case t.facts.Away:
		return Body{Text: t.notSaved()}
	case t.facts.Channel.SMS && n.needsPIN(t):
		t.state.Here.Pick = pickDial
		return Body{Text: t.bySMS()}
	case n.Do == doPIN && !t.facts.HasPIN:
		return Body{Text: t.words.NoPIN}
	case n.mute(t):
		return Body{Text: t.withPhone(t.words.NoTexts)}
	case pick == pickCheck && t.facts.Channel.SMS:
		return Body{Text: t.say(n.Confirm) + " " + t.code()}
	case pick == pickCheck:
		return Body{Text: t.say(n.Confirm), Items: []string{t.words.Yes, t.words.No}}
	case n.sure(t, pick):
		return Body{Text: t.say(n.Title), Items: []string{t.words.Yes, t.words.No}}
	case n.asksNumber(pick):
		return Body{Text: t.say(n.Title) + "\n" + t.words.WhichNumber}
	}
	return t.gateBody(n.gate(t, pick))
}

// needsPIN reports whether a PIN must be typed: a text message is no place for it.
func (n *Account) needsPIN(t *turn) bool {
	return t.facts.HasPIN || n.Do != doForget && n.Do != doExport
}

// mute reports whether a text is wanted where none can be sent.
func (n *Account) mute(t *turn) bool {
	return n.Do == doExport && !t.facts.Texts && !t.facts.Channel.SMS
}

// sure reports whether the first question is asked now: at once where nobody has a PIN.
func (n *Account) sure(t *turn, pick string) bool {
	return pick == pickSure || pick == "" && !t.facts.HasPIN && (n.Do == doForget || n.Do == doExport)
}

func (n *Account) asksNumber(pick string) bool {
	return pick == "" && (n.Do == doNumber || n.Do == doSecond)
}

// code is what is texted back to delete everything: only this phone can read it, so nobody can ask in its name.
func (t *turn) code() string { return t.state.Number[:min(len(t.state.Number), 6)] }

// gate is the PIN that is asked for now.
func (n *Account) gate(t *turn, pick string) *gate {
	if n.Do == doHousehold {
		pick = n.whose(t, pick)
	}
	switch {
	case n.Do == doHousehold, pick == pickFresh:
		return &gate{pick: pick, ask: n.askNew(t, pick), fresh: true, chosen: func(pin NewPIN) { n.setPIN(t, pick, pin.Digits) }}
	case n.Do == doNumber, n.Do == doSecond:
		return &gate{pick: pick, ask: t.words.PINFiled, number: pick}
	}
	next := map[bool]string{true: pickFresh, false: pickSure}[n.Do == doPIN]
	return &gate{ask: t.words.PINYours, open: func(as string) {
		t.state.As = as
		t.pick(next)
	}}
}

// whose is the pick of whose PIN is chosen in a household. Without one of their own its holder could never ask for what stands behind a PIN,
// so theirs is the first; once there is one, nobody gets another in their name.
func (n *Account) whose(t *turn, pick string) string {
	switch {
	case !t.facts.HasPIN && pick != pickNext:
		return pickHolder
	case pick == pickHolder:
		return pickNext
	}
	return pick
}

func (n *Account) askNew(t *turn, pick string) string {
	switch pick {
	case pickFresh:
		return t.words.PINNew
	case pickHolder:
		return t.words.PINHolder + "\n" + t.words.PINNew
	case pickNext:
		return t.words.PINNext + "\n" + t.words.PINNew
	}
	return t.say(n.Title) + "\n" + t.words.PINNew
}

func (n *Account) answer(t *turn, input string) {
	pick, stage := t.staged()
	switch {
	case pick == pickTold, t.facts.Away, t.facts.Channel.SMS && n.needsPIN(t), n.Do == doPIN && !t.facts.HasPIN, n.mute(t):
		t.wrong(t.words.Wrong)
	case pick == pickCheck, n.sure(t, pick):
		n.decide(t, pick == pickCheck, input)
	case n.asksNumber(pick):
		n.takeNumber(t, input)
	case n.Do == doNumber && stage == "", n.Do == doSecond && stage == "":
		n.move(t, pick, input)
	default:
		t.gateAnswer(n.gate(t, pick), input)
	}
}

func (n *Account) takeNumber(t *turn, input string) {
	if number, ok := Reference(input); ok {
		t.pick(number)
		return
	}
	t.wrong(t.words.BadReference)
}

// move makes this phone a number of whoever filed one, once they have proved their PIN.
func (n *Account) move(t *turn, number, pin string) {
	g := n.gate(t, number)
	g.open = func(as string) {
		switch t.facts.Refused {
		case "":
		case RefusedLocked:
			t.stage(g, stageLocked)
			return
		default:
			t.wrong(t.refused())
			return
		}
		t.state.As, t.state.Lent = as, false // the phone is theirs from now on
		t.do(Effect{Move: &Move{Number: number, As: as, PIN: pin, Further: n.Do == doSecond}})
		n.told(t)
	}
	t.gateAnswer(g, pin)
}

// setPIN asks for the new PIN of a person, or of one more person on this phone; behind that of its holder for the next.
func (n *Account) setPIN(t *turn, pick, pin string) {
	t.state.PIN = nil
	switch {
	case t.facts.Refused != "":
		t.state.Here.Pick = pick
		t.refuse(pick)
		return
	case pick == pickHolder:
		t.do(Effect{SetPIN: &SetPIN{PIN: pin}})
		n.past(t, pickNext)
		return
	case n.Do == doHousehold:
		t.do(Effect{Join: &Join{PIN: pin}})
	default:
		t.do(Effect{SetPIN: &SetPIN{As: t.state.As, PIN: pin}})
	}
	n.told(t)
}

// decide takes a yes or no; what cannot be undone is asked twice, and by SMS with a code. A yes before everything was shown turns the page.
func (n *Account) decide(t *turn, twice bool, input string) {
	byCode := twice && t.facts.Channel.SMS
	i, ok := choose(input, 2)
	switch {
	case byCode && input != t.code(), !byCode && !ok:
		t.wrong(t.words.Wrong)
	case !byCode && i == 1:
		t.home()
	case !byCode && t.state.Next > 0:
		t.more()
	case n.Do == doExport:
		t.do(Effect{Export: &Export{As: t.state.As}})
		n.told(t)
	case !twice:
		t.pick(pickCheck)
	default:
		n.forget(t)
	}
}

// forget asks for everything to be deleted, and leaves nothing of this call behind either.
func (n *Account) forget(t *turn) {
	t.do(Effect{Forget: &Forget{As: t.state.As}})
	t.leave(t.say(n.Done))
	t.state.PIN, t.state.As, t.state.Lent, t.state.Answers = nil, "", false, nil
	t.home()
}

// told says that it is done.
func (n *Account) told(t *turn) { n.past(t, pickTold) }

// past goes on to a pick; the way back leads around what was typed.
func (n *Account) past(t *turn, pick string) {
	way := t.state.Trail
	for len(way) > 0 && way[len(way)-1].Node == n.Name {
		way = way[:len(way)-1]
	}
	t.state.Here, t.state.Trail = Spot{Node: n.Name, Pick: pick}, way[:len(way):len(way)]
}

func (n *Account) links() []Link { return nil }

func (n *Account) inspect(r *report) {
	if !slices.Contains(accountDeeds, n.Do) {
		r.add(n.at, "%s: do is pin, number, second, forget, export or household, not %q", n.Name, n.Do)
	}
	r.wording(n.at, n.Name+": done", n.Done)
	if (n.Do == doForget) != n.Confirm.Given() {
		r.add(n.at, "%s: confirm is the second question of forget, and of nothing else", n.Name)
		return
	}
	if n.Do == doForget {
		r.wording(n.at, n.Name+": confirm", n.Confirm)
	}
}
