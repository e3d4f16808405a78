package menus

import (
	"strings"
	"time"
)

// Remind asks the date of an event, tells the day something is due, and offers reminders by SMS.
type Remind struct {
	Common
	Rule  string // of the deadline rules
	Days  int    // from the event to the due date
	From  int    // the range of the event's date, in days from today
	Until int
	Fixed bool   // the rule has a date of its own: none is asked
	Text  Phrase // holds {due}, unless it is fixed
}

// pickSet stands before the event once reminders of it were asked for.
const pickSet = "set:"

// event is the date that was given; false while it is asked.
func (n *Remind) event(t *turn) (event string, set, ok bool) {
	event, set = strings.CutPrefix(t.state.Here.Pick, pickSet)
	return event, set, event != "" || n.Fixed
}

func (n *Remind) body(t *turn) Body {
	event, set, ok := n.event(t)
	if !ok {
		return Body{Text: t.say(n.Title)}
	}
	plan, remind := t.plan(n.Rule, event)
	if set {
		return Body{Text: strings.ReplaceAll(t.words.RemindSet, "{dates}", shortDays(plan.Days))}
	}
	if on, err := time.Parse(time.DateOnly, event); err == nil {
		t.set("due", on.AddDate(0, 0, n.Days).Format(daily))
	}
	body := Body{Text: t.say(n.Text)}
	if remind {
		body.Items = []string{strings.ReplaceAll(t.words.RemindMe, "{dates}", shortDays(plan.Days))}
	}
	return body
}

func (n *Remind) answer(t *turn, input string) {
	event, set, ok := n.event(t)
	if ok {
		n.confirm(t, event, set, input)
		return
	}
	event, ok = readDate(input, t.facts.Today, n.From, n.Until)
	if !ok {
		t.wrong(t.words.BadDate)
		return
	}
	t.pick(event)
}

// confirm asks for the reminders that were shown.
func (n *Remind) confirm(t *turn, event string, set bool, input string) {
	_, remind := t.plan(n.Rule, event)
	if set || !remind || input != "1" || t.facts.Refused != "" {
		t.wrong(t.words.Wrong)
		return
	}
	t.do(Effect{Wait: &Waiting{As: t.state.As, Rule: n.Rule, Event: event}})
	t.state.Here = Spot{Node: n.Name, Pick: pickSet + event}
}

func (n *Remind) links() []Link { return nil }

func (n *Remind) inspect(r *report) {
	r.wording(n.at, n.Name+": text", n.Text)
	if n.Rule == "" {
		r.add(n.at, "%s: a remind node needs the id of its rule", n.Name)
	}
	if !n.Fixed && n.From >= n.Until {
		r.add(n.at, "%s: from must lie before until", n.Name)
	}
	if len(n.Facts) == 0 {
		r.add(n.at, "%s: a deadline needs facts: its source, date and confidence", n.Name)
	}
}
