package menus

import "time"

// Remind asks the date of an event and tells the day something is due.
type Remind struct {
	Common
	Rule  string // of the deadline rules
	Days  int    // from the event to the due date
	From  int    // the range of the event's date, in days from today
	Until int
	Text  Phrase // holds {due}
}

func (n *Remind) body(t *turn) Body {
	event, err := time.Parse(time.DateOnly, t.state.Here.Pick)
	if err != nil {
		return Body{Text: t.say(n.Title)}
	}
	t.set("due", event.AddDate(0, 0, n.Days).Format("02.01.2006"))
	return Body{Text: t.say(n.Text)}
}

func (n *Remind) answer(t *turn, input string) {
	if t.state.Here.Pick != "" {
		t.wrong(t.words.Wrong)
		return
	}
	event, ok := readDate(input, t.facts.Today, n.From, n.Until)
	if !ok {
		t.wrong(t.words.BadDate)
		return
	}
	t.pick(event)
}

func (n *Remind) links() []Link { return nil }

func (n *Remind) inspect(r *report) {
	r.wording(n.at, n.Name+": text", n.Text)
	if n.Rule == "" {
		r.add(n.at, "%s: a remind node needs the id of its rule", n.Name)
	}
	if n.From >= n.Until {
		r.add(n.at, "%s: from must lie before until", n.Name)
	}
	if len(n.Facts) == 0 {
		r.add(n.at, "%s: a deadline needs facts: its source, date and confidence", n.Name)
	}
}
