package broadcasts

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/broadcasts/crowd"
	"sapar/sms"
)

// Approve is a second person's word for a draft, to as many people as were counted then.
func (d *Desk) Approve(ctx context.Context, number int, by string) error {
	b, err := d.Read(ctx, number)
	switch {
	case err != nil:
		return err
	case by == "" || by == b.MadeBy:
		return ErrSelf
	}
	return d.change(approve(ctx, d.DB, number, by, d.Now()))
}

// change is the error of a change that did not happen.
func (d *Desk) change(changed bool, err error) error {
	if err == nil && !changed {
		return ErrState
	}
	return err
}

// grown is how far above what was approved the number of people may be when the broadcast starts: a tenth.
func grown(approved int) int { return approved + approved/10 }

// Start lets a draft go, once it may: its people are counted anew, and whoever said the same within a day is asked once more (again). From then on
// the job queues it when its time has come, and so does Queue.
func (d *Desk) Start(ctx context.Context, number int, again bool) error {
	text, err := d.Text(ctx, number)
	if err != nil {
		return err
	}
	return database.InTx(ctx, d.DB, func(tx *database.Tx) error {
		if err := oneAtATime(ctx, tx); err != nil {
			return err
		}
		b, err := readBroadcast(ctx, tx, number)
		if err != nil {
			return err
		}
		c, err := d.count(ctx, tx, b.Topic, b.Segment, text)
		if err != nil {
			return err
		}
		c.Number = number
		if err := d.mayStart(ctx, tx, &b, c, again, text); err != nil {
			return err
		}
		if err := errors.Join(keepCount(ctx, tx, c), crowd.Cut(ctx, tx, number, c.parts())); err != nil {
			return err
		}
		return d.change(setState(ctx, tx, number, Sending, d.Now(), Draft))
	})
}

func (d *Desk) mayStart(ctx context.Context, tx *database.Tx, b *Broadcast, c Count, again bool, text menus.Wording) error {
	switch {
	case b.State != Draft:
		return ErrState
	case c.People == 0:
		return ErrNobody
	case !d.Now().Before(b.Ends):
		return fmt.Errorf("broadcast %d ended at %s", b.Number, b.Ends.Format("2006-01-02 15:04 MST"))
	case c.People > d.Approval && (b.ApprovedBy == "" || c.People > grown(b.ApprovedFor)):
		return fmt.Errorf("%d people: %w", c.People, ErrApproval)
	case again:
		return nil
	}
	same, err := sameContent(ctx, tx, d.content(text), b.Number, d.Now().Add(-sameWithin))
	if err == nil && same != 0 {
		err = ErrSame{same}
	}
	return err
}

// Announce makes broadcasts that something causes, with the word of whoever approved the cause, and starts them; made is how many are new. The same
// causes again change nothing. Nobody is counted before: of a hundred cities each would be a look at all people, and whoever is in one is counted
// when it is queued.
func (d *Desk) Announce(ctx context.Context, plans []Plan, approvedBy string) (made int, err error) {
	fresh, err := d.unmade(ctx, plans)
	if err != nil || len(fresh) == 0 {
		return 0, err
	}
	parts, err := d.everybody(ctx)
	if err != nil {
		return 0, err
	}
	for i := range fresh {
		p := &fresh[i]
		err := database.InTx(ctx, d.DB, func(tx *database.Tx) error { return d.announce(ctx, tx, p, approvedBy, parts) })
		if errors.Is(err, ErrMade) { // by another replica, this moment
			continue
		}
		if err != nil {
			return made, fmt.Errorf("%s: %w", p.Cause, err)
		}
		made++
	}
	return made, nil
}

// unmade are the plans whose cause has made nothing yet.
func (d *Desk) unmade(ctx context.Context, plans []Plan) ([]Plan, error) {
	causes := make([]string, len(plans))
	for i := range plans {
		causes[i] = plans[i].Cause
	}
	made, err := madeBy(ctx, d.DB, causes)
	return slices.DeleteFunc(slices.Clone(plans), func(p Plan) bool { return slices.Contains(made, p.Cause) }), err
}

