package menus

import (
	"strconv"
	"strings"
)

// Stays counts the days a person spends in a country: they say when they came and when they left.
type Stays struct {
	Common
	Rule string // of the deadline rules, one that counts days
	Text Phrase // the rule, in words
}

// The picks inside a stays node.
const (
	pickCame = "came"
	pickLeft = "left"
	pickSaid = "said"
)

// The range of a crossing, in days from today: the rules look back a year at most.
const (
	crossedFrom  = -400
	crossedUntil = 30
)

func (n *Stays) body(t *turn) Body {
	switch t.state.Here.Pick {
	case pickCame:
		return Body{Text: t.words.CameWhen}
	case pickLeft:
		return Body{Text: t.words.LeftWhen}
	case pickSaid:
		return Body{Text: t.words.StayNoted}
	}
	stay, ok := n.stay(t)
	switch {
	case !ok:
		return Body{Text: t.say(n.Text)}
	case stay.There:
		return Body{Text: n.counted(t, stay) + t.say(n.Text), Items: []string{t.words.ILeft}}
	}
	return Body{Text: n.counted(t, stay) + t.say(n.Text), Items: []string{t.words.ICame}}
}

// counted are the lines above the rule: how far the person is.
func (n *Stays) counted(t *turn, stay Stay) (text string) {
	if stay.Used > 0 {
		text = strings.NewReplacer("{used}", strconv.Itoa(stay.Used), "{left}", strconv.Itoa(stay.Left)).Replace(t.words.DaysUsed) + "\n"
	}
	if stay.Limit != "" {
		text += strings.ReplaceAll(t.words.LastDay, "{date}", written(stay.Limit, daily)) + "\n"
	}
	return text
}

// stay is how far the person is; false where the days are not counted.
func (n *Stays) stay(t *turn) (Stay, bool) {
	if t.facts.Stay == nil || t.facts.Away {
		return Stay{}, false
	}
	return t.facts.Stay(t.state.As, n.Rule)
}

func (n *Stays) answer(t *turn, input string) {
	stay, ok := n.stay(t)
	pick := t.state.Here.Pick
	switch {
	case !ok || pick == pickSaid:
		t.wrong(t.words.Wrong)
	case pick != "":
		n.cross(t, pick == pickLeft, input)
	case input != "1":
		t.wrong(t.words.Wrong)
	case stay.There:
		t.pick(pickLeft)
	default:
		t.pick(pickCame)
	}
}

// cross takes the day of a crossing.
func (n *Stays) cross(t *turn, out bool, input string) {
	on, ok := readDate(input, t.facts.Today, crossedFrom, crossedUntil)
	switch {
	case !ok:
		t.wrong(t.words.BadDate)
	case t.facts.Refused != "":
		t.wrong(t.words.BadOrder)
	default:
		t.do(Effect{Cross: &Crossing{As: t.state.As, Rule: n.Rule, Day: on, Out: out}})
		t.rejoin(Spot{Node: n.Name})
		t.pick(pickSaid)
	}
}

func (n *Stays) links() []Link { return nil }

func (n *Stays) inspect(r *report) {
	r.wording(n.at, n.Name+": text", n.Text)
	if n.Rule == "" {
		r.add(n.at, "%s: a stays node needs the id of its rule", n.Name)
	}
	if len(n.Facts) == 0 {
		r.add(n.at, "%s: a deadline needs facts: its source, date and confidence", n.Name)
	}
}
