package menus

import (
	"slices"
	"strings"
)

// NewPIN is a PIN that was chosen in this call; it is kept until it is set, and never outlives the call.
type NewPIN struct {
	_      struct{} `cbor:",toarray"`
	For    string   // the question it answers
	Digits string
	Other  bool // of another person than those with a PIN on this phone
	Sure   bool // typed twice
}

// How many digits a PIN has: fewer would be keys, more are a number.
const shortestPIN, longestPIN = 4, 6

// ValidPIN reports whether a text has the form of a PIN: four to six digits.
func ValidPIN(pin string) bool {
	return len(pin) >= shortestPIN && len(pin) <= longestPIN && digitsOnly(pin)
}

// Columns and corners of a keypad, which fingers find by themselves.
var keypadPatterns = []string{"2580", "0852", "1470", "0741", "3690", "1379", "1397", "159753", "147258"}

// SimplePIN reports whether a PIN is among the first that anybody would try: the same digit or group of digits again, a row of digits up or
// down, a line on the keypad. A year is not simple: most people remember no other number.
func SimplePIN(pin string) bool {
	return repeats(pin) || runs(pin, 1) || runs(pin, 9) || slices.Contains(keypadPatterns, pin)
}

// repeats tells that a PIN is one group of digits again and again.
func repeats(pin string) bool {
	for n := 1; n <= len(pin)/2; n++ {
		if len(pin)%n == 0 && strings.Repeat(pin[:n], len(pin)/n) == pin {
			return true
		}
	}
	return false
}

// runs tells that each digit is the one before and some more; behind 9 comes 0.
func runs(pin string, step int) bool {
	for i := 1; i < len(pin); i++ {
		if (int(pin[i-1]-'0')+step)%10 != int(pin[i]-'0') {
			return false
		}
	}
	return true
}

// Reference reads a text that is nothing but a reference number, however it is grouped.
func Reference(text string) (number string, ok bool) {
	number = strings.NewReplacer("-", "", " ", "").Replace(Fold(text))
	return number, ValidNumber(number)
}

// gate is a question for a PIN and what opens behind it. Its stages stand behind a mark in the pick: state!again.
type gate struct {
	pick   string           // of the question itself
	ask    string           // the question
	number string           // the PIN is that of whoever filed this, not of somebody on this phone
	fresh  bool             // a new PIN is chosen, none is proved
	choose bool             // whoever has none on this phone may choose one
	skip   string           // the item that goes by without a PIN; empty when none does
	open   func(as string)  // the PIN is proved
	chosen func(pin NewPIN) // a new PIN was typed twice
	left   func()           // the item was taken
}

// The stages of a gate.
const (
	stageMark    = "!"
	stageNew     = "new"     // choose a PIN
	stageAgain   = "again"   // the chosen one once more
	stageUnknown = "unknown" // nobody here has that PIN
	stageLocked  = "locked"  // three wrong ones: an hour's rest
)

// staged are the parts of the pick: the business of the node, and the stage of its gate.
func (t *turn) staged() (pick, stage string) {
	pick, stage, _ = strings.Cut(t.state.Here.Pick, stageMark)
	return pick, stage
}

func (t *turn) stage(g *gate, stage string) { t.pick(g.pick + stageMark + stage) }

func (t *turn) gateBody(g *gate) Body {
	var items []string
	_, stage := t.staged()
	text := g.ask
	switch stage {
	case stageNew:
		return Body{Text: t.words.PINNew}
	case stageAgain:
		return Body{Text: t.words.PINAgain}
	case stageLocked:
		text = t.withPhone(t.words.PINLocked)
	case stageUnknown:
		text, items = t.words.PINUnknown, []string{t.words.PINRetry, t.words.PINOther}
	}
	if g.skip != "" {
		items = append(items, g.skip)
	}
	return Body{Text: text, Items: items}
}

// withPhone says whom to call behind a text.
func (t *turn) withPhone(text string) string {
	return text + " " + t.phone(t.facts.Directory.fallback())
}

