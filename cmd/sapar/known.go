package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sapar/applications"
	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/people/numbers"
	"sapar/people/pins"
	"sapar/people/privacy"
	"sapar/scheduler/deadlines"
	"sapar/sessions"
	"sapar/sessions/history"
)

// know gives the engine what it looks up when a node asks: whose PIN it is, what somebody has filed.
func (o *errands) know(now func() time.Time) sessions.Know {
	return func(ctx context.Context, who sessions.Who, f *menus.Facts) {
		f.Unlock = func(pin string) menus.Unlocked {
			v, err := o.pins.Check(ctx, o.hash(who.Phone), pin, now())
			if err != nil {
				return unread(err)
			}
			u := menus.Unlocked{First: v.First, Locked: v.Locked}
			if v.Known {
				u.As = v.Person.String()
			}
			return u
		}
		f.Look = func(number, pin string) menus.Unlocked { return o.look(ctx, who, number, pin, now()) }
		f.Filed = func(as string, lang menus.Language) ([]menus.Filed, bool) {
			return o.filed(ctx, whom(as, who.Person), lang)
		}
		f.Neutral = func(number string, lang menus.Language) (string, bool) {
			filed, ok, err := o.desk.FiledAs(ctx, who.Person, number, lang)
			if err != nil {
				unread(err)
			}
			return filed.Neutral, ok && err == nil
		}
		o.knowDeadlines(ctx, who, now, f)
	}
}

// unread says that something could not be looked at.
func unread(err error) menus.Unlocked {
	slog.Error("look up for a menu", "error", err)
	return menus.Unlocked{Away: true}
}

// look proves somebody by the number of what they filed and their PIN. An unknown number costs the same work as a wrong PIN.
func (o *errands) look(ctx context.Context, who sessions.Who, number, pin string, at time.Time) menus.Unlocked {
	owner, _, err := o.desk.Owner(ctx, number)
	if err != nil {
		return unread(err)
	}
	known, locked, err := o.pins.CheckOf(ctx, o.hash(who.Phone), owner, pin, at)
	switch {
	case err != nil:
		return unread(err)
	case known:
		return menus.Unlocked{As: owner.String()}
	}
	return menus.Unlocked{Locked: locked}
}

func (o *errands) filed(ctx context.Context, person people.ID, lang menus.Language) ([]menus.Filed, bool) {
	list, err := o.desk.Filed(ctx, person, lang)
	if err != nil {
		unread(err)
		return nil, false
	}
	out := make([]menus.Filed, 0, len(list))
	for _, f := range list {
		out = append(out, menus.Filed{
			Number: f.Number, Name: f.Name, Status: string(f.Status), Text: f.Text, Question: f.Question, FiledAt: f.FiledAt.Format(time.DateOnly),
		})
	}
	return out, true
}

// longestExport is how many characters an export has at most: ten parts of a text message.
const longestExport = 600

// export texts a person what is held of them, in plain and neutral words: a phone may be read by others.
func (o *errands) export(ctx context.Context, tx *database.Tx, t sessions.Turned, person people.ID) error {
	held, err := privacy.Export(ctx, tx, o.keys, person)
	if err != nil {
		return err
	}
	filed, err := o.desk.FiledIn(ctx, tx, person, t.Language)
	if err != nil {
		return err
	}
	lines := exported(held)
	for _, f := range filed {
		lines = append(lines, f.Neutral)
	}
	waits, err := o.exportedDeadlines(ctx, tx, person, t.Language, t.At)
	if err != nil {
		return err
	}
	lines = append(lines, waits...)
	return o.text(ctx, tx, t, "export", capped(lines, longestExport))
}

// capped joins whole lines, as many as there is room for; where some are left out, the last says so.
func capped(lines []string, longest int) string {
	const more = "\n..."
	text := strings.Join(lines, "\n")
	for utf8.RuneCountInString(text) > longest && len(lines) > 0 {
		lines = lines[:len(lines)-1]
		text = strings.Join(lines, "\n") + more
	}
	return text
}

// exported is what is held of a person, a line for each thing.
func exported(held privacy.Held) []string {
	lines := []string{"Sapar " + held.Since.Format(time.DateOnly)}
	for _, p := range held.Phones {
		if p.E164 != "" {
			lines = append(lines, p.E164)
		}
	}
	add := func(name, value string) {
		if value != "" {
			lines = append(lines, name+": "+value)
		}
	}
	add("language", strings.TrimSpace(string(held.Language)+" "+string(held.Script)))
	add("country", held.Profile.Country)
	add("city", held.Profile.City)
	add("oblast", held.Profile.Oblast)
	add("raion", held.Profile.Raion)
	if held.PIN {
		add("PIN", "****")
	}
	for i, c := range held.Consents {
		later := func(o privacy.Answer) bool { return o.Topic == c.Topic }
		if slices.ContainsFunc(held.Consents[i+1:], later) {
			continue
		}
		lines = append(lines, fmt.Sprintf("%s %t %s", c.Topic, c.Agreed, c.At.Format(time.DateOnly)))
	}
	return lines
}

// newErrands opens what stands behind the menus. Tries of PINs are counted on connections of their own, like the guard's limits.
func (s *server) newErrands() (*errands, error) {
	desk, err := applications.NewDesk(s.db, s.keys)
	if err != nil {
		return nil, err
	}
	o := &errands{keys: s.keys, guard: s.guard, db: s.db, desk: desk, pins: pins.New(s.counting, s.keys)}
	if o.deadlines, err = deadlines.New(s.db, s.keys, s.guard); err != nil {
		return nil, err
	}
	desk.Send, desk.Phone = o.notify, o.reached
	o.numbers = &numbers.Numbers{
		Keys: s.keys, Pins: o.pins,
		Merge:     []func(ctx context.Context, tx *database.Tx, from, to people.ID) error{history.Give, desk.Give, o.deadlines.Give},
		Readdress: []func(ctx context.Context, tx *database.Tx, person people.ID, phone []byte) error{o.readdress},
	}
	return o, nil
}

// reached is the number a person is reached on, for case workers.
func (o *errands) reached(ctx context.Context, person people.ID) (people.Phone, bool, error) {
	reached, ok, err := numbers.Reach(ctx, o.db, o.keys, person)
	return reached.Phone, ok, err
}
