// Package deadlines keeps what people asked to be reminded of, and queues the reminders.
//
// Any number of replicas may remind at once: each row is held by one of them, and the row of a reminder is written in the transaction that
// queues its message.
package deadlines

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/deadlines/rules"
	"sapar/scheduler/deadlines/stays"
	"sapar/scheduler/hours"
	"sapar/sms"
)

// Desk keeps deadlines. Its methods may be called at once.
type Desk struct {
	DB    *database.DB
	Keys  *database.Keys
	Guard *sms.Guard // nil admits every message
	Rules rules.Rules
}

// New opens a desk with the rules of the program.
func New(db *database.DB, keys *database.Keys, guard *sms.Guard) (*Desk, error) {
	all, err := rules.BuiltIn()
	return &Desk{DB: db, Keys: keys, Guard: guard, Rules: all}, err
}

// ErrOff tells that there is no such rule, or that it may not be used until an operator has confirmed it.
var ErrOff = errors.New("the rule of a deadline is off")

// ErrDate tells that a date is none, or does not fit what was said before.
var ErrDate = errors.New("the date of a deadline does not fit")

// State is how far a deadline is.
type State string

// The states. Only what waits is reminded of.
const (
	Waiting  State = "waiting"
	Done     State = "done"     // its business is done
	Left     State = "left"     // the person has left, or wants no more of it
	Replaced State = "replaced" // there is another date
	Past     State = "past"     // no reminder would be of use
)

// Why a reminder was not queued, besides the reasons of the outbox.
const (
	ReasonTold     = "told"      // its time had come before it was asked for: the phone showed the date then
	ReasonLate     = "late"      // we were not there in its time
	ReasonNight    = "no hour"   // of its time only a night was left
	ReasonOff      = "rule off"  // nobody has confirmed the rule, or its confirmation was withdrawn
	ReasonNoNumber = "no number" // the person has none any more
)

// wish is what somebody waits for, as it is sealed.
type wish struct {
	Rule  string `json:"rule"`
	Event string `json:"event,omitempty"` // yyyy-mm-dd; none where the rule asks for no date
}

// deadline is one as it is stored.
type deadline struct {
	ID     uuid.UUID `db:"id"`
	Person people.ID `db:"person_id"`
	Wish   []byte    `db:"wish"` // sealed
	MadeAt time.Time `db:"made_at"`

	rule  *rules.Rule
	event time.Time // zero where the rule asks for no date
	due   time.Time // zero while there is none, as of a count of days in a country the person is not in
}

func deadlineContext(id uuid.UUID) []byte { return []byte("deadline " + id.String()) }

// open reads what a stored deadline is about. A rule that is gone from the program is ErrOff.
func (d *Desk) open(row *deadline) error {
	plain, err := d.Keys.Open(row.Wish, deadlineContext(row.ID))
	if err != nil {
		return fmt.Errorf("open a deadline: %w", err)
	}
	var w wish
	if err := json.Unmarshal(plain, &w); err != nil {
		return fmt.Errorf("open a deadline: %w", err)
	}
	if row.rule = d.Rules.Find(w.Rule); row.rule == nil {
		return ErrOff
	}
	if w.Event != "" {
		row.event, err = time.Parse(time.DateOnly, w.Event)
	}
	return err
}

// set works out when a deadline is due, for somebody whose day it is today.
func (d *Desk) set(ctx context.Context, db queryer, row *deadline, today time.Time) error {
	switch {
	case row.rule.Count != nil:
		all, err := stays.Read(ctx, db, d.Keys, row.Person, row.rule.Country)
		row.due = row.rule.Count.Of(stays.Plain(all), today).Limit
		return err
	case row.rule.Event == rules.FixedDate:
		row.due = row.rule.Due(rules.Day(row.MadeAt, hours.Home))
	default:
		row.due = row.rule.Due(row.event)
	}
	return nil
}

// shownDue is the due date as it may stand in clear, or nil.
func (row *deadline) shownDue() *string {
	if row.rule.Private || row.rule.Count != nil {
		return nil
	}
	text := row.due.Format(time.DateOnly)
	return &text
}

// ruleHash names a rule of a person without telling which.
func (d *Desk) ruleHash(person people.ID, rule string) []byte {
	return d.Keys.Hash("deadline rule", person.String(), rule)
}

// wishHash names a rule and date of a person.
func (d *Desk) wishHash(person people.ID, w wish) []byte {
	return d.Keys.Hash("deadline wish", person.String(), w.Rule, w.Event)
}

// next is when a deadline must be thought of again after a moment: at its next reminder, else when it is past; nil while it has no due date.
func (row *deadline) next(after time.Time, zone *time.Location) *time.Time {
	if row.due.IsZero() {
		return nil
	}
	plan := row.rule.Plan(row.due, zone)
	for _, r := range plan {
		if r.At.After(after) {
			return &r.At
		}
	}
	return &plan[len(plan)-1].Until
}

// name is what a rule is called in a list.
func (row *deadline) name(lang menus.Language) string { return row.rule.Name.In(lang, menus.Russian) }
