package menus_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sapar/menus"
	"sapar/scheduler/deadlines/rules"
	"sapar/scheduler/hours"
)

// book keeps in memory what a database keeps of the deadlines and stays of one person.
type book struct {
	waits []menus.Waiting
	ids   []string
	stays []rules.Stay // of one country: the dialogues speak of no other
}

func builtInRules(t testing.TB) rules.Rules {
	t.Helper()
	all, err := rules.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// book is that of whoever has proved a PIN, else of a phone.
func (d *desk) book(phone, as string) *book {
	key := phone + "/" + as
	if d.books[key] == nil {
		d.books[key] = &book{}
	}
	return d.books[key]
}

// due is when a rule of a person falls due.
func (d *desk) due(b *book, rule, event string, now time.Time) (r *rules.Rule, due time.Time) {
	r = d.rules.Find(rule)
	on, _ := time.Parse(time.DateOnly, event)
	switch today := rules.Day(now, hours.Home); {
	case r.Count != nil:
		due = r.Count.Of(b.stays, today).Limit
	case event == "":
		due = r.Due(today)
	default:
		due = r.Due(on)
	}
	return r, due
}

// tellDeadlines makes what the books hold of a phone facts of a turn.
func (d *desk) tellDeadlines(f *menus.Facts, phone string, now time.Time) {
	f.Plan = func(as, rule, event string) (menus.Plan, bool) {
		r, due := d.due(d.book(phone, as), rule, event, now)
		p := menus.Plan{Due: due.Format(time.DateOnly)}
		for _, reminder := range r.Plan(due, hours.Home) {
			if reminder.At.After(now) {
				p.Days = append(p.Days, reminder.At.Format(time.DateOnly))
			}
		}
		return p, r.Trusted()
	}
	f.Deadlines = func(as string, lang menus.Language) ([]menus.Deadline, bool) {
		var out []menus.Deadline
		b := d.book(phone, as)
		for i, w := range b.waits {
			r, due := d.due(b, w.Rule, w.Event, now)
			one := menus.Deadline{ID: b.ids[i], Rule: w.Rule, Name: r.Name[lang], Event: w.Event}
			if !due.IsZero() {
				one.Due = due.Format(time.DateOnly)
			}
			out = append(out, one)
		}
		slices.SortStableFunc(out, func(a, b menus.Deadline) int { return day(a.Due).Compare(day(b.Due)) })
		return out, true
	}
	f.Stay = func(as, rule string) (menus.Stay, bool) {
		r := d.rules.Find(rule)
		b := d.book(phone, as)
		c := r.Count.Of(b.stays, rules.Day(now, hours.Home))
		out := menus.Stay{Used: c.Used, Left: c.Left, There: slices.ContainsFunc(b.stays, func(s rules.Stay) bool { return s.Out.IsZero() })}
		if !c.Limit.IsZero() {
			out.Limit = c.Limit.Format(time.DateOnly)
		}
		return out, r.Trusted()
	}
}

// day reads a day; what has none comes last.
func day(text string) time.Time {
	d, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return d
}

// carryDeadline does what a turn asks for of deadlines.
func (d *desk) carryDeadline(e menus.Effect, phone string) menus.Refusal {
	switch {
	case e.Wait != nil:
		d.book(phone, e.Wait.As).wait(*e.Wait)
	case e.End != nil:
		b := d.book(phone, e.End.As)
		if i := slices.Index(b.ids, e.End.ID); i >= 0 {
			b.waits, b.ids = slices.Delete(b.waits, i, i+1), slices.Delete(b.ids, i, i+1)
		}
	case e.Cross != nil:
		return d.book(phone, e.Cross.As).cross(*e.Cross)
	}
	return ""
}

func (b *book) wait(w menus.Waiting) {
	if i := slices.IndexFunc(b.waits, func(o menus.Waiting) bool { return o.Rule == w.Rule }); i >= 0 {
		b.waits[i] = w
		return
	}
	b.waits, b.ids = append(b.waits, w), append(b.ids, strconv.Itoa(len(b.ids)+1))
}

func (b *book) cross(c menus.Crossing) menus.Refusal {
	open := slices.IndexFunc(b.stays, func(s rules.Stay) bool { return s.Out.IsZero() })
	switch {
	case c.Out && (open < 0 || day(c.Day).Before(b.stays[open].In)), !c.Out && open >= 0:
		return menus.RefusedDate
	case c.Out:
		b.stays[open].Out = day(c.Day)
	default:
		b.stays = append(b.stays, rules.Stay{In: day(c.Day)})
	}
	b.wait(menus.Waiting{Rule: c.Rule})
	return ""
}

func TestNothingIsOfferedThatCannotBeSentOrKept(t *testing.T) {
	tree := builtInTree(t)
	p := newEnginePhone(t, tree, builtInDirectory(t))
	open := func(change func(f *menus.Facts)) menus.Screen {
		p.know()
		facts := p.facts
		facts.Channel.Later = menus.Limit{Septets: 1600, Units: 700}
		facts.Channel.First = facts.Channel.Later
		change(&facts)
		_, screen := menus.OpenAt(tree, menus.English, menus.Latin, menus.Spot{Node: "due-kr-registration", Pick: "2026-11-20"}, &facts)
		return screen
	}
	const offered = "1 Remind me 18.01, 10.02, 14.02, 16.02"
	for name, c := range map[string]struct {
		change func(f *menus.Facts)
		want   bool
	}{
		"a channel sends":          {func(*menus.Facts) {}, true},
		"a text":                   {func(f *menus.Facts) { f.Texts, f.Channel.SMS = false, true }, true},
		"no channel sends":         {func(f *menus.Facts) { f.Texts = false }, false},
		"the database is away":     {func(f *menus.Facts) { f.Away = true }, false},
		"nobody knows the rules":   {func(f *menus.Facts) { f.Plan = nil }, false},
		"the rule is off":          {func(f *menus.Facts) { f.Plan = func(_, _, _ string) (menus.Plan, bool) { return menus.Plan{}, false } }, false},
		"no reminder would be one": {func(f *menus.Facts) { f.Plan = func(_, _, _ string) (menus.Plan, bool) { return menus.Plan{}, true } }, false},
	} {
		if got := open(c.change).Text; strings.Contains(got, offered) != c.want || !strings.Contains(got, "by 17.02.2027") {
			t.Errorf("%s:\n%s", name, got)
		}
	}
}

func TestARefusedBorderIsAskedAgain(t *testing.T) {
	tree := builtInTree(t)
	p := newEnginePhone(t, tree, builtInDirectory(t))
	p.know()
	p.facts.Refused = menus.RefusedDate
	state := menus.State{Tree: tree.Name, Language: menus.English, Script: menus.Latin, Here: menus.Spot{Node: "ru-days", Pick: "left"}}
	state, screen, effects := menus.Step(tree, state, "01112026", &p.facts)
	if len(effects) > 0 || state.Here.Pick != "left" || !strings.Contains(screen.Text, "does not fit") {
		t.Errorf("%v, at %+v:\n%s", effects, state.Here, screen.Text)
	}
}
