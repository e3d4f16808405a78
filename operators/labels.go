package operators

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"sapar/applications"
	"sapar/applications/kinds"
	"sapar/menus"
)

// zone is where the times of the console are told: the offices are in Kyrgyzstan, or count by it.
var zone = time.FixedZone("Asia/Bishkek", 6*60*60)

// wording is a wording of the menus in the language of the page.
func (v *visit) wording(w menus.Wording) string { return w.In(menus.Language(v.Lang), menus.Russian) }

// KindName is what a kind of application is called.
func (v *visit) KindName(kind string) string {
	if !v.c.Desk.Kinds.Known(kind) {
		return kind
	}
	return v.wording(v.c.Desk.Kinds.Kind(kind).Called)
}

// StatusName is what a status is called in the office.
func (v *visit) StatusName(s kinds.Status) string { return v.named("status.", string(s)) }

// ActionName is what is called what somebody did.
func (v *visit) ActionName(action string) string { return v.named("action.", action) }

// named is a word under a prefix, or the name itself where there is none.
func (v *visit) named(prefix, name string) string {
	if text := v.T(prefix + name); text != prefix+name {
		return text
	}
	return name
}

// Day is a date as it is read in the office; "" for no time.
func (v *visit) Day(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(zone).Format("02.01.2006")
}

// Date is the day a status speaks of, as it is read in the office.
func (v *visit) Date(stored string) string {
	day, err := time.Parse(time.DateOnly, stored)
	if err != nil {
		return stored
	}
	return day.Format("02.01.2006")
}

// Moment is a date and a time of the clock.
func (v *visit) Moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(zone).Format("02.01.2006 15:04")
}

// ISO is a time for machines.
func (v *visit) ISO(at time.Time) string { return at.UTC().Format(time.RFC3339) }

// Spoken is a reference number as it is read aloud.
func (v *visit) Spoken(number string) string { return kinds.Spoken(number) }

// due says in a word, and by a class of colour, how much time an office has left.
type due struct{ Class, Text string }

// Due tells how urgent a case is. Days begin at midnight in the office.
func (v *visit) Due(at time.Time) due {
	if at.IsZero() {
		return due{"none", v.T("due.none")}
	}
	switch left := days(at) - days(v.c.Now()); {
	case left < 0:
		return due{"late", fmt.Sprintf(v.T("due.late"), -left)}
	case left == 0:
		return due{"soon", v.T("due.today")}
	case left <= 2:
		return due{"soon", fmt.Sprintf(v.T("due.in"), left)}
	default:
		return due{"fine", fmt.Sprintf(v.T("due.in"), left)}
	}
}

// days counts whole days of the office's calendar.
func days(at time.Time) int {
	_, offset := at.In(zone).Zone()
	return int((at.Unix() + int64(offset)) / (24 * 60 * 60))
}

// answer is one answer of a case in words.
type answer struct{ Question, Value string }

// answers words what somebody told, by the form that asked it; where that cannot be had, as it is stored.
func (v *visit) answers(c applications.Case) (out []answer) {
	asked := v.questions(c)
	for _, a := range c.Answers {
		name := a.Name[strings.LastIndexByte(a.Name, '.')+1:]
		q, ok := asked[name]
		if !ok {
			out = append(out, answer{a.Name, v.plain(a.Value)})
			continue
		}
		label := v.wording(q.Label.Wording)
		if parts := strings.Split(a.Name, "."); len(parts) == 3 {
			label = numbered(label, parts[1])
		}
		out = append(out, answer{label, v.value(q, a.Value)})
	}
	return out
}

// numbered says of which of several somebody was asked.
func numbered(label, n string) string {
	if strings.Contains(label, "{n}") {
		return strings.ReplaceAll(label, "{n}", n)
	}
	return label + " " + n
}

// questions are those of the form a case was filed by, by name.
func (v *visit) questions(c applications.Case) map[string]menus.Question {
	out := map[string]menus.Question{}
	tree, err := v.c.Tree(v.r.Context(), c.Tree, c.Revision)
	if err != nil || tree == nil {
		return out
	}
	for _, node := range tree.Nodes {
		form, ok := node.(*menus.Form)
		if !ok || form.File != c.Kind {
			continue
		}
		for _, q := range form.Questions {
			out[q.Name] = q
			if q.Repeat != nil {
				for _, inner := range q.Repeat.Questions {
					out[inner.Name] = inner
				}
			}
		}
	}
	return out
}

// value is an answer in words.
func (v *visit) value(q menus.Question, stored string) string {
	if i := slices.IndexFunc(q.Options, func(o menus.Option) bool { return o.Value == stored }); i >= 0 {
		return v.wording(q.Options[i].Label.Wording)
	}
	return v.plain(stored)
}

// plain is a stored answer without the question it belongs to: a place, yes or no, a day, or what was typed.
func (v *visit) plain(stored string) string {
	if stored == "yes" || stored == "no" {
		return v.T("answer." + stored)
	}
	if day, err := time.Parse(time.DateOnly, stored); err == nil {
		return day.Format("02.01.2006")
	}
	for _, oblast := range menus.Oblasts() {
		if oblast.ID == stored {
			return v.wording(oblast.Name)
		}
		for _, raion := range menus.Raions(oblast.ID) {
			if raion.ID == stored {
				return v.wording(raion.Name)
			}
		}
	}
	return stored
}

// Step words what something was or became by an action: a status, or as it is stored.
func (v *visit) Step(action, what string) string {
	switch action {
	case "moved", "reopened", "filed", "merged":
		return v.named("status.", what)
	}
	return what
}

// Doer is who did something: an operator, or the two who are none.
func (v *visit) Doer(who string) string { return v.named("doer.", who) }

// JobState is how a run ended.
func (v *visit) JobState(state string) string { return v.named("job.", state) }

// with is a part of a page with what it is filled with.
type with struct {
	*visit
	Data  any
	Chart any
}

// With fills a part of a page.
func (v *visit) With(data any) with { return with{v, data, data} }
