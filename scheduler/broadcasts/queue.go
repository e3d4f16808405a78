package broadcasts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"sapar/database"
	"sapar/menus"
	"sapar/people"
	"sapar/scheduler/broadcasts/crowd"
	"sapar/sms"
)

const (
	hands     = 2                // queue at once in one process
	leaseTime = 15 * time.Second // usual
	pieceSize = 20_000           // people whose places are looked up together
)

// errMoved stops a chunk: the broadcast was paused or cancelled, or the part is somebody else's by now. Nothing of the chunk stays.
var errMoved = errors.New("the broadcast was stopped, or another hand is at it")

// NoteBudget is what a broadcast waits for that is longer than the day's budget.
const NoteBudget = "the day's budget is spent"

// Queue queues what is left of a broadcast whose time has come. It may be called again after whatever happened to it, by any number of processes at
// once: nobody gets two. A paused broadcast, one that is not started, and one whose day's budget is spent, are left as they are.
func (d *Desk) Queue(ctx context.Context, number int) error {
	b, err := d.Read(ctx, number)
	if err != nil || b.State != Sending || d.Now().Before(b.Starts) {
		return err
	}
	text, err := d.Text(ctx, number)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	for range hands {
		group.Go(func() error { return d.hand(ctx, &b, text) })
	}
	err = group.Wait()
	note := ""
	if errors.Is(err, sms.ErrBudget) {
		note, err = NoteBudget, nil
	}
	if note != b.Note {
		err = errors.Join(err, keepNote(context.WithoutCancel(ctx), d.DB, number, note))
	}
	return err
}

// patience is how often a hand goes on after an error: on a busy disk a chunk may take longer than the database is waited for.
const patience = 5

// hand queues parts until there is none that nobody is at.
func (d *Desk) hand(ctx context.Context, b *Broadcast, text menus.Wording) error {
	for failures := 0; ; {
		p, ok, err := crowd.Take(ctx, d.DB, b.Number, d.lease())
		if err != nil || !ok {
			return err
		}
		err = d.queuePart(ctx, b, text, &p)
		if freed := crowd.Free(context.WithoutCancel(ctx), d.DB, p); err == nil {
			err = freed
		}
		if errors.Is(err, errMoved) {
			return nil
		}
		if err != nil {
			if failures++; failures > patience || ctx.Err() != nil || errors.Is(err, sms.ErrBudget) {
				return err
			}
		}
	}
}

func (d *Desk) lease() time.Duration {
	if d.Lease == 0 {
		return leaseTime
	}
	return d.Lease
}

// queuePart queues a part piece by piece, each with the hours of the places in it.
func (d *Desk) queuePart(ctx context.Context, b *Broadcast, text menus.Wording, p *crowd.Part) error {
	for {
		last, more, err := crowd.Bound(ctx, d.DB, sms.Span{After: p.Reached, Last: p.Last}, pieceSize)
		if err != nil {
			return err
		}
		m, err := d.mailing(ctx, b, text, sms.Span{After: p.Reached, Last: last})
		if err != nil {
			return err
		}
		if err := d.queuePiece(ctx, m, p, last); err != nil {
			return err
		}
		if !more {
			return d.moved(crowd.End(ctx, d.DB, *p))
		}
	}
}

// queuePiece queues the people of a part up to one of them. Where a part is, is kept in the transaction of each chunk.
func (d *Desk) queuePiece(ctx context.Context, m sms.Mailing, p *crowd.Part, last people.ID) error {
	if err := d.fit(ctx, &m); err != nil {
		return err
	}
	var reached people.ID
	err := sms.QueueBroadcast(ctx, d.DB, d.Keys, d.Guard, m, sms.Span{After: p.Reached, Last: last}, func(tx *database.Tx, c sms.Chunk) error {
		if reached != uuid.Nil {
			p.Reached = reached // the chunk before is committed
		}
		err := d.moved(crowd.Advance(ctx, tx, *p, c, d.lease()))
		if err == nil {
			reached = c.Last
		}
		return err
	})
	if reached != uuid.Nil {
		p.Reached = reached
	}
	return err
}

func (d *Desk) moved(changed bool, err error) error {
	if err == nil && !changed {
		return errMoved
	}
	return err
}

// mostMailed is how many people one transaction takes.
const mostMailed = 5_000

// budgetPart is how much of what is left of a day's budget a chunk may take.
const budgetPart = 8

// fit makes chunks as small as what is left of the day's budget wants it, so that the budget can be used up.
func (d *Desk) fit(ctx context.Context, m *sms.Mailing) error {
	m.Most = mostMailed
	if d.Guard == nil {
		return nil
	}
	spent, budget, err := d.Guard.Spent(ctx, d.DB)
	if err != nil {
		return err
	}
	dearest := 1
	for _, reader := range append([]menus.Language{""}, menus.Languages...) {
		_, segments := m.Reads(reader, false)
		dearest = max(dearest, segments)
	}
	m.Most = (budget - spent) / budgetPart / dearest
	if m.Most < 1 {
		return sms.ErrBudget
	}
	m.Most = min(m.Most, mostMailed)
	return nil
}

// mailing is a broadcast for some people.
func (d *Desk) mailing(ctx context.Context, b *Broadcast, text menus.Wording, span sms.Span) (sms.Mailing, error) {
	m := sms.Mailing{
		Key: fmt.Sprintf("broadcast/%d", b.Number), Text: text, Base: menus.Russian, Topic: b.Topic, Segment: b.Segment, Batch: b.Number,
	}
	places, err := crowd.Places(ctx, d.DB, span)
	m.Hours = b.hours(d.Now(), places)
	return m, err
}

// Progress is how far a broadcast is.
type Progress = crowd.Progress

// Progress counts how far a broadcast is.
func (d *Desk) Progress(ctx context.Context, number int) (Progress, error) {
	return crowd.ReadProgress(ctx, d.DB, number)
}

// Outcome counts the messages of a broadcast by what became of them.
func (d *Desk) Outcome(ctx context.Context, number int) (map[sms.Status]int, error) {
	return crowd.Outcome(ctx, d.DB, number)
}