// announce makes, approves and starts one broadcast, or nothing of that.
func (d *Desk) announce(ctx context.Context, tx *database.Tx, p *Plan, approvedBy string, parts []sms.Span) error {
	if err := p.check(); err != nil {
		return err
	}
	if approvedBy == "" || approvedBy == p.By {
		return ErrSelf
	}
	p.times(d.Now())
	if err := oneAtATime(ctx, tx); err != nil {
		return err
	}
	number, err := d.insert(ctx, tx, p)
	if err != nil {
		return err
	}
	if err := d.change(approve(ctx, tx, number, approvedBy, d.Now())); err != nil {
		return err
	}
	if err := crowd.Cut(ctx, tx, number, parts); err != nil {
		return err
	}
	return d.change(setState(ctx, tx, number, Sending, d.Now(), Draft))
}

// Pause stops the sending until Resume; at once, but for what is at a carrier already. A second Pause changes nothing.
func (d *Desk) Pause(ctx context.Context, number int) error {
	return d.unless(ctx, number, Paused, Sending)
}

// Resume goes on where Pause stopped.
func (d *Desk) Resume(ctx context.Context, number int) error {
	return d.unless(ctx, number, Sending, Paused)
}

// Cancel ends a broadcast for good, however much of it waits: what waits is not sent from this moment on, and is marked so later.
func (d *Desk) Cancel(ctx context.Context, number int) error {
	return d.unless(ctx, number, Cancelled, Draft, Sending, Paused)
}

// unless brings a broadcast into a state from others; that it is there already is no error.
func (d *Desk) unless(ctx context.Context, number int, to State, from ...State) error {
	changed, err := setState(ctx, d.DB, number, to, d.Now(), from...)
	if changed || err != nil {
		return err
	}
	b, err := d.Read(ctx, number)
	if err == nil && b.State != to {
		err = fmt.Errorf("%w: it is %s", ErrState, b.State)
	}
	return err
}

// MostTests is how many numbers a test goes to.
const MostTests = 3

// Tested is what became of a test to one number: the language it was in, and why it was not queued.
type Tested struct {
	Language menus.Language
	Segments int
	Reason   string // "" is queued
}

// Test sends what a broadcast says to a few numbers, in their languages, whatever its state and segment. Each must have dialled or texted once.
func (d *Desk) Test(ctx context.Context, number int, phones []people.Phone) (out []Tested, err error) {
	if len(phones) == 0 || len(phones) > MostTests {
		return nil, fmt.Errorf("a test goes to 1 to %d numbers", MostTests)
	}
	b, err := d.Read(ctx, number)
	if err != nil {
		return nil, err
	}
	text, err := d.Text(ctx, number)
	if err != nil {
		return nil, err
	}
	mailing := sms.Mailing{Text: text, Base: menus.Russian}
	err = database.InTx(ctx, d.DB, func(tx *database.Tx) error {
		for _, phone := range phones {
			tested, err := d.test(ctx, tx, &b, mailing, phone)
			if err != nil {
				return err
			}
			out = append(out, tested)
		}
		return nil
	})
	return out, err
}

func (d *Desk) test(ctx context.Context, tx *database.Tx, b *Broadcast, m sms.Mailing, phone people.Phone) (t Tested, err error) {
	person, reader, err := findReader(ctx, tx, d.Keys.Hash("phone", phone.E164()))
	if err != nil || person == uuid.Nil {
		return Tested{Reason: sms.ReasonNeverAgreed}, err
	}
	t.Language, t.Segments = m.Reads(reader, false)
	key := fmt.Sprintf("broadcast/%d/test/%s", b.Number, uuid.NewString())
	err = sms.Queue(ctx, tx, d.Keys, d.Guard, sms.Draft{
		Key: key, Person: person, Phone: phone, Text: m.Text[t.Language], Language: t.Language, Priority: sms.Reminder, Topic: b.Topic,
	})
	if err == nil {
		t.Reason, err = queuedReason(ctx, tx, person, key)
	}
	return t, err
}
