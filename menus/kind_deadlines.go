package menus

import (
	"slices"
	"strings"
)

// Deadlines is what a person waits for: each can be ended, or get another date.
type Deadlines struct {
	Common
	Text Phrase // what is said while nothing can be looked up
}

// pickDate stands before the id of a deadline whose new date is asked.
const pickDate = "date:"

func (n *Deadlines) body(t *turn) Body {
	all, ok := t.deadlines()
	id, dating := strings.CutPrefix(t.state.Here.Pick, pickDate)
	one, found := find(all, id)
	switch {
	case !ok:
		return Body{Text: t.say(n.Text)}
	case found && dating:
		return Body{Text: one.Name + ". " + t.words.NewDateWhich}
	case found:
		return Body{Text: one.line(), Items: n.choices(t, one)}
	case len(all) == 0:
		return Body{Text: t.words.NoDeadlines}
	}
	items := make([]string, len(all))
	for i, d := range all {
		items[i] = d.line()
	}
	return Body{Text: t.say(n.Title), Items: items}
}

// line is a deadline in a list.
func (d *Deadline) line() string {
	if d.Due == "" {
		return d.Name
	}
	return written(d.Due, daily) + " " + d.Name
}

// choices are what can be done about a deadline; one that counts days gets its dates elsewhere.
func (n *Deadlines) choices(t *turn, d Deadline) []string {
	if d.Event == "" {
		return []string{t.words.DoneAlready, t.words.RemindNot}
	}
	return []string{t.words.DoneAlready, t.words.NewDate, t.words.RemindNot}
}

// deadlines are the person's; false while they cannot be read. The list ends where the numbers of items do.
func (t *turn) deadlines() ([]Deadline, bool) {
	if t.facts.Deadlines == nil || t.facts.Away {
		return nil, false
	}
	stored, ok := t.facts.Deadlines(t.state.As, t.language())
	var all []Deadline
	for _, d := range stored {
		if t.changed != nil && t.changed.ID == d.ID {
			if d = *t.changed; d.Event == "" {
				continue
			}
		}
		all = append(all, d)
	}
	return all[:min(len(all), maxItems)], ok
}

func find(all []Deadline, id string) (Deadline, bool) {
	if i := slices.IndexFunc(all, func(d Deadline) bool { return d.ID == id }); i >= 0 {
		return all[i], true
	}
	return Deadline{}, false
}

func (n *Deadlines) answer(t *turn, input string) {
	all, ok := t.deadlines()
	id, dating := strings.CutPrefix(t.state.Here.Pick, pickDate)
	one, found := find(all, id)
	i, chosen := choose(input, len(all))
	switch {
	case !ok:
		t.wrong(t.words.Wrong)
	case found && dating:
		n.redate(t, one, input)
	case found:
		n.within(t, one, input)
	case chosen && id == "":
		t.pick(all[i].ID)
	default:
		t.wrong(t.words.Wrong)
	}
}

// within takes what is to become of a deadline.
func (n *Deadlines) within(t *turn, d Deadline, input string) {
	i, ok := choose(input, len(n.choices(t, d)))
	switch {
	case !ok:
		t.wrong(t.words.Wrong)
	case i == 1 && d.Event != "":
		t.pick(pickDate + d.ID)
	default:
		t.do(Effect{End: &Ending{As: t.state.As, ID: d.ID, Done: i == 0}})
		t.changed = &Deadline{ID: d.ID}
		t.rejoin(Spot{Node: n.Name})
		t.notice(t.words.Settled)
	}
}

// redate takes another date.
func (n *Deadlines) redate(t *turn, d Deadline, input string) {
	event, ok := readDate(input, t.facts.Today, -farDays, farDays)
	if !ok || t.facts.Refused != "" {
		t.wrong(t.words.BadDate)
		return
	}
	t.do(Effect{Wait: &Waiting{As: t.state.As, Rule: d.Rule, Event: event}})
	if d.Event, d.Due = event, ""; t.facts.Plan != nil {
		p, _ := t.facts.Plan(t.state.As, d.Rule, event)
		d.Due = p.Due
	}
	t.changed = &d
	t.rejoin(Spot{Node: n.Name})
	t.notice(t.words.Noted)
}

func (n *Deadlines) links() []Link { return nil }

func (n *Deadlines) inspect(r *report) { r.wording(n.at, n.Name+": text", n.Text) }