func (t *turn) gateAnswer(g *gate, input string) {
	_, stage := t.staged()
	switch {
	case stage == stageUnknown:
		t.afterUnknown(g, input)
	case stage == stageAgain && t.state.PIN != nil && t.state.PIN.For == g.pick:
		t.confirmPIN(g, input)
	case stage == stageNew, stage == stageAgain, stage == "" && g.fresh:
		t.choosePIN(g, input, t.state.PIN != nil && t.state.PIN.Other)
	case input == "1" && g.skip != "":
		g.left()
	case stage == stageLocked:
		t.wrong(t.words.Wrong)
	case !ValidPIN(input):
		t.wrong(t.words.PINForm)
	default:
		t.provePIN(g, input)
	}
}

func (t *turn) provePIN(g *gate, pin string) {
	t.firm = true
	switch u := t.unlock(g.number, pin); {
	case u.Away:
		t.wrong(t.notSaved())
	case u.Locked:
		t.stage(g, stageLocked)
	case u.As != "":
		t.state.Lent = g.number != ""
		g.open(u.As)
	case u.First && g.choose:
		t.choosePIN(g, pin, false)
	case g.choose:
		t.stage(g, stageUnknown)
	case g.number != "":
		t.wrong(t.words.NotFound)
	default:
		t.wrong(t.words.PINUnknown)
	}
}

// unlock asks whose PIN it is: of somebody on this phone, or of whoever filed a number.
func (t *turn) unlock(number, pin string) Unlocked {
	switch {
	case t.facts.Away, number == "" && t.facts.Unlock == nil, number != "" && t.facts.Look == nil:
		return Unlocked{Away: true}
	case number != "":
		return t.facts.Look(number, pin)
	}
	return t.facts.Unlock(pin)
}

func (t *turn) afterUnknown(g *gate, input string) {
	switch {
	case input == "1":
		t.rejoin(Spot{Node: t.state.Here.Node, Pick: g.pick})
	case input == "2":
		t.state.PIN = &NewPIN{For: g.pick, Other: true}
		t.stage(g, stageNew)
	case input == "3" && g.skip != "":
		g.left()
	default:
		t.wrong(t.words.Wrong)
	}
}

// choosePIN takes a new PIN, and asks for it once more.
func (t *turn) choosePIN(g *gate, pin string, other bool) {
	switch {
	case !ValidPIN(pin):
		t.wrong(t.words.PINForm)
	case SimplePIN(pin):
		t.wrong(t.words.PINSimple)
	default:
		t.state.PIN = &NewPIN{For: g.pick, Digits: pin, Other: other}
		t.stage(g, stageAgain)
	}
}

// confirmPIN compares the second typing with the first; when they differ, it is chosen anew.
func (t *turn) confirmPIN(g *gate, pin string) {
	kept := *t.state.PIN
	if pin != kept.Digits {
		t.state.PIN = &NewPIN{For: g.pick, Other: kept.Other}
		t.state.Here.Pick = g.pick + stageMark + stageNew
		t.notice(t.words.PINDiffers)
		return
	}
	kept.Sure = true
	t.state.PIN = &kept
	g.chosen(kept)
}

// refuse asks again for what could not be carried out, and says why. Of a phone that has had its tries nothing is asked.
func (t *turn) refuse(pick string) {
	if t.facts.Refused == RefusedLocked {
		t.stage(&gate{pick: pick}, stageLocked)
		return
	}
	t.notice(t.refused())
}

// refused says why what was asked for could not be carried out: the PIN must be another one, or too many people share the phone.
func (t *turn) refused() string {
	if t.facts.Refused == RefusedFull {
		return t.withPhone(t.words.PhoneFull)
	}
	return t.words.PINRefused
}

// bySMS says that a PIN is not for a text message, which stays on the phone: it is dialled.
func (t *turn) bySMS() string { return t.fill(t.words.PINBySMS) }
