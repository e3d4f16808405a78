package deadlines

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/people/numbers"
	"sapar/scheduler/deadlines/rules"
	"sapar/scheduler/hours"
	"sapar/sms"
	"sapar/sms/ledger"
)

// Counts are what a run did: queued, again, home and past, and what was skipped by its reason.
type Counts map[string]int

func (c Counts) add(other Counts) {
	for what, n := range other {
		c[what] += n
	}
}

// mostAtOnce is how many deadlines one transaction takes: a fraction of a second, so that nobody who ends one waits.
const mostAtOnce = 100

// tomorrow is when a deadline is thought of again that could not be read.
const tomorrow = 24 * time.Hour

// Remind queues the reminders whose time has come, and looks what became of those before. Now is the time it is, never a slot of the past. Any
// number of replicas may run it at once, and whenever one dies the others go on: nobody gets a reminder twice. After a long outage, or when the
// clock jumps, the reminders that are no longer of use are stored as skipped; of one deadline at most one is of use at any moment.
func (d *Desk) Remind(ctx context.Context, now time.Time) (Counts, error) {
	counts := Counts{}
	for _, work := range []func(context.Context, *database.Tx, time.Time) (int, Counts, error){d.remindSome, d.followSome} {
		for {
			var n int
			var did Counts
			err := database.InTx(ctx, d.DB, func(tx *database.Tx) (err error) {
				n, did, err = work(ctx, tx, now)
				return err
			})
			if err != nil {
				return counts, err
			}
			if n == 0 {
				break
			}
			counts.add(did)
		}
	}
	return counts, nil
}

// remindSome thinks of the next few deadlines whose time has come.
func (d *Desk) remindSome(ctx context.Context, tx *database.Tx, now time.Time) (int, Counts, error) {
	rows, err := lockDue(ctx, tx, now, mostAtOnce)
	if err != nil || len(rows) == 0 {
		return 0, nil, err
	}
	t := &thinking{Desk: d, tx: tx, now: now}
	if t.words, err = readWords(ctx, tx); err != nil {
		return 0, nil, err
	}
	if t.had, err = readNames(ctx, tx, rows); err != nil {
		return 0, nil, err
	}
	for i := range rows {
		if err := t.think(ctx, &rows[i]); err != nil {
			return 0, nil, err
		}
	}
	return len(rows), t.counts(), t.store(ctx)
}

// thinking is a few deadlines that are thought of in one transaction.
type thinking struct {
	*Desk
	tx    *database.Tx
	now   time.Time
	words map[string]*Word
	had   map[uuid.UUID]map[string]bool // the names of reminders that were thought of before

	reminders []reminder
	drafts    []sms.Draft
	meant     []meant
	moves     []move
}

// reminder is one that was thought of, as it is stored.
type reminder struct {
	deadline, id uuid.UUID
	name         []byte
	holder       people.ID
	skipped      string
	sending      rules.Sending // zero when it is skipped
	until        time.Time
}

// meant is a message to the holder of a phone that is about somebody who shares it.
type meant struct {
	holder, person people.ID
	key            string
}

// queue adds a message.
func (t *thinking) queue(row *deadline, w *who, key string, s rules.Sending) {
	t.drafts = append(t.drafts, draft(row, w, key, s))
	if w.Holder != row.Person {
		t.meant = append(t.meant, meant{w.Holder, row.Person, key})
	}
}

// move is what becomes of a deadline that was thought of.
type move struct {
	id    uuid.UUID
	state State
	next  *time.Time
}

// who is where somebody is reminded, and in what language.
type who struct {
	numbers.Reached
	reached  bool
	home     bool // the number is the one at home, not the main one
	place    rules.Place
	language menus.Language
}

func (t *thinking) who(ctx context.Context, person people.ID) (w who, err error) {
	if w.Reached, w.reached, err = numbers.Reach(ctx, t.tx, t.Keys, person); err != nil {
		return w, err
	}
	holder := person
	if w.reached {
		holder = w.Holder
	}
	p, err := readPlace(ctx, t.tx, person, holder)
	w.place, w.language = rules.Place{Zone: p.zone(), Country: p.Country}, p.Language
	if !w.language.Known() {
		w.language = menus.Russian
	}
	return w, err
}

