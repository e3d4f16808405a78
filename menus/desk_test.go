package menus_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"sapar/applications/kinds"
	"sapar/applications/offices"
	"sapar/menus"
	"sapar/scheduler/deadlines/rules"
)

// desk keeps in memory what a database keeps of people, their PINs and what they filed.
type desk struct {
	kinds   *kinds.Kinds
	offices offices.Offices
	phones  map[string]*household
	cases   []deskCase
	people  int
	rules   rules.Rules
	books   map[string]*book
}

// household are the people behind one number.
type household struct {
	pins   map[string]string // of a person, by the PIN
	tries  int
	latest time.Time // try
}

type deskCase struct {
	filing menus.Filing
	as     string // whose list it is in; nobody's when it was filed without a PIN
	phone  string // that it was filed from
	at     time.Time
}

func newDesk(t testing.TB, contacts *menus.Directory) *desk {
	t.Helper()
	all, err := kinds.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	var posts []offices.Office
	for _, e := range contacts.Entries {
		if e.Kind != "post" {
			continue
		}
		post := offices.Office{ID: e.ID, Name: e.Name, Countries: []string{e.Country}}
		for _, r := range contacts.Regions {
			if r.Post == e.ID {
				post.Regions = append(post.Regions, r.ID)
			}
		}
		posts = append(posts, post)
	}
	return &desk{rules: builtInRules(t), books: map[string]*book{}, kinds: all, offices: offices.BuiltIn(posts), phones: map[string]*household{}}
}

func (d *desk) at(phone string) *household {
	if d.phones[phone] == nil {
		d.phones[phone] = &household{pins: map[string]string{}}
	}
	return d.phones[phone]
}

// tell makes what the desk knows of a phone facts of a turn. A PIN is looked at once a turn, however often the turn is taken.
func (d *desk) tell(f *menus.Facts, phone string, now time.Time) {
	d.tellDeadlines(f, phone, now)
	home, seen := d.at(phone), map[string]menus.Unlocked{}
	f.HasPIN = len(home.pins) > 0
	once := func(key string, look func() menus.Unlocked) menus.Unlocked {
		if _, ok := seen[key]; !ok {
			seen[key] = home.try(now, look)
		}
		return seen[key]
	}
	f.Unlock = func(pin string) menus.Unlocked {
		return once(pin, func() menus.Unlocked { return menus.Unlocked{As: home.pins[pin], First: len(home.pins) == 0} })
	}
	f.Look = func(number, pin string) menus.Unlocked {
		return once(number+" "+pin, func() menus.Unlocked { return menus.Unlocked{As: d.whose(number, pin)} })
	}
	f.Filed = func(as string, lang menus.Language) ([]menus.Filed, bool) { return d.filed(as, lang), true }
	f.Neutral = func(number string, lang menus.Language) (string, bool) {
		known := slices.ContainsFunc(d.cases, func(c deskCase) bool { return c.filing.Number == number && c.phone == phone })
		return d.kinds.Neutral(kinds.Received, lang, number), known
	}
}

// try looks at a PIN, three wrong ones an hour. A right one gives its try back, and all of them to whoever has the phone alone.
func (h *household) try(now time.Time, look func() menus.Unlocked) menus.Unlocked {
	if !h.take(now) {
		return menus.Unlocked{Locked: true}
	}
	u := look()
	switch {
	case u.As != "" && len(h.pins) <= 1:
		h.tries = 0
	case u.As != "", u.First:
		h.tries--
	}
	return u
}

func (h *household) take(now time.Time) bool {
	if now.Sub(h.latest) >= time.Hour {
		h.tries = 0
	}
	if h.tries == 3 {
		return false
	}
	h.tries, h.latest = h.tries+1, now
	return true
}

// whose is who filed a number, if the PIN is theirs.
func (d *desk) whose(number, pin string) string {
	for _, c := range d.cases {
		for _, home := range d.phones {
			if c.filing.Number == number && c.as != "" && home.pins[pin] == c.as {
				return c.as
			}
		}
	}
	return ""
}

func (d *desk) filed(as string, lang menus.Language) []menus.Filed {
	var out []menus.Filed
	for _, c := range slices.Backward(d.cases) {
		if c.as != as {
			continue
		}
		kind := d.kinds.Kind(c.filing.Kind)
		office, _ := d.offices.Find(kind.Office(d.offices, c.filing.Answers))
		out = append(out, menus.Filed{
			Number: c.filing.Number, Name: kind.Called.In(lang, menus.Russian), Status: string(kinds.Received), FiledAt: c.at.Format(time.DateOnly),
			Text: kind.Statuses[kinds.Received].Fill(lang, "", office.Name.In(lang, menus.Russian)),
		})
	}
	return out
}

// carry does what a turn asks for, or says why not.
func (d *desk) carry(e menus.Effect, phone string, now time.Time) menus.Refusal {
	home := d.at(phone)
	switch {
	case e.File != nil:
		as := e.File.As
		if e.File.PIN != "" {
			var refusal menus.Refusal
			if as, refusal = d.join(home, e.File.PIN, now); refusal != "" {
				return refusal
			}
		}
		d.cases = append(d.cases, deskCase{*e.File, as, phone, now})
	case e.Join != nil:
		_, refusal := d.join(home, e.Join.PIN, now)
		return refusal
	case e.SetPIN != nil && e.SetPIN.As == "":
		_, refusal := d.join(home, e.SetPIN.PIN, now)
		return refusal
	case e.SetPIN != nil:
		return home.change(e.SetPIN.As, e.SetPIN.PIN)
	case e.Move != nil:
		return d.move(home, e.Move)
	case e.Forget != nil:
		d.forget(phone, e.Forget.As)
	}
	return d.carryDeadline(e, phone)
}

// join adds a person to a phone. On a shared one it costs a try: that a PIN is refused says something of the others'.
func (d *desk) join(home *household, pin string, now time.Time) (string, menus.Refusal) {
	switch {
	case len(home.pins) > 0 && !home.take(now):
		return "", menus.RefusedLocked
	case home.pins[pin] != "":
		return "", menus.RefusedPIN
	case len(home.pins) >= 5:
		return "", menus.RefusedFull
	}
	d.people++
	home.pins[pin] = strconv.Itoa(d.people)
	return home.pins[pin], ""
}

func (h *household) change(as, pin string) menus.Refusal {
	if other := h.pins[pin]; other != "" && other != as {
		return menus.RefusedPIN
	}
	for old, person := range h.pins {
		if person == as {
			delete(h.pins, old)
		}
	}
	h.pins[pin] = as
	return ""
}

// move makes a phone a number of a person: the only one, unless it is a further one.
func (d *desk) move(home *household, m *menus.Move) menus.Refusal {
	if other := home.pins[m.PIN]; other != "" && other != m.As {
		return menus.RefusedPIN
	}
	for _, other := range d.phones {
		if !m.Further && other.pins[m.PIN] == m.As {
			delete(other.pins, m.PIN)
		}
	}
	home.pins[m.PIN] = m.As
	return ""
}

func (d *desk) forget(phone, as string) {
	d.cases = slices.DeleteFunc(d.cases, func(c deskCase) bool { return c.as == as && (as != "" || c.phone == phone) })
	for _, home := range d.phones {
		for pin, person := range home.pins {
			if person == as {
				delete(home.pins, pin)
			}
		}
	}
}
