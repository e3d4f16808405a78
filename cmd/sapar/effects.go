package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"

	"sapar/applications"
	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/people/numbers"
	"sapar/people/pins"
	"sapar/people/privacy"
	"sapar/scheduler/deadlines"
	"sapar/scheduler/hours"
	"sapar/sessions"
	"sapar/sessions/history"
	"sapar/sms"
	"sapar/sms/ledger"
)

// errands is what stands behind the menus: what people file, prove and ask to be forgotten.
type errands struct {
	keys    *database.Keys
	guard   *sms.Guard
	desk    *applications.Desk
	pins    *pins.Pins
	numbers *numbers.Numbers
	db      *database.DB

	deadlines *deadlines.Desk
}

// carryOut carries out what a turn asks for, one line per effect, in the turn's transaction.
func (o *errands) carryOut(ctx context.Context, tx *database.Tx, t sessions.Turned, e menus.Effect) error {
	switch {
	case e.File != nil:
		return o.file(ctx, tx, t, e.File)
	case e.Speak != nil:
		return people.SetLanguage(ctx, tx, t.Person, *e.Speak)
	case e.Tick != nil:
		return people.SetTick(ctx, tx, t.Person, *e.Tick, t.At)
	case e.Consent != nil:
		return people.Consent(ctx, tx, t.Person, *e.Consent, t.Channel, t.At)
	case e.Send != nil:
		return o.text(ctx, tx, t, "asked", e.Send.Text)
	case e.Wish != nil:
		return wish(ctx, tx, t, e.Wish)
	case e.Keep != nil:
		return o.keep(ctx, tx, whom(e.Keep.As, t.Person), e.Keep)
	case e.Answer != nil:
		return o.answer(ctx, tx, t, e.Answer)
	case e.SetPIN != nil:
		return refused(o.pins.Set(ctx, tx, whom(e.SetPIN.As, t.Person), o.hash(t.Phone), e.SetPIN.PIN, t.At))
	case e.Join != nil:
		_, err := o.numbers.AddMember(ctx, tx, o.hash(t.Phone), e.Join.PIN, t.At)
		return refused(err)
	case e.Move != nil:
		return o.move(ctx, tx, t, e.Move)
	case e.Forget != nil:
		return o.proven(ctx, tx, t, e.Forget.As, o.forget)
	case e.Export != nil:
		return o.proven(ctx, tx, t, e.Export.As, o.export)
	case e.Wait != nil:
		return o.wait(ctx, tx, t, e.Wait)
	case e.End != nil:
		return o.end(ctx, tx, t, e.End)
	case e.Cross != nil:
		return o.cross(ctx, tx, t, e.Cross)
	}
	return nil
}

// whom is who has proved a PIN, or the holder of the phone.
func whom(as string, holder people.ID) people.ID {
	if id, err := uuid.Parse(as); err == nil {
		return id
	}
	return holder
}

// proven does what only whoever proved their PIN may ask for, or the holder of a phone on which nobody has one. Where somebody has chosen one
// since the person was read, the turn is taken again.
func (o *errands) proven(
	ctx context.Context, tx *database.Tx, t sessions.Turned, as string, do func(context.Context, *database.Tx, sessions.Turned, people.ID) error,
) error {
	if as == "" {
		chosen, err := pins.Any(ctx, tx, o.hash(t.Phone))
		if err != nil {
			return err
		}
		if chosen {
			return sessions.ErrStale
		}
	}
	return do(ctx, tx, t, whom(as, t.Person))
}

func (o *errands) hash(phone people.Phone) []byte { return o.keys.Hash("phone", phone.E164()) }

// refused tells the turn what the person must do otherwise.
func refused(err error) error {
	switch {
	case errors.Is(err, pins.ErrRefused):
		return sessions.Refused{Why: menus.RefusedPIN}
	case errors.Is(err, pins.ErrLocked):
		return sessions.Refused{Why: menus.RefusedLocked}
	case errors.Is(err, numbers.ErrFull):
		return sessions.Refused{Why: menus.RefusedFull}
	}
	return err
}

// text queues a message to the phone of the turn.
func (o *errands) text(ctx context.Context, tx *database.Tx, t sessions.Turned, why, text string) error {
	return sms.Queue(ctx, tx, o.keys, o.guard, sms.Draft{
		Key: fmt.Sprintf("%s/%s/%d", why, t.Session, t.Turn), Person: t.Person, Phone: t.Phone, Text: text, Language: t.Language, Class: sms.Repeatable,
	})
}

// keep remembers where somebody is or comes from, and with a country or city its zone of time.
func (o *errands) keep(ctx context.Context, tx *database.Tx, person people.ID, k *menus.Keep) error {
	said := people.Said{Field: k.Field, Value: k.Value}
	switch k.Field {
	case "country":
		said.Zone = zoneOf(k.Value, "")
	case "city":
		country, err := people.Country(ctx, tx, person)
		if err != nil {
			return err
		}
		said.Zone = zoneOf(country, k.Value)
	}
	return people.Keep(ctx, tx, o.keys, person, said)
}

