package menus

import (
	"strings"
	"time"
)

// Plan is what a person would be reminded of, before anything is stored. Dates are yyyy-mm-dd.
type Plan struct {
	Due  string
	Days []string // on which a text comes, from now on
}

// Deadline is something a person waits for, as they may read it.
type Deadline struct {
	ID    string
	Rule  string
	Name  string // what it is called in a list
	Event string // yyyy-mm-dd; empty where the rule asks for no date
	Due   string // yyyy-mm-dd; empty while there is none
}

// Stay is how far a person is with the days they may spend in a country.
type Stay struct {
	Used  int
	Left  int
	There bool   // they came, and have not left
	Limit string // yyyy-mm-dd: the last day they may be there if they stay; empty while there is none
}

// Waiting asks to be reminded of a rule's date; it takes the place of another date of the same rule.
type Waiting struct {
	As    string // who has proved their PIN; else the holder of this phone
	Rule  string
	Event string // yyyy-mm-dd; empty where the rule asks for no date
}

// Ending ends a deadline.
type Ending struct {
	As   string
	ID   string
	Done bool // its business is done; else the person has left, or wants no more of it
}

// Crossing says that a person came into the country of a rule that counts days, or left it.
type Crossing struct {
	As   string
	Rule string
	Day  string // yyyy-mm-dd
	Out  bool
}

// RefusedDate says that a date does not fit what was said before.
const RefusedDate Refusal = "date"

// Reminded says that nobody will be reminded any more of what a text said is done; the dialogue stays where it was.
func Reminded(tree *Tree, state *State, facts *Facts, name string) Screen {
	t := begin(tree, state, facts)
	return Screen{Text: t.fit(name + ". " + t.words.Settled)}
}

// mayRemind reports whether reminders can be kept and sent.
func (t *turn) mayRemind() bool {
	return t.facts.Plan != nil && !t.facts.Away && (t.facts.Texts || t.facts.Channel.SMS)
}

// plan is what would come of a date; false where no reminder would.
func (t *turn) plan(rule, event string) (Plan, bool) {
	if !t.mayRemind() {
		return Plan{}, false
	}
	p, ok := t.facts.Plan(t.state.As, rule, event)
	return p, ok && len(p.Days) > 0
}

// shortDays lists days as 23.12, 27.12.
func shortDays(days []string) string {
	out := make([]string, len(days))
	for i, d := range days {
		out[i] = written(d, "02.01")
	}
	return strings.Join(out, ", ")
}

// written writes a day that is kept as yyyy-mm-dd; what is no day stands as it is.
func written(day, layout string) string {
	d, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return d.Format(layout)
}

// daily is how a day is shown in full.
const daily = "02.01.2006"