// think decides which reminders of a deadline leave now, and when it is thought of again.
func (t *thinking) think(ctx context.Context, row *deadline) error {
	err := t.open(row)
	switch {
	case errors.Is(err, ErrOff):
		t.moves = append(t.moves, move{row.ID, Past, nil})
		return nil
	case err != nil:
		slog.ErrorContext(ctx, "read a deadline", "deadline", row.ID, "error", err)
		again := t.now.Add(tomorrow)
		t.moves = append(t.moves, move{row.ID, Waiting, &again})
		return nil
	}
	w, err := t.who(ctx, row.Person)
	if err != nil {
		return err
	}
	if err := t.set(ctx, t.tx, row, rules.Day(t.now, w.place.Zone)); err != nil {
		return err
	}
	t.move(row, w.place.Zone)
	return t.remind(row, &w)
}

// move notes when a deadline is thought of next.
func (t *thinking) move(row *deadline, zone *time.Location) {
	m := move{row.ID, Waiting, row.next(t.now, zone)}
	if m.next != nil && !m.next.After(t.now) {
		m.state, m.next = Past, nil
		if row.rule.Count != nil { // another stay may follow
			m.state = Waiting
		}
	}
	t.moves = append(t.moves, m)
}

// remind thinks of every reminder whose time has come and that was not thought of before.
func (t *thinking) remind(row *deadline, w *who) error {
	if row.due.IsZero() {
		return nil
	}
	on := stands(row.rule, t.words[row.rule.ID]).On
	for _, planned := range row.rule.Plan(row.due, w.place.Zone) {
		name := t.name(row, planned.Before)
		if planned.At.After(t.now) || t.had[row.ID][string(name)] {
			continue
		}
		id, err := uuid.NewV7() // of two at once the latter is the later
		if err != nil {
			return fmt.Errorf("draw an id: %w", err)
		}
		r := reminder{deadline: row.ID, id: id, name: name, holder: w.Holder, until: planned.Until}
		r.sending, r.skipped = t.choose(row, planned, w, on)
		t.reminders = append(t.reminders, r)
		if r.skipped == "" {
			t.queue(row, w, r.key(1), r.sending)
		}
	}
	return nil
}

// choose decides when a reminder leaves, or why it does not.
func (t *thinking) choose(row *deadline, planned rules.Reminder, w *who, on bool) (rules.Sending, string) {
	switch {
	case !planned.At.After(row.MadeAt):
		return rules.Sending{}, ReasonTold
	case !on:
		return rules.Sending{}, ReasonOff
	case !w.reached:
		return rules.Sending{}, ReasonNoNumber
	case !t.now.Before(planned.Until):
		return rules.Sending{}, ReasonLate
	}
	sending, ok := w.place.Send(t.now, planned.Until)
	if !ok {
		return rules.Sending{}, ReasonNight
	}
	return sending, ""
}

// name is what a reminder of a deadline is known by, which does not tell how long before the date it comes: that may tell the rule.
func (t *thinking) name(row *deadline, before int) []byte {
	return t.Keys.Hash("deadline reminder", row.ID.String(), row.due.Format(time.DateOnly), time.Duration(before).String())
}

// key is the key of a message of a reminder; a further message has a key of its own.
func (r *reminder) key(try int) string { return messageKey(r.id, try) }

func draft(row *deadline, w *who, key string, s rules.Sending) sms.Draft {
	return sms.Draft{
		Key: key, Person: w.Holder, Phone: w.Phone, Text: row.rule.Say(w.language, row.due), Language: w.language, Class: sms.Once,
		Priority: sms.Reminder, Topic: people.Reminders, SendAfter: s.After, SendUntil: s.Until, Elsewhere: w.home,
	}
}

// store queues the messages and writes what was thought. Messages are queued in the order of their numbers, in which the limits of each number
// are held: two replicas never wait for each other.
func (t *thinking) store(ctx context.Context) error {
	slices.SortStableFunc(t.drafts, func(a, b sms.Draft) int { return cmp.Compare(a.Phone.E164(), b.Phone.E164()) })
	if len(t.drafts) > 0 {
		if err := sms.Queue(ctx, t.tx, t.Keys, t.Guard, t.drafts...); err != nil {
			return err
		}
	}
	for _, m := range t.meant {
		if err := ledger.Mean(ctx, t.tx, m.holder, m.key, m.person); err != nil {
			return err
		}
	}
	if err := insertReminders(ctx, t.tx, t.reminders, t.now); err != nil {
		return err
	}
	return moveDeadlines(ctx, t.tx, t.moves, t.now)
}

func (t *thinking) counts() Counts {
	counts := Counts{}
	for _, r := range t.reminders {
		counts[cmp.Or(r.skipped, "queued")]++
	}
	for _, m := range t.moves {
		if m.state == Past {
			counts[string(Past)]++
		}
	}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
	return counts
}

// zone is the zone of a place.
func (p *placeRow) zone() *time.Location { return hours.Of(p.Zone, p.Country, "") }