// zoneOf names the zone of a country of stay and a city in it; "" where no country was told.
func zoneOf(country, city string) string {
	if country == "" || country == "other" {
		return ""
	}
	return hours.Zone(country, city).String()
}

// wish stops messages, or starts them again.
func wish(ctx context.Context, tx *database.Tx, t sessions.Turned, w *menus.Wish) error {
	said := people.Wish{Topic: w.Topic, Version: sms.WordsVersion, Channel: t.Channel, At: t.At}
	act := people.Stop
	if w.Send {
		act = people.Start
	}
	_, err := act(ctx, tx, t.Person, said)
	return err
}

// file files an application, and queues its receipt.
func (o *errands) file(ctx context.Context, tx *database.Tx, t sessions.Turned, f *menus.Filing) error {
	person, err := o.filer(ctx, tx, t, f)
	if err != nil {
		return refused(err)
	}
	receipt, err := o.desk.File(ctx, tx, applications.Application{
		Number: f.Number, Kind: f.Kind, PersonID: person, Tree: t.Tree, Revision: t.Revision, Language: t.Language, Answers: f.Answers, FiledAt: t.At,
		Notify: f.Notify, Listed: f.As != "" || f.PIN != "", Channel: t.Channel,
	})
	if errors.Is(err, applications.ErrNumberTaken) {
		return sessions.ErrAgain
	}
	if err != nil || receipt.Notice.Key == "" {
		return err
	}
	return o.notify(ctx, tx, receipt.Notice)
}

// filer is who files: whoever has proved a PIN, whoever chooses one now, else the holder of the phone.
func (o *errands) filer(ctx context.Context, tx *database.Tx, t sessions.Turned, f *menus.Filing) (people.ID, error) {
	switch {
	case f.PIN == "":
		return whom(f.As, t.Person), nil
	case f.Other:
		return o.numbers.AddMember(ctx, tx, o.hash(t.Phone), f.PIN, t.At)
	}
	return t.Person, o.pins.Set(ctx, tx, t.Person, o.hash(t.Phone), f.PIN, t.At)
}

// notify queues the text of a change in an application, in the transaction of the change.
func (o *errands) notify(ctx context.Context, tx *database.Tx, n applications.Notice) error {
	reached, ok, err := numbers.Reach(ctx, tx, o.keys, n.Person)
	if err != nil || !ok {
		return err
	}
	err = sms.Queue(ctx, tx, o.keys, o.guard, sms.Draft{
		Key: n.Key, Person: reached.Holder, Phone: reached.Phone, Text: n.Text, Language: n.Language, Priority: sms.Case, Class: sms.Once,
	})
	if err != nil || reached.Holder == n.Person {
		return err
	}
	return ledger.Mean(ctx, tx, reached.Holder, n.Key, n.Person)
}

// answer keeps the answer to an office's question. Where nothing was asked, or it was answered meanwhile, the turn means something else.
func (o *errands) answer(ctx context.Context, tx *database.Tx, t sessions.Turned, r *menus.Reply) error {
	_, ok, err := o.desk.Answer(ctx, tx, applications.Reply{Person: whom(r.As, t.Person), Number: r.Number, Text: r.Text, At: t.At})
	if err == nil && !ok {
		return sessions.Refused{Why: menus.RefusedReply}
	}
	return err
}

// move makes the phone of the turn one of somebody's numbers.
func (o *errands) move(ctx context.Context, tx *database.Tx, t sessions.Turned, m *menus.Move) error {
	proof := numbers.Proof{Person: whom(m.As, t.Person), Phone: t.Phone, PIN: m.PIN, At: t.At}
	if m.Further {
		return refused(o.numbers.Add(ctx, tx, proof))
	}
	return refused(o.numbers.Change(ctx, tx, proof))
}

// readdress has what waits to be sent follow whoever has a new number, and those who shared the one before.
func (o *errands) readdress(ctx context.Context, tx *database.Tx, person people.ID, phone []byte) error {
	return ledger.Follow(ctx, tx, o.keys, person, phone, func(person people.ID) (people.ID, people.Phone, bool, error) {
		reached, ok, err := numbers.Reach(ctx, tx, o.keys, person)
		return reached.Holder, reached.Phone, ok, err
	})
}

// forget deletes what is known of a person. What a member of a household typed stands in the sessions of the phone's holder.
func (o *errands) forget(ctx context.Context, tx *database.Tx, t sessions.Turned, person people.ID) error {
	if person != t.Person {
		if err := history.Forget(ctx, tx, t.Person); err != nil {
			return err
		}
	}
	return o.forgetEverywhere(ctx, tx, person, t)
}

func (o *errands) forgetEverywhere(ctx context.Context, tx *database.Tx, person people.ID, t sessions.Turned) error {
	cases := func(ctx context.Context, tx *database.Tx, person people.ID) error {
		return o.desk.Forget(ctx, tx, person, t.At)
	}
	return privacy.Forget(ctx, tx, person, t.At, history.Forget, ledger.Forget, cases, deadlines.Forget)
}
